//! A gateway on a port of its own, with everything around it in memory.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use seawall_base::{Clock as _, FixedClock, IdSource, Principal, PrincipalKind, Timestamp};
use seawall_evidence::{Entry, Kind};
use seawall_gateway::{Config, Gateway, Ports, Route};
use seawall_guard::{Action, ActionOverride, Guard, GuardPolicy};
use seawall_net::{
    CancellationToken, Client, ClientOptions, HttpUpstream, TaskSet, UpstreamOptions, read_capped,
};
use seawall_ports::{KeyLimits, Keys, Ledger, NewKey};
use seawall_telemetry::Metrics;
use seawall_testkit::{
    FaultyUpstream, MemoryCounters, MemoryHolds, MemoryKeys, MemoryLedger, Script,
};
use serde_json::{Value, json};

/// Nothing in a test takes this long unless it is broken.
pub(crate) const LIMIT: Duration = Duration::from_secs(20);

/// A text that the guard of every test blocks wherever it shows up.
pub(crate) const CANARY: &str = "canary-7f3a9c51e2";

pub(crate) struct Harness {
    pub(crate) address: SocketAddr,
    pub(crate) key: String,
    pub(crate) upstream: FaultyUpstream,
    pub(crate) ledger: Arc<MemoryLedger>,
    pub(crate) holds: Arc<MemoryHolds>,
    pub(crate) keys: Arc<MemoryKeys>,
    pub(crate) counters: Arc<MemoryCounters>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) shutdown: CancellationToken,
    tasks: TaskSet,
    client: Client,
}

/// What a client got.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap().to_owned()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    /// The data of every event.
    pub(crate) fn events(&self) -> Vec<String> {
        let mut decoder = seawall_llm::sse::Decoder::new(1 << 20);
        let mut events = Vec::new();
        decoder.push(&self.body, &mut events).unwrap();
        decoder.finish().unwrap();
        events.into_iter().map(|event| event.data).collect()
    }
}

impl Harness {
    pub(crate) async fn start() -> Self {
        Self::with(KeyLimits::default(), |_| {}).await
    }

    /// A gateway whose key acts for `owner`.
    pub(crate) async fn owned_by(owner: Principal) -> Self {
        let mut harness = Self::start().await;
        let now = harness.clock.now();
        harness.key = harness.keys.add(
            NewKey {
                name: "owned".into(),
                principal: owner,
                limits: KeyLimits::default(),
                scope: Vec::new(),
            },
            now,
        );
        harness
    }

    pub(crate) async fn with(limits: KeyLimits, change: impl FnOnce(&mut Config)) -> Self {
        let keys = Arc::new(MemoryKeys::default());
        let upstream = FaultyUpstream::start().unwrap();
        Self::build(
            limits,
            change,
            Arc::clone(&keys) as Arc<dyn Keys>,
            keys,
            upstream,
        )
        .await
    }

    pub(crate) async fn build(
        limits: KeyLimits,
        change: impl FnOnce(&mut Config),
        keys_port: Arc<dyn Keys>,
        keys: Arc<MemoryKeys>,
        upstream: FaultyUpstream,
    ) -> Self {
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let key = keys.add(
            NewKey {
                name: "test".into(),
                principal: Principal::new(PrincipalKind::Key, "test"),
                limits,
                scope: Vec::new(),
            },
            now,
        );
        let mut config = Config::new(vec![Route::new("default", Some(guard()))]);
        config.serve.drain_max = LIMIT;
        change(&mut config);
        let base = format!("http://{}", upstream.address()).parse().unwrap();
        let ledger = Arc::new(MemoryLedger::default());
        let holds = Arc::new(MemoryHolds::new(Arc::clone(&ledger)));
        let counters = Arc::new(MemoryCounters::default());
        let clock = Arc::new(FixedClock::new(now));
        let secret = seawall_base::Secret::new("upstream-secret".to_owned());
        let options = UpstreamOptions::new(base, Some(secret));
        let ports = Ports {
            ledger: Arc::clone(&ledger) as Arc<dyn Ledger>,
            keys: keys_port,
            counters: Arc::clone(&counters) as _,
            holds: Arc::clone(&holds) as _,
            upstream: Arc::new(HttpUpstream::new(&options).unwrap()),
            clock: Arc::clone(&clock) as _,
            ids: Arc::new(IdSource::new([7; 32])),
            metrics: Arc::new(Metrics::new()),
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (shutdown, tasks) = (CancellationToken::new(), TaskSet::new());
        tasks.spawn(Gateway::serve(listener, config, ports, shutdown.clone()));
        let client = Client::new(&ClientOptions::default()).unwrap();
        Self {
            address,
            key,
            upstream,
            ledger,
            holds,
            keys,
            counters,
            clock,
            shutdown,
            tasks,
            client,
        }
    }

    /// Stops the gateway and waits until it has flushed.
    pub(crate) async fn stop(&self) {
        self.shutdown.cancel();
        assert!(self.tasks.drain(LIMIT).await, "the gateway did not drain");
    }

    pub(crate) fn request(
        &self,
        method: Method,
        path: &str,
        body: impl Into<Bytes>,
    ) -> Request<Bytes> {
        Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address))
            .header("authorization", format!("Bearer {}", self.key))
            .header("content-type", "application/json")
            .body(body.into())
            .unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Bytes>) -> Answer {
        let response = self.open(request).await;
        let (head, body) = response.into_parts();
        let body = read_capped(body, 64 << 20, LIMIT).await.unwrap();
        Answer {
            status: head.status,
            headers: head.headers,
            body,
        }
    }

    /// Sends and returns once the head of the answer is there.
    pub(crate) async fn open(&self, request: Request<Bytes>) -> Response<seawall_net::Answer> {
        self.client.send(request).await.unwrap()
    }

    pub(crate) async fn chat(&self, body: &Value) -> Answer {
        self.send(self.chat_request(body)).await
    }

    pub(crate) fn chat_request(&self, body: &Value) -> Request<Bytes> {
        self.request(Method::POST, "/v1/chat/completions", body.to_string())
    }

    /// The next connection to the upstream gets this answer.
    pub(crate) fn upstream_says(&self, status: u16, kind: &str, body: &[u8]) {
        let mut bytes = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        )
        .into_bytes();
        bytes.extend_from_slice(body);
        self.upstream.push(Script::Bytes(bytes));
    }

    pub(crate) fn upstream_answers(&self, body: &Value) {
        self.upstream_says(200, "application/json", body.to_string().as_bytes());
    }

    /// The next connection gets a stream, which ends when the sender is dropped.
    pub(crate) fn upstream_streams(&self) -> Sender<Vec<u8>> {
        let (sender, receiver) = channel();
        let head =
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n";
        sender.send(head.as_bytes().to_vec()).unwrap();
        self.upstream.push(Script::Pieces(receiver));
        sender
    }

    /// The next connection gets this stream, whole.
    pub(crate) fn upstream_stream(&self, bytes: &[u8]) {
        self.upstream_streams().send(bytes.to_vec()).unwrap();
    }

    pub(crate) async fn entries(&self, kind: Kind, count: usize) -> Vec<Entry> {
        let waiting = self.ledger.wait_for(&kind, count);
        tokio::time::timeout(LIMIT, waiting).await.unwrap()
    }

    pub(crate) async fn settlement(&self) -> Value {
        self.entries(Kind::Settlement, 1).await[0].body.clone()
    }
}

/// A guard that knows a canary, a tool that needs approval and one that is denied.
pub(crate) fn guard() -> Guard {
    Guard::compile(GuardPolicy {
        canaries: [CANARY.to_owned()].into(),
        overrides: vec![ActionOverride {
            detector: "canary".to_owned(),
            channel: None,
            action: Action::Block,
        }],
        approval_tools: ["pay".to_owned()].into(),
        denied_tools: ["format_disk".to_owned()].into(),
        ..GuardPolicy::default()
    })
    .unwrap()
}

pub(crate) fn hello() -> Value {
    json!({"model": "practice", "messages": [{"role": "user", "content": "Hello there"}]})
}

pub(crate) fn streamed() -> Value {
    let mut body = hello();
    body["stream"] = json!(true);
    body
}

pub(crate) fn completion(message: &Value) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "practice",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12},
    })
}

pub(crate) fn says(text: &str) -> Value {
    completion(&json!({"role": "assistant", "content": text}))
}

pub(crate) fn calls(name: &str, arguments: &str) -> Value {
    completion(
        &json!({"role": "assistant", "content": null, "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": name, "arguments": arguments}}
        ]}),
    )
}

/// One event of a stream with one choice.
pub(crate) fn event(delta: &Value, finish: Option<&str>) -> String {
    let chunk = json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "practice",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    });
    format!("data: {chunk}\n\n")
}

pub(crate) fn content(text: &str) -> String {
    event(&json!({ "content": text }), None)
}

pub(crate) fn ending() -> String {
    format!("{}data: [DONE]\n\n", event(&json!({}), Some("stop")))
}

/// The texts of one member of the deltas, joined.
pub(crate) fn joined(events: &[String], pointer: &str) -> String {
    let chunks = events
        .iter()
        .filter_map(|event| serde_json::from_str::<Value>(event).ok());
    let texts = chunks.filter_map(|chunk| Some(chunk.pointer(pointer)?.as_str()?.to_owned()));
    texts.collect()
}
