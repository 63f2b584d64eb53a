//! What the bench's child processes do: an upstream that costs nothing, and the gateway.

use std::io::Write as _;
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response};
use hyper::body::Incoming;
use seawall_base::{Clock, IdSource, Principal, PrincipalKind};
use seawall_gateway::{Config, Gateway, Ports, Route};
use seawall_guard::{Guard, GuardPolicy};
use seawall_net::{
    Body, BodySender, HttpUpstream, ServeOptions, TaskSet, UpstreamOptions, read_capped, serve,
    sharded,
};
use seawall_ports::{KeyLimits, NewKey};
use seawall_store::State;
use seawall_telemetry::{Metrics, SystemClock};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::ledger::random;

/// Events with text in a stream that comes at once.
pub(crate) const FRAMES: usize = 256;
/// Events with text in a paced stream, and their distance.
pub(crate) const PACED: usize = 40;
const PACE: Duration = Duration::from_millis(50);

/// Prose that no detector minds.
pub(crate) const PROSE: &str = "The claim was received on Tuesday and concerns water damage in \
    the kitchen. Please summarise what the adjuster wrote and list the open questions. ";

/// Runs a role until the standard input ends.
pub(crate) fn run(arguments: &[String]) -> anyhow::Result<()> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match words.as_slice() {
        ["role-upstream"] => runtime.block_on(upstream()),
        ["role-gateway", guard, base, folder] => {
            runtime.block_on(gateway(*guard == "on", base, Path::new(folder)))
        }
        _ => anyhow::bail!("there is no such role"),
    }
}

async fn upstream() -> anyhow::Result<()> {
    let (listener, place) = listen().await?;
    let (stop, tasks) = (CancellationToken::new(), TaskSet::new());
    let answers = Arc::new(Answers::new());
    let streams = tasks.clone();
    let handler = move |request, _peer| {
        let (answers, streams) = (Arc::clone(&answers), streams.clone());
        async move { answers.answer(request, &streams).await }
    };
    let serving = serve(
        listener,
        None,
        ServeOptions::default(),
        handler,
        stop.clone(),
    );
    tasks.spawn(serving);
    ready(&format!("{place}\n"))?;
    until_told().await
}

struct Answers {
    whole: Bytes,
    stream: Bytes,
    paced: Vec<Bytes>,
}

impl Answers {
    fn new() -> Self {
        let words: String = PROSE.chars().cycle().take(600).collect();
        let usage = json!({ "prompt_tokens": 200, "completion_tokens": 120, "total_tokens": 320 });
        let whole = json!({
            "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{ "index": 0, "finish_reason": "stop",
                "message": { "role": "assistant", "content": words } }],
            "usage": usage,
        });
        let chunk = |delta: Value, reason: Option<&str>| {
            let body = json!({
                "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
                "choices": [{ "index": 0, "delta": delta, "finish_reason": reason }],
            });
            format!("data: {body}\n\n")
        };
        let text = |count: usize| {
            let words = PROSE.split_inclusive(' ').cycle().take(count);
            words
                .map(|word| chunk(json!({ "content": word }), None))
                .collect::<Vec<_>>()
        };
        let end = format!("{}data: [DONE]\n\n", chunk(json!({}), Some("stop")));
        let paced = text(PACED).into_iter().chain([end.clone()]);
        Self {
            whole: whole.to_string().into(),
            stream: format!("{}{end}", text(FRAMES).concat()).into(),
            paced: paced.map(Bytes::from).collect(),
        }
    }

    async fn answer(&self, request: Request<Incoming>, streams: &TaskSet) -> Response<Body> {
        let body = read_capped(request.into_body(), 8 << 20, Duration::from_secs(30)).await;
        let body = body.unwrap_or_default();
        let asks = |what: &[u8]| body.windows(what.len()).any(|window| window == what);
        let (kind, body) = if asks(b"\"paced\"") {
            ("text/event-stream", self.pace(streams))
        } else if asks(b"\"stream\":true") {
            ("text/event-stream", Body::full(self.stream.clone()))
        } else {
            ("application/json", Body::full(self.whole.clone()))
        };
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        response
    }

    fn pace(&self, streams: &TaskSet) -> Body {
        let (sender, body) = Body::channel(8);
        let pieces = self.paced.clone();
        streams.spawn(paced(sender, pieces));
        body
    }
}

async fn paced(sender: BodySender, pieces: Vec<Bytes>) {
    for piece in pieces {
        if !sender.send(piece).await {
            return;
        }
        tokio::time::sleep(PACE).await;
    }
}

/// The gateway as the binary runs it: one thread per core, evidence on disk.
async fn gateway(is_guarded: bool, base: &str, folder: &Path) -> anyhow::Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids = Arc::new(IdSource::new([7; 32]));
    let state = State::open(folder, Arc::clone(&clock), Arc::clone(&ids), random())?;
    let ports = Ports {
        ledger: state.ledger(),
        keys: state.keys(),
        counters: state.counters(),
        holds: state.holds(),
        upstream: Arc::new(HttpUpstream::new(&UpstreamOptions::new(
            base.parse()?,
            None,
        ))?),
        clock: Arc::clone(&clock),
        ids,
        metrics: Arc::new(Metrics::new()),
    };
    let new = NewKey {
        name: "bench".to_owned(),
        principal: Principal::new(PrincipalKind::Key, "bench"),
        // Limits that are never reached, so that counting them is part of the cost.
        limits: KeyLimits {
            requests_per_minute: Some(1 << 40),
            tokens_per_minute: Some(1 << 50),
        },
        scope: Vec::new(),
    };
    let by = new.principal.clone();
    let (_, key) = state.keys().create(new, by, clock.now()).await?;
    let guard = is_guarded
        .then(|| Guard::compile(GuardPolicy::default()))
        .transpose()?;
    let (listener, place) = listen().await?;
    let (stop, tasks) = (CancellationToken::new(), TaskSet::new());
    let threads = std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let serving = sharded(listener, threads, {
        let stop = stop.clone();
        move |listener| {
            let config = Config::new(vec![Route::new("bench", guard.clone())]);
            Gateway::serve(listener, config, ports.clone(), stop.clone())
        }
    });
    tasks.spawn(async move { drop(serving.await) });
    ready(&format!("{place} {}\n", key.expose()))?;
    until_told().await?;
    stop.cancel();
    tasks.drain(Duration::from_secs(10)).await;
    state.close()?;
    Ok(())
}

async fn listen() -> anyhow::Result<(TcpListener, String)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let place = format!("http://{}", listener.local_addr()?);
    Ok((listener, place))
}

fn ready(what: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("ready {what}").as_bytes())?;
    out.flush().context("nobody listens")
}

/// Resolves when the standard input ends, which it does with the process that started this one.
async fn until_told() -> anyhow::Result<()> {
    let reading = tokio::task::spawn_blocking(|| {
        std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink())
    });
    reading.await??;
    Ok(())
}
