//! Three real gateways on one PostgreSQL: killed, cut off, left by their clients, and never beyond the
//! limit. The upstream keeps count of what it would bill.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use seawall_testkit::PostgresServer;
use serde_json::{Value, json};

use crate::support::seawall;

/// Tokens that the upstream bills for every request that it is sent.
const BILLED: u64 = 105;
const LIMIT: u64 = 60_000;

/// An upstream that bills every request, answered or not.
struct Upstream {
    address: SocketAddr,
    requests: Arc<AtomicU64>,
}

impl Upstream {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&requests);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let counted = Arc::clone(&counted);
                // A gateway that was killed leaves its connection; that ends its thread.
                std::thread::spawn(move || serve(&stream, &counted));
            }
        });
        Self { address, requests }
    }

    fn billed(&self) -> u64 {
        self.requests.load(Ordering::SeqCst) * BILLED
    }
}

fn serve(stream: &TcpStream, counted: &AtomicU64) {
    while bill(stream, counted).is_some() {}
}

fn bill(stream: &TcpStream, counted: &AtomicU64) -> Option<()> {
    let mut reader = BufReader::new(stream);
    read_message(&mut reader)?;
    counted.fetch_add(1, Ordering::SeqCst);
    let body = json!({
        "id": "c", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [{"index": 0, "finish_reason": "stop",
                     "message": {"role": "assistant", "content": "ok"}}],
        "usage": {"prompt_tokens": BILLED - 5, "completion_tokens": 5, "total_tokens": BILLED},
    })
    .to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = stream;
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body.as_bytes()).ok()
}

/// Head and body of one message; the first line and the body are returned.
fn read_message(reader: &mut impl std::io::BufRead) -> Option<(String, String)> {
    let (mut first, mut length) = (String::new(), 0);
    reader
        .read_line(&mut first)
        .ok()
        .filter(|count| *count > 0)?;
    loop {
        let mut line = String::new();
        reader
            .read_line(&mut line)
            .ok()
            .filter(|count| *count > 0)?;
        if line == "\r\n" {
            break;
        }
        let lower = line.to_ascii_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((first, String::from_utf8(body).ok()?))
}

struct Gateway {
    child: Child,
    address: String,
    key: String,
}

impl Gateway {
    fn start(folder: &Path, upstream: &Upstream, connection: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_seawall"))
            .args([
                "gateway",
                "--listen",
                "127.0.0.1:0",
                "--budgets",
                connection,
            ])
            .arg("--upstream")
            .arg(format!("http://{}", upstream.address))
            .arg("--state")
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = lines.next().unwrap().unwrap();
        let address = ready.split("http://").nth(1).unwrap();
        let address = address.split('/').next().unwrap().to_owned();
        let key = lines.next().unwrap().unwrap();
        let key = key.rsplit(' ').next().unwrap().to_owned();
        Self {
            child,
            address,
            key,
        }
    }

    fn send(&self) -> TcpStream {
        let body = json!({"model": "m", "max_tokens": 5, "messages": [
            {"role": "user", "content": "Is the claim of last week settled by now?"}
        ]})
        .to_string();
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let request = format!(
            "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            self.key,
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        stream
    }

    /// The status of one call.
    fn call(&self) -> u16 {
        let (first, _) = read_message(&mut BufReader::new(self.send())).unwrap();
        first.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // SIGKILL: nothing is given back in order.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// What the limit's one account shows.
fn account(folder: &Path, connection: &str) -> Value {
    let arguments = [
        "budget",
        "show",
        "--format",
        "json",
        "--budgets",
        connection,
    ];
    let ran = seawall(folder, &arguments);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let value: Value = serde_json::from_str(&ran.out).unwrap();
    value.pointer("/budgets/0/accounts/0").cloned().unwrap()
}

fn limited(folder: &Path, connection: &str) {
    let limit = LIMIT.to_string();
    let arguments = [
        "budget",
        "set",
        "together",
        "--scope",
        "all",
        "--unit",
        "tokens",
        "--window",
        "ever",
        "--limit",
        &limit,
        "--budgets",
        connection,
    ];
    let ran = seawall(folder, &arguments);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn three_gateways_spend_a_limit_to_its_end_and_not_beyond() {
    let Some(server) = PostgresServer::start() else {
        seawall_testkit::skip("postgres", "PostgreSQL is not installed");
        return;
    };
    let (folder, upstream) = (tempfile::tempdir().unwrap(), Upstream::start());
    let connection = server.connection();
    limited(folder.path(), &connection);
    let start = |number: usize| {
        let state = folder.path().join(number.to_string());
        Gateway::start(&state, &upstream, &connection)
    };
    let gateways: Vec<Gateway> = (0..3).map(start).collect();
    let mut turn = (0..3).cycle();
    loop {
        let number = turn.next().unwrap();
        match gateways[number].call() {
            200 => {}
            429 => break,
            other => panic!("status {other}"),
        }
    }
    let billed = upstream.billed();
    assert!(billed <= LIMIT, "{billed} of {LIMIT}");
    assert!(
        billed * 100 >= LIMIT * 98,
        "the first denial came at {billed} of {LIMIT}"
    );
}

#[test]
fn killed_cut_off_and_abandoned_gateways_never_spend_beyond_the_limit() {
    let Some(server) = PostgresServer::start() else {
        seawall_testkit::skip("postgres", "PostgreSQL is not installed");
        return;
    };
    let (folder, upstream) = (tempfile::tempdir().unwrap(), Upstream::start());
    let connection = server.connection();
    limited(folder.path(), &connection);
    let start = |number: usize| {
        let state = folder.path().join(number.to_string());
        Gateway::start(&state, &upstream, &connection)
    };
    let mut gateways: Vec<Gateway> = (0..3).map(start).collect();
    let mut denied = 0;
    for round in 0..2_000_usize {
        match round {
            60 | 150 | 240 => {
                // One is killed with its slices; another takes its place under another name.
                let next = start(3 + round);
                drop(std::mem::replace(&mut gateways[round % 3], next));
            }
            100 => server.kill(),
            110 => server.resume(),
            _ => {}
        }
        let gateway = &gateways[round % 3];
        if round % 7 == 3 {
            // The client asks and leaves.
            drop(gateway.send());
            continue;
        }
        match gateway.call() {
            200 => denied = 0,
            // While the database is away slices may run out.
            503 => assert!((100..120).contains(&round), "{round}"),
            429 => denied += 1,
            other => panic!("status {other}"),
        }
        if denied >= 6 {
            break;
        }
    }
    assert!(denied >= 6, "the limit was never reached");
    let billed = upstream.billed();
    assert!(billed <= LIMIT, "{billed} of {LIMIT}");
    let account = account(folder.path(), &connection);
    let number = |name: &str| account[name].as_u64().unwrap();
    assert!(number("spent") + number("leased") <= LIMIT, "{account}");
    assert_eq!(number("overrun"), 0);
    drop(gateways);
    // What upstreams were asked for is never more than what is counted.
    assert!(
        number("spent") + number("leased") >= billed,
        "{account} {billed}"
    );
}

#[test]
fn what_is_no_limit_is_refused_and_what_is_one_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join(".seawall")).unwrap();
    let set = |rest: &[&str]| {
        let arguments = [
            "budget", "set", "month", "--scope", "key", "--window", "month",
        ];
        seawall(folder.path(), &[&arguments, rest].concat())
    };
    for wrong in [
        &["--unit", "money", "--limit", "-5"][..],
        &["--unit", "money", "--limit", "1.2345678"],
        &["--unit", "tokens", "--limit", "99999999999999999999"],
        &["--unit", "euros", "--limit", "5"],
        &["--unit", "streams", "--limit", "5"],
        &["--unit", "money", "--limit", "5", "--zone", "Mars"],
    ] {
        let ran = set(wrong);
        assert_eq!(ran.code, 2, "{wrong:?} {}", ran.out);
        assert!(ran.err.contains("because:"), "{}", ran.err);
    }
    let ran = set(&["--unit", "money", "--limit", "25", "--alert", "80"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out.contains("25.00 money per month (UTC)"),
        "{}",
        ran.out
    );
    let ran = seawall(folder.path(), &["budget", "explain", "key_1"]);
    assert!(ran.out.contains("nothing is drawn yet"), "{}", ran.out);
    let ran = seawall(folder.path(), &["budget", "show"]);
    assert!(ran.out.contains("month: 25.00 money"), "{}", ran.out);
    let ran = seawall(folder.path(), &["budget", "remove", "month"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ran = seawall(folder.path(), &["budget", "remove", "month"]);
    assert!(ran.code == 2 && ran.err.contains("hint:"), "{}", ran.err);
    let ran = seawall(folder.path(), &["budget", "prices", "--format", "json"]);
    let prices: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(prices["models"][0]["model"], "practice");
}
