//! The proxy `LiteLLM` in the same run, with its own content filter on, where it is installed.

use std::path::Path;
use std::time::Duration;

use super::child::Child;
use super::client::{Ask, Connection};
use super::{Stage, chat, per_cpu_second};
use crate::row::Row;

const KEY: &str = "sk-bench-1234";

/// The row, or none where the peer is not installed, which is said.
pub(super) async fn rows(stage: &Stage) -> anyhow::Result<Vec<Row>> {
    let Some(program) = program() else {
        crate::say("skip: LiteLLM is not installed (set SEAWALL_LITELLM to its program)\n");
        return Ok(Vec::new());
    };
    let folder = tempfile::tempdir()?;
    let (peer, ask) = start(Path::new(&program), stage, folder.path()).await?;
    let theirs = per_cpu_second(&ask, &peer).await?;
    let ours = per_cpu_second(&stage.at(&stage.guarded)?, &stage.guarded).await?;
    drop(peer);
    Ok(vec![
        Row::new(
            "requests per CPU second over LiteLLM's, filters on",
            "ratio",
            "≥ 50",
            vec![ours / theirs],
        ),
        Row::new(
            "requests per CPU second, guard on",
            "requests/CPU-s",
            "none",
            vec![ours],
        )
        .against("LiteLLM, content filter on", vec![theirs]),
    ])
}

#[expect(
    clippy::disallowed_methods,
    reason = "the peer is where the caller says"
)]
fn program() -> Option<String> {
    std::env::var("SEAWALL_LITELLM").ok()
}

/// Starts the proxy and waits until it answers, and until its filter is seen to work.
async fn start(program: &Path, stage: &Stage, folder: &Path) -> anyhow::Result<(Child, Ask)> {
    let base = stage.direct()?.at;
    let config = folder.join("litellm.yaml");
    let text = format!(
        "model_list:\n  - model_name: m\n    litellm_params:\n      model: openai/m\n      \
         api_base: http://{base}/v1\n      api_key: none\ngeneral_settings:\n  master_key: {KEY}\n\
         guardrails:\n  - guardrail_name: filter\n    litellm_params:\n      \
         guardrail: litellm_content_filter\n      mode: [pre_call, post_call]\n      \
         default_on: true\n      patterns:\n        - pattern_type: prebuilt\n          \
         pattern_name: email\n          action: BLOCK\n"
    );
    crate::write(&config.to_string_lossy(), &text)?;
    let port = free_port().await?;
    let (config, port) = (config.to_string_lossy().into_owned(), port.to_string());
    let script = format!(
        "echo ready; exec env LITELLM_LOCAL_MODEL_COST_MAP=True LITELLM_LOG=ERROR '{}' \
         --config '{config}' --host 127.0.0.1 --port {port} --num_workers 1 --telemetry False \
         >/dev/null 2>&1 </dev/null",
        program.display()
    );
    let peer = Child::start(Path::new("/bin/sh"), &["-c", &script], |line| {
        line == "ready"
    })?;
    let ask = |content: Option<&str>| Ask {
        at: format!("127.0.0.1:{port}"),
        key: KEY.to_owned(),
        body: content.map_or_else(
            || chat("m", false),
            |content| {
                serde_json::json!({ "model": "m", "messages": [{ "role": "user",
                    "content": content }] })
                .to_string()
            },
        ),
    };
    for _ in 0..600 {
        if let Ok(mut connection) = Connection::open(&ask(None)).await
            && connection.exchange().await.is_ok()
            && connection.status() == 200
        {
            let mut filtered =
                Connection::open(&ask(Some("Write to jane.doe@example.com"))).await?;
            filtered.exchange().await?;
            anyhow::ensure!(
                filtered.status() == 400,
                "LiteLLM's filter lets an address pass"
            );
            return Ok((peer, ask(None)));
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    anyhow::bail!("LiteLLM did not answer within two minutes")
}

async fn free_port() -> anyhow::Result<u16> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    Ok(listener.local_addr()?.port())
}
