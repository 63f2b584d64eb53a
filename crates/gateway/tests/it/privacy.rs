//! Nothing of a prompt, an answer or a key in logs, metrics and evidence.

use std::io::Write;
use std::sync::{Arc, Mutex};

use http::Method;
use seawall_ports::Ledger as _;
use seawall_telemetry::logs::{Format, subscriber};
use serde_json::json;

use crate::harness::{CANARY, Harness, content, ending, hello, says, streamed};

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_canary_shows_up_outside_the_exchange() {
    let captured = Captured::default();
    let writer = captured.clone();
    let logs = subscriber(Format::Json, "trace", move || writer.clone()).unwrap();
    let _guard = tracing::subscriber::set_default(logs);

    const PROMPT: &str = "prompt-canary-53b1";
    const ANSWER: &str = "answer-canary-88d2";
    let harness = Harness::start().await;
    let mut asks = hello();
    asks["messages"][0]["content"] = json!(PROMPT);
    harness.upstream_answers(&says(ANSWER));
    assert!(harness.chat(&asks).await.text().contains(ANSWER));
    asks["messages"][0]["content"] = json!(format!("{PROMPT} {CANARY}"));
    assert_eq!(harness.chat(&asks).await.status, 400);
    asks["messages"][0]["role"] = json!(PROMPT);
    assert_eq!(harness.chat(&asks).await.code(), "unknown_role");
    harness
        .upstream_stream(format!("{}{}{}", content(ANSWER), content(CANARY), ending()).as_bytes());
    harness.chat(&streamed()).await;
    harness.upstream_stream(content(ANSWER).as_bytes());
    harness.chat(&streamed()).await;
    harness.upstream_says(500, "text/plain", ANSWER.as_bytes());
    harness.chat(&hello()).await;
    let metrics = harness
        .send(harness.request(Method::GET, "/metrics", ""))
        .await
        .text();
    harness.stop().await;

    let logs = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    assert!(logs.contains("refused"), "nothing was captured");
    let records = harness.ledger.entries(0, usize::MAX).await.unwrap();
    let evidence: String = records
        .iter()
        .map(|record| String::from_utf8_lossy(&record.bytes))
        .collect();
    for secret in [
        PROMPT,
        ANSWER,
        CANARY,
        harness.key.as_str(),
        "upstream-secret",
    ] {
        for (what, text) in [
            ("logs", &logs),
            ("metrics", &metrics),
            ("evidence", &evidence),
        ] {
            assert!(!text.contains(secret), "{secret} is in the {what}");
        }
    }
}
