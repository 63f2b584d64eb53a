//! CPU per request of the gateway alone: client, gateway and upstream run on threads of their own in
//! one process, and only the gateway's threads are counted. `cargo bench -p seawall-gateway`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench prints its figures, reads the kernel's counters and may fail loudly"
)]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use seawall_base::{IdSource, Principal, PrincipalKind, Timestamp};
use seawall_gateway::{Config, Gateway, Ports, Route};
use seawall_guard::{Guard, GuardPolicy};
use seawall_net::{
    Body, CancellationToken, Client, ClientOptions, HttpUpstream, ServeOptions, TaskSet,
    UpstreamOptions, read_capped, serve,
};
use seawall_ports::{KeyLimits, NewKey};
use seawall_telemetry::{Metrics, SystemClock};
use seawall_testkit::{MemoryCounters, MemoryHolds, MemoryKeys, MemoryLedger};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::UnboundedSender;

const CONNECTIONS: usize = 16;
const MEASURE: Duration = Duration::from_secs(3);
const LIMIT: Duration = Duration::from_secs(30);

/// Prose that no detector minds.
const PROSE: &str = "The claim was received on Tuesday and concerns water damage in the kitchen. \
    Please summarise what the adjuster wrote, list the open questions and propose a reply. ";

fn main() {
    println!("case                      requests/s   cpu us/request   p50 us   p99 us");
    for (name, guarded, bytes, stream) in [
        ("1 KiB, guard off", false, 1 << 10, false),
        ("1 KiB, guard on", true, 1 << 10, false),
        ("16 KiB, guard off", false, 16 << 10, false),
        ("16 KiB, guard on", true, 16 << 10, false),
        ("64 frames, guard off", false, 1 << 10, true),
        ("64 frames, guard on", true, 1 << 10, true),
    ] {
        run(name, guarded, bytes, stream);
    }
}

fn runtime(name: &str) -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name(name)
        .enable_all()
        .build()
        .unwrap()
}

fn run(name: &str, guarded: bool, bytes: usize, stream: bool) {
    let (upstream_rt, gateway_rt, client_rt) = (runtime("up"), runtime("gw"), runtime("cl"));
    let upstream = upstream_rt.block_on(listener());
    let gateway = gateway_rt.block_on(listener());
    let (upstream_at, gateway_at) = (
        upstream.local_addr().unwrap(),
        gateway.local_addr().unwrap(),
    );
    let (tasks, stop) = (TaskSet::new(), CancellationToken::new());
    let answer = answer(stream);
    upstream_rt.block_on(async {
        let handler = move |_request, _peer| {
            let answer = answer.clone();
            async move {
                let mut response = Response::new(Body::full(answer.1));
                response
                    .headers_mut()
                    .insert("content-type", answer.0.parse().unwrap());
                response
            }
        };
        tasks.spawn(serve(
            upstream,
            None,
            ServeOptions::default(),
            handler,
            stop.clone(),
        ));
    });
    let keys = MemoryKeys::default();
    let key = keys.add(
        NewKey {
            name: "bench".into(),
            principal: Principal::new(PrincipalKind::Key, "bench"),
            limits: KeyLimits {
                requests_per_minute: Some(1 << 40),
                tokens_per_minute: Some(1 << 50),
            },
            scope: Vec::new(),
        },
        Timestamp::UNIX_EPOCH,
    );
    let guard = guarded.then(|| Guard::compile(GuardPolicy::default()).unwrap());
    let config = Config::new(vec![Route::new("bench", guard)]);
    gateway_rt.block_on(async {
        let base = format!("http://{upstream_at}").parse().unwrap();
        let ports = Ports {
            ledger: Arc::new(MemoryLedger::default()),
            keys: Arc::new(keys),
            counters: Arc::new(MemoryCounters::default()),
            holds: Arc::new(MemoryHolds::default()),
            upstream: Arc::new(HttpUpstream::new(&UpstreamOptions::new(base, None)).unwrap()),
            clock: Arc::new(SystemClock),
            ids: Arc::new(IdSource::new([1; 32])),
            metrics: Arc::new(Metrics::new()),
        };
        tasks.spawn(Gateway::serve(gateway, config, ports, stop.clone()));
    });
    let load = Load {
        at: gateway_at,
        key,
        body: request(bytes, stream),
    };
    let (cpu, mut latencies) = client_rt.block_on(load.drive());
    latencies.sort_unstable();
    let count = latencies.len();
    let at = |share: f64| {
        latencies
            .get((latencies.len() as f64 * share) as usize)
            .copied()
            .unwrap_or(0)
    };
    println!(
        "{name:<25} {:>10.0} {:>16.1} {:>8} {:>8}",
        count as f64 / MEASURE.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / count as f64,
        at(0.5),
        at(0.99)
    );
    stop.cancel();
    client_rt.block_on(tasks.drain(LIMIT));
    for runtime in [client_rt, gateway_rt, upstream_rt] {
        runtime.shutdown_background();
    }
}

#[derive(Clone)]
struct Load {
    at: SocketAddr,
    key: String,
    body: Bytes,
}

impl Load {
    /// Keeps every connection busy; returns the CPU time of the gateway's threads, latencies in us.
    async fn drive(&self) -> (Duration, Vec<u64>) {
        let counting = CancellationToken::new();
        let tasks = TaskSet::new();
        let (sender, mut latencies) = tokio::sync::mpsc::unbounded_channel();
        let stop = CancellationToken::new();
        for _ in 0..CONNECTIONS {
            let (load, stop, counting) = (self.clone(), stop.clone(), counting.clone());
            tasks.spawn(load.keep_busy(stop, counting, sender.clone()));
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        let before = cpu_of("gw");
        counting.cancel();
        tokio::time::sleep(MEASURE).await;
        let cpu = cpu_of("gw") - before;
        let mut all = Vec::new();
        while let Ok(latency) = latencies.try_recv() {
            all.push(latency);
        }
        stop.cancel();
        tasks.drain(LIMIT).await;
        (cpu, all)
    }
}

impl Load {
    async fn keep_busy(
        self,
        stop: CancellationToken,
        counting: CancellationToken,
        latencies: UnboundedSender<u64>,
    ) {
        let client = Client::new(&ClientOptions::default()).unwrap();
        while !stop.is_cancelled() {
            let latency = self.once(&client).await;
            if counting.is_cancelled() && latencies.send(latency).is_err() {
                return;
            }
        }
    }

    /// One request; its latency in us.
    async fn once(&self, client: &Client) -> u64 {
        let began = Instant::now();
        let request = Request::post(format!("http://{}/v1/chat/completions", self.at))
            .header("authorization", format!("Bearer {}", self.key))
            .body(self.body.clone())
            .unwrap();
        let response = client.send(request).await.unwrap();
        assert_eq!(response.status(), 200);
        let answer = read_capped(response.into_body(), 1 << 20, LIMIT).await;
        assert!(!answer.unwrap().is_empty());
        u64::try_from(began.elapsed().as_micros()).unwrap()
    }
}

/// CPU time of the threads of this process that bear a name, as the kernel counts it.
fn cpu_of(thread: &str) -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let nanos = tasks.filter_map(|task| {
        let name = std::fs::read_to_string(task.path().join("comm")).ok()?;
        let stat = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        (name.trim() == thread).then(|| stat.split(' ').next()?.parse::<u64>().ok())?
    });
    Duration::from_nanos(nanos.sum())
}

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

fn request(bytes: usize, stream: bool) -> Bytes {
    let text: String = PROSE
        .chars()
        .cycle()
        .take(bytes.saturating_sub(200))
        .collect();
    let body = json!({"model": "m", "stream": stream, "messages": [
        {"role": "system", "content": "You are a careful assistant of an insurer."},
        {"role": "user", "content": text},
    ]});
    Bytes::from(body.to_string())
}

/// Content type and body of what the upstream says.
fn answer(stream: bool) -> (&'static str, Bytes) {
    let words: String = PROSE.chars().cycle().take(600).collect();
    let usage = json!({"prompt_tokens": 200, "completion_tokens": 120, "total_tokens": 320});
    if !stream {
        let body = json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": words}, "finish_reason": "stop"}], "usage": usage});
        return ("application/json", Bytes::from(body.to_string()));
    }
    let chunk = |delta: serde_json::Value, reason: Option<&str>| {
        let body = json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]});
        format!("data: {body}\n\n")
    };
    let mut text = String::new();
    for word in words.split_inclusive(' ').cycle().take(64) {
        text.push_str(&chunk(json!({ "content": word }), None));
    }
    text.push_str(&chunk(json!({}), Some("stop")));
    text.push_str("data: [DONE]\n\n");
    ("text/event-stream", Bytes::from(text))
}
