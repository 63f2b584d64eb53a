//! Commands against a real `seawall up`, against the folder it leaves, and where they cannot run.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use seawall_testkit::{FaultyUpstream, Script};
use serde_json::{Value, json};

use crate::support::{Ran, seawall};

/// A `seawall up` in front of an upstream that answers what a test wants; no trials run.
struct Up {
    child: Child,
    upstream: FaultyUpstream,
    run: Value,
}

impl Up {
    /// Starts it on `.seawall` in `folder` and waits until it says that it serves.
    fn start(folder: &Path) -> Self {
        let upstream = FaultyUpstream::start().unwrap();
        let url = format!("http://{}", upstream.address());
        let mut child = Command::new(env!("CARGO_BIN_EXE_seawall"))
            .args([
                "up",
                "--listen",
                "127.0.0.1:0",
                "--console-listen",
                "127.0.0.1:0",
            ])
            .args(["--upstream", &url])
            .current_dir(folder)
            .env("USER", "tester")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = lines.any(|line| line.unwrap().contains("Try it"));
        assert!(ready, "seawall up ended before it served");
        let run = std::fs::read(folder.join(".seawall/run.json")).unwrap();
        Self {
            child,
            upstream,
            run: serde_json::from_slice(&run).unwrap(),
        }
    }

    fn field(&self, name: &str) -> &str {
        self.run[name].as_str().unwrap()
    }

    /// Sends a chat request with a key; status line and body.
    fn chat(&self, key: &str) -> String {
        let address = self.field("gateway").strip_prefix("http://").unwrap();
        let body = json!({"model": "m", "messages": [{"role": "user", "content": "Hello"}]});
        let body = body.to_string();
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: application/json\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// The next answer of the upstream.
    fn answers(&self, message: &Value) {
        let body = json!({
            "id": "c", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        });
        let body = body.to_string();
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\
             content-length: {}\r\n\r\n",
            body.len()
        );
        self.upstream
            .push(Script::Bytes(format!("{head}{body}").into_bytes()));
    }

    fn pays(&self) {
        let function = json!({"name": "issue_payment", "arguments": "{\"amount\": 5}"});
        self.answers(
            &json!({"role": "assistant", "content": null, "tool_calls": [
                {"id": "call_1", "type": "function", "function": function}
            ]}),
        );
    }

    /// Stops it in order.
    fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        assert!(self.child.wait().unwrap().success());
    }

    /// Ends it without warning, as a crash does.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn said(ran: &Ran) -> String {
    format!("{}{}", ran.out, ran.err)
}

fn created(folder: &Path, arguments: &[&str]) -> Value {
    let ran = seawall(
        folder,
        &[&["key", "create", "--format", "json"], arguments].concat(),
    );
    assert_eq!(ran.code, 0, "{}", said(&ran));
    serde_json::from_str(&ran.out).unwrap()
}

/// The id of the one call that waits; asks until there is one.
fn waiting(folder: &Path) -> String {
    for _ in 0..500 {
        let ran = seawall(folder, &["review", "list", "--format", "json"]);
        let answer: Value = serde_json::from_str(&ran.out).unwrap();
        if let Some(id) = answer["approvals"][0]["id"].as_str() {
            return id.to_owned();
        }
    }
    panic!("no call waits");
}

#[test]
fn a_call_is_held_for_another_person_and_its_receipt_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let up = Up::start(folder);
    let key = created(folder, &["laptop", "--owner", "ada"]);
    let key = key["key"].as_str().unwrap();
    up.pays();
    let answer = std::thread::scope(|scope| {
        let asking = scope.spawn(|| up.chat(key));
        let id = waiting(folder);
        let own = seawall(folder, &["review", "approve", &id, "--as", "ada"]);
        assert_eq!(own.code, 2, "{}", said(&own));
        assert!(
            own.err.contains("another person has to decide"),
            "{}",
            own.err
        );
        assert!(own.err.contains("hint: "), "{}", own.err);
        let done = seawall(folder, &["review", "approve", &id, "--as", "grace"]);
        assert_eq!(done.code, 0, "{}", said(&done));
        assert!(done.out.contains("approved by grace"), "{}", done.out);
        let again = seawall(folder, &["review", "deny", &id, "--as", "grace"]);
        assert_eq!(again.code, 2);
        asking.join().unwrap()
    });
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains("issue_payment"),
        "{answer}"
    );
    up.stop();
    let verified = seawall(folder, &["log", "verify"]);
    assert_eq!(verified.code, 0, "{}", said(&verified));
    assert!(
        verified.out.contains("1 human decisions hold"),
        "{}",
        verified.out
    );
    let shown = seawall(folder, &["log", "show", "--kind", "decision"]);
    assert!(shown.out.contains("person/grace"), "{}", shown.out);
    assert!(shown.out.contains("receipt by sha256:"), "{}", shown.out);
    let listed = seawall(folder, &["review", "list"]);
    assert!(
        listed.out.contains("no `seawall up` runs"),
        "{}",
        said(&listed)
    );
    // Whoever can replace the key cannot make the old receipts hold.
    std::fs::copy(
        folder.join(".seawall/keys/receipts.pub"),
        folder.join("receipts.pub"),
    )
    .unwrap();
    let other = seawall_crypto::SigningKey::ed25519(&[3; 32]).verifying_key();
    std::fs::write(folder.join(".seawall/keys/receipts.pub"), other.to_pem()).unwrap();
    let verified = seawall(folder, &["log", "verify"]);
    assert_eq!(verified.code, 1);
    assert!(
        verified.out.contains("the receipt does not hold"),
        "{}",
        verified.out
    );
}

#[test]
fn keys_work_at_once_and_stop_at_once_whether_something_runs_or_not() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let none = seawall(folder, &["key", "list"]);
    assert_eq!(none.code, 2);
    assert!(
        none.err
            .contains("there is no state of Seawall in .seawall"),
        "{}",
        none.err
    );
    assert!(!folder.join(".seawall").exists(), "a list made a folder");

    let up = Up::start(folder);
    let one = created(folder, &["one", "--requests-per-minute", "1"]);
    let text = one["key"].as_str().unwrap();
    up.answers(&json!({"role": "assistant", "content": "hi"}));
    assert!(up.chat(text).starts_with("HTTP/1.1 200"));
    assert!(
        up.chat(text).starts_with("HTTP/1.1 429"),
        "the limit does not hold"
    );
    let id = one["id"].as_str().unwrap();
    let revoked = seawall(folder, &["key", "revoke", id]);
    assert_eq!(revoked.code, 0, "{}", said(&revoked));
    assert!(up.chat(text).starts_with("HTTP/1.1 401"));
    let unknown = seawall(folder, &["key", "revoke", "key_none"]);
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.err.contains("no key has the id `key_none`"),
        "{}",
        unknown.err
    );
    // A crash leaves `run.json` behind; the folder is free all the same.
    up.kill();

    let two = created(folder, &["two", "--owner", "agent/claims", "--model", "m"]);
    let listed = seawall(folder, &["key", "list", "--all", "--format", "json"]);
    let keys: Value = serde_json::from_str(&listed.out).unwrap();
    let names: Vec<_> = keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| &key["name"])
        .collect();
    assert_eq!(names, ["up", "one", "two"], "{}", listed.out);
    assert!(!listed.out.contains("sk-"), "{}", listed.out);
    let listed = seawall(folder, &["key", "list"]);
    assert!(
        !listed.out.contains("one ")
            && listed.out.contains(two["id"].as_str().unwrap())
            && listed.out.contains("agent/claims"),
        "{}",
        listed.out
    );

    let up = Up::start(folder);
    up.answers(&json!({"role": "assistant", "content": "hi"}));
    assert!(
        up.chat(two["key"].as_str().unwrap())
            .starts_with("HTTP/1.1 200")
    );
    assert!(
        up.chat(text).starts_with("HTTP/1.1 401"),
        "a revoked key works after a restart"
    );
    up.stop();
    let verified = seawall(folder, &["log", "verify"]);
    assert_eq!(verified.code, 0, "{}", said(&verified));
}

fn git(folder: &Path, arguments: &[&str]) {
    let ran = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
}

#[test]
fn a_review_of_a_change_is_recorded_where_there_is_a_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    git(folder, &["init", "-q"]);
    for number in ["1", "2"] {
        std::fs::write(folder.join("a.txt"), number).unwrap();
        git(folder, &["add", "a.txt"]);
        git(folder, &["commit", "-q", "-m", "change"]);
    }
    let review = ["review", "change", "HEAD~1..HEAD"];
    let alone = seawall(folder, &review);
    assert_eq!(alone.code, 0, "{}", said(&alone));
    assert!(alone.out.contains("Not recorded"), "{}", alone.out);
    let named = seawall(folder, &[&review[..], &["--state", "elsewhere"]].concat());
    assert_eq!(named.code, 2, "{}", said(&named));

    let up = Up::start(folder);
    let json = [&review[..], &["--format", "json"]].concat();
    let running = seawall(folder, &json);
    let running: Value = serde_json::from_str(&running.out).unwrap();
    assert!(running["recorded"]["index"].is_u64(), "{running}");
    up.stop();
    let stopped = seawall(folder, &review);
    assert!(
        stopped.out.contains("Recorded in the ledger of .seawall"),
        "{}",
        said(&stopped)
    );
    let shown = ["log", "show", "--kind", "change-review", "--format", "json"];
    let shown = seawall(folder, &shown);
    assert_eq!(shown.out.lines().count(), 2, "{}", shown.out);
}

#[test]
fn what_up_cannot_start_on_is_said_plainly_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let up = Up::start(folder);
    let pid = up.child.id();
    let second = seawall(
        folder,
        &[
            "up",
            "--listen",
            "127.0.0.1:0",
            "--console-listen",
            "127.0.0.1:0",
        ],
    );
    assert_eq!(second.code, 2);
    assert!(
        second.err.contains(&format!("is in use by process {pid}")),
        "{}",
        second.err
    );
    assert!(second.err.contains("hint: "), "{}", second.err);
    assert!(
        folder.join(".seawall/run.json").exists(),
        "the first one cannot be found any more"
    );
    up.stop();

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let busy = seawall(folder, &["up", "--state", "other", "--listen", &address]);
    assert_eq!(busy.code, 2);
    assert!(busy.err.contains("cannot listen on"), "{}", busy.err);
    assert!(busy.err.contains("--listen 127.0.0.1:0"), "{}", busy.err);

    std::fs::write(folder.join("file"), "x").unwrap();
    let blocked = seawall(folder, &["up", "--state", "file/state"]);
    assert_eq!(blocked.code, 2);
    assert!(blocked.err.contains("--state"), "{}", blocked.err);

    let journal = folder.join(".seawall/ledger/journal");
    let segment = std::fs::read_dir(&journal)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let bytes = std::fs::read(&segment).unwrap();
    for (what, damaged) in [
        ("truncated", bytes[..bytes.len() / 2].to_vec()),
        ("changed", bytes.iter().map(|byte| byte ^ 1).collect()),
    ] {
        std::fs::write(&segment, &damaged).unwrap();
        for command in [&["up"][..], &["key", "list"], &["key", "create", "x"]] {
            let refused = seawall(folder, command);
            assert_eq!(refused.code, 2, "{what} {command:?}: {}", said(&refused));
            assert!(refused.err.contains("truncated"), "{what}: {}", refused.err);
            assert!(
                refused.err.contains("nothing was overwritten"),
                "{}",
                refused.err
            );
        }
        assert_eq!(
            std::fs::read(&segment).unwrap(),
            damaged,
            "it was overwritten"
        );
    }
}
