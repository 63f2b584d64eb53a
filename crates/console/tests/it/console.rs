//! The console over real sockets: who is let in, what is shown, what a decision binds to.

use std::net::SocketAddr;
use std::time::Duration;

use seawall_base::{Principal, PrincipalKind, Secret, SignedDuration};
use seawall_console::{Config, serve};
use seawall_evidence::Kind;
use seawall_evidence::decision::Ruling;
use seawall_net::TaskSet;
use seawall_ports::VirtualKey;
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
            reviewer: Principal::new(PrincipalKind::Person, "grace"),
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

/// What a page of ours sends for the hold of the world.
fn decision(page: &str, ruling: &str) -> String {
    let binding = world::hold("hold_1", 48_000).binding();
    let token = form_token(page);
    format!("form={token}&ruling={ruling}&reason=looks+right&binding={binding}")
}

const DECIDE: &str = "POST /approvals/hold_1/decision";

#[tokio::test]
async fn a_decision_needs_our_form_and_the_shown_arguments() {
    let served = Served::start().await;
    let cookie = served.cookie().await;
    let page = served.get("/approvals", &cookie).await;
    assert!(page.contains("48000") && page.contains("\\u{202e}") && !page.contains('\u{202e}'));
    assert!(
        page.contains("1 character that a reader would not see"),
        "{page}"
    );
    assert!(page.contains("claims-agent") && page.contains("You decide as <strong>grace"));
    let whole = decision(&page, "approved");
    let no_form = whole.split_once('&').unwrap().1;
    let refused = served.send(DECIDE, &cookie, no_form).await;
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
    let foreign = format!("{cookie}Origin: http://evil.test\r\n");
    let refused = served.send(DECIDE, &foreign, &whole).await;
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
    let binding = world::hold("hold_1", 48_000).binding();
    let other = world::hold("hold_1", 48_001).binding();
    let swapped = whole.replace(&binding.to_hex(), &other.to_hex());
    let refused = served.send(DECIDE, &cookie, &swapped).await;
    assert!(refused.starts_with("HTTP/1.1 409"), "{refused}");
    assert!(refused.contains("about another call than the one that is held"));
    let holds = served.world.state.holds();
    assert_eq!(holds.get("hold_1").await.unwrap().word(), "pending");
    let done = served.send(DECIDE, &cookie, &whole).await;
    assert!(
        done.contains("location: /approvals?decided=hold_1"),
        "{done}"
    );
    let hold = holds.get("hold_1").await.unwrap();
    let ruled = hold.ruled().unwrap();
    assert_eq!(
        (ruled.ruling, ruled.reason.as_str(), ruled.by.id.as_str()),
        (Ruling::Approved, "looks right", "grace")
    );
    let page = served.get("/approvals?decided=hold_1", &cookie).await;
    assert!(page.contains("Nothing waits") && page.contains("was approved, once"));
    served.stop().await;
}

#[tokio::test]
async fn a_replayed_a_late_and_an_own_decision_are_refused_with_the_reason() {
    let served = Served::start().await;
    let cookie = served.cookie().await;
    let page = served.get("/approvals", &cookie).await;
    let deny = decision(&page, "denied");
    served.send(DECIDE, &cookie, &deny).await;
    let again = served
        .send(DECIDE, &cookie, &decision(&page, "approved"))
        .await;
    assert!(
        again.starts_with("HTTP/1.1 409") && again.contains("already denied"),
        "{again}"
    );

    let mut own = world::hold("hold_2", 1);
    own.requester = Principal::new(PrincipalKind::Person, "grace");
    let post = DECIDE.replace("hold_1", "hold_2");
    let binding = own.binding();
    served.world.state.holds().open(own).await.unwrap();
    let form = format!(
        "form={}&ruling=approved&binding={binding}",
        form_token(&page)
    );
    let refused = served.send(&post, &cookie, &form).await;
    assert!(
        refused.contains("another person has to decide"),
        "{refused}"
    );

    served.world.clock.advance(SignedDuration::from_secs(272));
    let late = served.send(&post, &cookie, &form).await;
    assert!(
        late.starts_with("HTTP/1.1 409") && late.contains("has expired"),
        "{late}"
    );
    served.stop().await;
}

#[tokio::test]
async fn a_reviewer_sees_what_differs_from_the_last_approval() {
    let served = Served::start().await;
    let cookie = served.cookie().await;
    let page = served.get("/approvals", &cookie).await;
    assert!(page.contains("No call of this tool by this requester was approved before"));
    // Enter in the field must not decide: the form's first button is the one that it presses.
    let form = page.split("/approvals/hold_1/decision").nth(1).unwrap();
    let first = form
        .split("<button")
        .nth(1)
        .unwrap()
        .split('>')
        .next()
        .unwrap();
    assert!(first.contains("disabled"), "{first}");
    served
        .send(DECIDE, &cookie, &decision(&page, "approved"))
        .await;
    let again = world::hold("hold_2", 96_000);
    served.world.state.holds().open(again).await.unwrap();
    let page = served.get("/approvals", &cookie).await;
    assert!(page.contains("1 of 3 arguments differ"), "{page}");
    let row = page
        .split("<tr class=\"differs\">")
        .nth(1)
        .unwrap()
        .split("</tr>")
        .next()
        .unwrap();
    for part in ["amount", "96000", "changed", "48000"] {
        assert!(row.contains(part), "{part} is not in {row}");
    }
    served.stop().await;
}

const BEARER: &str = "Authorization: Bearer the-token\r\n";

#[tokio::test]
async fn the_api_lists_and_decides_with_a_bearer_token() {
    let served = Served::start().await;
    let listed = served.get("/api/v1/approvals", BEARER).await;
    assert!(
        listed.contains("\"schema\":\"seawall.approvals/v1\""),
        "{listed}"
    );
    assert!(listed.contains("\"state\":\"pending\""));
    let binding = world::hold("hold_1", 48_000).binding();
    let body = |name: &str| {
        format!(
            "{{\"ruling\":\"denied\",\"binding\":\"{binding}\",\"reason\":\"no\",\"as\":\"{name}\"}}"
        )
    };
    let post = "POST /api/v1/approvals/hold_1/decision";
    let stranger = served.send(post, "", &body("ada")).await;
    assert!(stranger.starts_with("HTTP/1.1 401"), "{stranger}");
    let broken = served.send(post, BEARER, "{").await;
    assert!(broken.contains("invalid_json"), "{broken}");
    let agent = served.send(post, BEARER, &body("agent/claims")).await;
    assert!(agent.contains("the name of a person"), "{agent}");
    let decided = served.send(post, BEARER, &body("ada")).await;
    assert!(decided.contains("\"ruling\":\"denied\""), "{decided}");
    assert!(
        decided.contains("\"by\":\"default/person/ada\""),
        "{decided}"
    );
    let again = served.send(post, BEARER, &body("eve")).await;
    assert!(again.starts_with("HTTP/1.1 400"), "decided once: {again}");
    let overview = served.get("/api/v1/overview", BEARER).await;
    assert!(
        overview.contains("\"ale\":{\"mean\":412000.0"),
        "{overview}"
    );
    served.stop().await;
}

#[tokio::test]
async fn the_api_makes_keys_that_work_until_they_are_revoked() {
    let served = Served::start().await;
    let post = "POST /api/v1/keys";
    for wrong in [
        "{}",
        "{\"name\":\"a\\u202eb\"}",
        "{\"name\":\"a\",\"owner\":\"boss/x\"}",
        "{\"name\":\"a\",\"requests_per_minute\":0}",
        "{\"name\":\"a\",\"models\":[1]}",
    ] {
        let refused = served.send(post, BEARER, wrong).await;
        assert!(refused.starts_with("HTTP/1.1 400"), "{wrong}: {refused}");
    }
    let body = "{\"name\":\"laptop\",\"owner\":\"ada\",\"requests_per_minute\":5}";
    let made = served.send(post, BEARER, body).await;
    let field = |name: &str| {
        let mark = format!("\"{name}\":\"");
        let rest = made.split(&mark).nth(1).unwrap_or_else(|| panic!("{made}"));
        rest.split('"').next().unwrap().to_owned()
    };
    let (id, text) = (field("id"), field("key"));
    let keys = served.world.state.keys();
    let hash = VirtualKey::hash(&text);
    let found = keys.find(hash).await.unwrap().unwrap();
    assert_eq!(
        found.principal,
        Principal::new(PrincipalKind::Person, "ada")
    );
    assert_eq!(found.limits.requests_per_minute, Some(5));
    let listed = served.get("/api/v1/keys", BEARER).await;
    assert!(listed.contains(&id) && !listed.contains(&text), "{listed}");
    let revoke = format!("POST /api/v1/keys/{id}/revoke");
    served.send(&revoke, BEARER, "").await;
    assert_eq!(keys.find(hash).await.unwrap(), None);
    served.stop().await;
}

#[tokio::test]
async fn the_api_appends_a_change_review_and_refuses_what_is_none() {
    let served = Served::start().await;
    let post = "POST /api/v1/evidence/change-reviews";
    let refused = served.send(post, BEARER, "{\"base\":\"a\"}").await;
    assert!(refused.contains("not a change review"), "{refused}");
    let body = format!(
        "{{\"base\":\"a1\",\"head\":\"b2\",\"commits\":1,\"ai_commits\":0,\"reviewed\":true,\
         \"verdict\":\"pass\",\"findings\":0,\"report\":\"{}\"}}",
        world::hold("hold_1", 1).policy
    );
    let size = served.world.state.ledger().size();
    let answer = served.send(post, BEARER, &body).await;
    assert!(answer.contains(&format!("\"index\":{size}")), "{answer}");
    let record = served.world.state.ledger().entries(size, 1).await.unwrap();
    let entry = record[0].entry().unwrap();
    assert_eq!(
        (entry.kind, entry.subject.as_str()),
        (Kind::ChangeReview, "git:b2")
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

#[tokio::test]
async fn what_came_between_the_page_and_the_stream_arrives_too() {
    let served = Served::start().await;
    let cookie = served.cookie().await;
    let ledger = served.world.state.ledger();
    let size = ledger.size();
    let drafts = vec![world::verdict("block", "exfiltration-link")];
    ledger.append(drafts).await.unwrap();
    for start in [
        format!("GET /events?since={size} HTTP/1.1\r\n"),
        format!("GET /events?since=999 HTTP/1.1\r\nLast-Event-ID: {size}\r\n"),
    ] {
        let mut stream = TcpStream::connect(served.address).await.unwrap();
        let request = format!("{start}Host: {}\r\n{cookie}\r\n", served.address);
        stream.write_all(request.as_bytes()).await.unwrap();
        let (mut text, mut buffer) = (String::new(), vec![0; 4096]);
        while !text.contains("exfiltration-link") {
            let read = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut buffer));
            let count = read.await.expect("no event in time").unwrap();
            text.push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
        assert!(text.contains(&format!("id: {}", size + 1)), "{text}");
    }
    served.stop().await;
}
