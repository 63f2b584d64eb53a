//! The console over real sockets: who is let in, what is shown, what a decision binds to.

use std::net::SocketAddr;
use std::time::Duration;

use seawall_base::Secret;
use seawall_console::{Config, serve};
use seawall_evidence::decision::Ruling;
use seawall_net::TaskSet;
use seawall_ports::HoldState;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::world::{self, World};

/// A console on a free port.
struct Served {
    address: SocketAddr,
    world: World,
    shutdown: CancellationToken,
    running: TaskSet,
}

impl Served {
    async fn start() -> Self {
        let world = World::new().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shutdown = CancellationToken::new();
        let config = Config {
            token: Secret::new("the-token".into()),
            hosts: vec![],
        };
        let running = TaskSet::new();
        running.spawn(serve(
            listener,
            config,
            world.ports.clone(),
            shutdown.clone(),
        ));
        Self {
            address,
            world,
            shutdown,
            running,
        }
    }

    /// Sends a request with `Connection: close` and returns the whole answer as text.
    async fn send(&self, request: &str, headers: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let host = if headers.contains("Host:") {
            String::new()
        } else {
            format!("Host: {}\r\n", self.address)
        };
        let length = body.len();
        let text = format!(
            "{request} HTTP/1.1\r\n{host}{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    }

    async fn get(&self, path: &str, headers: &str) -> String {
        self.send(&format!("GET {path}"), headers, "").await
    }

    /// Signs in by the printed link; the header with the cookie.
    async fn cookie(&self) -> String {
        let answer = self.get("/?token=the-token", "").await;
        assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
        let cookie = answer
            .split("set-cookie: ")
            .nth(1)
            .unwrap()
            .split(';')
            .next()
            .unwrap();
        format!("Cookie: {cookie}\r\n")
    }

    async fn stop(self) {
        self.shutdown.cancel();
        assert!(
            self.running.drain(Duration::from_secs(10)).await,
            "the console did not stop"
        );
    }
}

/// The value of the hidden form field on a page.
fn form_token(page: &str) -> &str {
    page.split("name=\"form\" value=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap()
}

#[tokio::test]
async fn foreign_names_and_strangers_are_turned_away() {
    let served = Served::start().await;
    let rebound = served.get("/", "Host: evil.test\r\n").await;
    assert!(rebound.starts_with("HTTP/1.1 421"), "{rebound}");
    let stranger = served.get("/ledger", "").await;
    assert!(stranger.contains("location: /sign-in"), "{stranger}");
    assert!(
        served
            .get("/?token=wrong", "")
            .await
            .starts_with("HTTP/1.1 401")
    );
    assert!(
        served
            .get("/api/v1/overview", &served.cookie().await)
            .await
            .starts_with("HTTP/1.1 401")
    );
    served.stop().await;
}

#[tokio::test]
async fn pages_show_figures_under_a_strict_policy() {
    let served = Served::start().await;
    let cookie = served.cookie().await;
    let overview = served.get("/", &cookie).await;
    for part in [
        "DEMONSTRATION",
        "EUR 412k",
        "EUR 3.1M",
        "context-inspection",
        "83 of 96",
        "injection",
        "138 of 240",
    ] {
        // Markup inside a figure may separate its words.
        let text = overview.replace("</span>", "").replace("<span>", "");
        assert!(
            text.contains(part.split(' ').next().unwrap()),
            "{part} is missing"
        );
    }
    assert!(overview.contains("script-src 'self'") && overview.contains("default-src 'none'"));
    for page in ["/", "/system", "/approvals", "/ledger?index=1"] {
        let page = served.get(page, &cookie).await;
        assert!(page.starts_with("HTTP/1.1 200"), "{page}");
        for forbidden in [
            "style=\"",
            "onclick",
            "javascript:",
            "<style",
            "http://www.example",
        ] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
    }
    assert!(
        served
            .get("/system", &cookie)
            .await
            .contains("inspected prompts")
    );
    served.stop().await;
}

#[tokio::test]
async fn a_decision_needs_our_form_and_the_shown_arguments() {
    let served = Served::start().await;
    let cookie = served.cookie().await;
    let page = served.get("/approvals", &cookie).await;
    assert!(page.contains("48000") && page.contains("\\u{202e}") && !page.contains('\u{202e}'));
    let token = form_token(&page).to_owned();
    let digest = world::hold("hold_1").arguments_digest;
    let post = "POST /approvals/hold_1/decision";
    let no_form = format!("ruling=approved&digest={digest}");
    assert!(
        served
            .send(post, &cookie, &no_form)
            .await
            .starts_with("HTTP/1.1 403")
    );
    let foreign = format!("{cookie}Origin: http://evil.test\r\n");
    let whole = format!("form={token}&ruling=approved&reason=looks+right&digest={digest}");
    assert!(
        served
            .send(post, &foreign, &whole)
            .await
            .starts_with("HTTP/1.1 403")
    );
    let other = whole.replace(&digest.to_hex(), &"0".repeat(64));
    assert!(
        served
            .send(post, &cookie, &other)
            .await
            .contains("location: /approvals?problem=1")
    );
    assert_eq!(
        served
            .world
            .state
            .holds()
            .get("hold_1")
            .await
            .unwrap()
            .state,
        HoldState::Pending
    );
    let done = served.send(post, &cookie, &whole).await;
    assert!(done.contains("location: /approvals\r\n"), "{done}");
    let hold = served.world.state.holds().get("hold_1").await.unwrap();
    let ruled = hold.ruled().unwrap();
    assert_eq!(
        (ruled.ruling, ruled.reason.as_str()),
        (Ruling::Approved, "looks right")
    );
    assert!(
        served
            .get("/approvals", &cookie)
            .await
            .contains("Nothing waits")
    );
    served.stop().await;
}

#[tokio::test]
async fn the_api_lists_and_decides_with_a_bearer_token() {
    let served = Served::start().await;
    let bearer = "Authorization: Bearer the-token\r\n";
    let listed = served.get("/api/v1/approvals", bearer).await;
    assert!(
        listed.contains("\"schema\":\"seawall.approvals/v1\""),
        "{listed}"
    );
    assert!(listed.contains("\"state\":\"pending\""));
    let digest = world::hold("hold_1").arguments_digest;
    let body =
        format!("{{\"ruling\":\"denied\",\"arguments_digest\":\"{digest}\",\"reason\":\"no\"}}");
    let post = "POST /api/v1/approvals/hold_1/decision";
    assert!(
        served
            .send(post, "", &body)
            .await
            .starts_with("HTTP/1.1 401")
    );
    assert!(
        served
            .send(post, bearer, "{")
            .await
            .contains("invalid_json")
    );
    let decided = served.send(post, bearer, &body).await;
    assert!(decided.contains("\"ruling\":\"denied\""), "{decided}");
    assert!(
        served
            .send(post, bearer, &body)
            .await
            .starts_with("HTTP/1.1 400"),
        "decided once"
    );
    let overview = served.get("/api/v1/overview", bearer).await;
    assert!(
        overview.contains("\"ale\":{\"mean\":412000.0"),
        "{overview}"
    );
    served.stop().await;
}

#[tokio::test]
async fn a_proof_is_checked_against_the_entry_itself() {
    let served = Served::start().await;
    let cookie = served.cookie().await;
    let page = served.get("/ledger?index=1", &cookie).await;
    assert!(page.contains("The proof holds"), "{page}");
    assert!(page.contains("seawall.evidence.verdict/v1") && page.contains("Signed checkpoint"));
    assert!(
        served
            .get("/ledger?index=99", &cookie)
            .await
            .contains("lies outside the ledger")
    );
    served.stop().await;
}

#[tokio::test]
async fn new_entries_arrive_on_the_event_stream() {
    let served = Served::start().await;
    let cookie = served.cookie().await;
    let mut stream = TcpStream::connect(served.address).await.unwrap();
    let request = format!(
        "GET /events HTTP/1.1\r\nHost: {}\r\n{cookie}\r\n",
        served.address
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    let mut buffer = vec![0; 4096];
    let mut sent = false;
    while !text.contains("exfiltration-link") {
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut buffer)).await;
        let count = read.expect("no event in time").unwrap();
        text.push_str(&String::from_utf8_lossy(&buffer[..count]));
        if !sent {
            // The head has arrived, so the stream stands at the current end of the ledger.
            served
                .world
                .state
                .ledger()
                .append(vec![world::verdict("block", "exfiltration-link")])
                .await
                .unwrap();
            sent = true;
        }
    }
    assert!(text.contains("event: entry"), "{text}");
    served.stop().await;
}
