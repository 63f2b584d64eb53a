//! Sessions that run away are noticed before the upstream is asked, and places go round.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use seawall_base::{Clock as _, Principal, PrincipalKind};
use seawall_budget::runaway::{Action, Detector, Settings};
use seawall_evidence::Kind;
use seawall_gateway::{PlaceLimits, Places, Runaways};
use seawall_oversight::Decision;
use seawall_ports::{Holds as _, KeyLimits};
use serde_json::{Value, json};

use crate::harness::{Answer, Harness, LIMIT, content, ending, hello, says, streamed};

async fn watched(change: impl FnOnce(&mut Settings)) -> Harness {
    let mut settings = Settings::default();
    change(&mut settings);
    Harness::with(KeyLimits::default(), |config| {
        let runaways = Runaways::new(settings, Duration::ZERO);
        config.runaways = Some(Arc::new(runaways));
        config.limits.hold_max = LIMIT;
    })
    .await
}

/// A conversation in which tools were called so many times; `kinds` calls take turns.
fn conversation(rounds: u64, kinds: u64) -> Value {
    let mut body = hello();
    let messages = body["messages"].as_array_mut().unwrap();
    for round in 0..rounds {
        let (id, page) = (format!("call_{round}"), round % kinds);
        let arguments = format!("{{\"page\":{page}}}");
        messages.push(json!({"role": "assistant", "content": null, "tool_calls": [
            {"id": id, "type": "function", "function": {"name": "look", "arguments": arguments}}]}));
        messages.push(json!({"role": "tool", "tool_call_id": id, "content": "nothing there"}));
    }
    body
}

/// How many rounds an agent gets to that does the same again and again.
async fn rounds_until_refused(harness: &Harness, kinds: u64) -> (u64, Answer) {
    for round in 0..40 {
        harness.upstream_answers(&says("ok"));
        let answer = harness.chat(&conversation(round, kinds)).await;
        if answer.status != 200 {
            return (round, answer);
        }
    }
    panic!("nothing was noticed");
}

#[tokio::test]
async fn a_loop_is_stopped_within_twenty_calls_and_the_ledger_says_why() {
    let harness = watched(|_| {}).await;
    let (rounds, refused) = rounds_until_refused(&harness, 1).await;
    assert!(rounds <= 20, "{rounds}");
    assert_eq!(
        (refused.status.as_u16(), refused.code().as_str()),
        (403, "session_stopped")
    );
    assert_eq!(harness.upstream.bodies().len() as u64, rounds);
    let alert = harness.entries(Kind::Alert, 1).await[0].body.clone();
    assert_eq!(
        (&alert["reason"], &alert["action"], &alert["about"]),
        (&json!("same-call"), &json!("stop"), &json!("session"))
    );
    let metrics = harness.request(http::Method::GET, "/metrics", "");
    let metrics = harness.send(metrics).await.text();
    let counted = "seawall_gateway_alerts_total{reason=\"same-call\",action=\"stop\"} 1";
    assert!(metrics.contains(counted), "{metrics}");
    // A person who says something new starts the count again.
    let mut body = conversation(rounds, 1);
    let said = json!({"role": "user", "content": "Look at page two instead."});
    body["messages"].as_array_mut().unwrap().push(said);
    harness.upstream_answers(&says("ok"));
    assert_eq!(harness.chat(&body).await.status, 200);
    harness.stop().await;
}

/// Decides about the session that comes to be held.
async fn decide(harness: &Harness, approve: bool) {
    let open = async || harness.holds.list(true).await.unwrap().into_iter().next();
    let hold = loop {
        if let Some(hold) = open().await {
            break hold;
        }
        tokio::task::yield_now().await;
    };
    let request = hold.request();
    assert_eq!(request.action.tool(), "seawall.continue_session");
    assert!(request.action.arguments().contains("\"cycle\""));
    let decision = Decision {
        approve,
        reviewer: Principal::new(PrincipalKind::Person, "grace"),
        reason: "seen".to_owned(),
        binding: request.binding(),
    };
    let now = harness.clock.now();
    let decided = harness.holds.decide(&request.id, decision, now);
    decided.await.unwrap();
}

#[tokio::test]
async fn a_session_in_a_circle_goes_on_when_a_person_lets_it_and_not_otherwise() {
    for approve in [true, false] {
        let harness = watched(|_| {}).await;
        let body = conversation(13, 3);
        if approve {
            harness.upstream_answers(&says("ok"));
        }
        let (answer, ()) = tokio::join!(harness.chat(&body), decide(&harness, approve));
        assert_eq!(answer.status == 200, approve, "{}", answer.text());
        if approve {
            // The next call of the same session is not held again.
            harness.upstream_answers(&says("ok"));
            assert_eq!(harness.chat(&conversation(14, 3)).await.status, 200);
        } else {
            assert_eq!(answer.code(), "approval_denied");
        }
        harness.stop().await;
    }
}

#[tokio::test]
async fn owners_choose_what_is_done() {
    let off = |settings: &mut Settings| {
        for detector in Detector::ALL {
            settings.actions.insert(*detector, Action::Off);
        }
    };
    let harness = watched(off).await;
    harness.upstream_answers(&says("ok"));
    assert_eq!(harness.chat(&conversation(40, 1)).await.status, 200);
    harness.stop().await;

    let slow = |settings: &mut Settings| {
        settings.actions.insert(Detector::SameCall, Action::Slow);
    };
    let harness = watched(slow).await;
    harness.upstream_answers(&says("ok"));
    assert_eq!(harness.chat(&conversation(12, 1)).await.status, 200);
    let alert = harness.entries(Kind::Alert, 1).await[0].body.clone();
    assert_eq!(alert["action"], "slow");
    harness.stop().await;
}

#[tokio::test]
async fn a_named_session_that_was_stopped_stays_stopped_without_its_history() {
    let harness = watched(|_| {}).await;
    let send = async |session: &str, body: &Value| {
        let mut request = harness.chat_request(body);
        let name = session.parse().unwrap();
        request.headers_mut().insert("x-seawall-session", name);
        harness.send(request).await
    };
    assert_eq!(
        send("a", &conversation(12, 1)).await.code(),
        "session_stopped"
    );
    assert_eq!(send("a", &hello()).await.code(), "session_stopped");
    harness.upstream_answers(&says("ok"));
    assert_eq!(send("b", &hello()).await.status, 200);
    harness.stop().await;
}

#[tokio::test]
async fn a_call_waits_for_a_place_and_a_full_line_is_refused_with_a_time() {
    let limits = PlaceLimits {
        open_max: 1,
        waiting_max: 1,
        waiting_per_key_max: 1,
        wait_max: LIMIT,
        weights: BTreeMap::new(),
    };
    let places = Arc::new(Places::new(limits));
    let shared = Arc::clone(&places);
    let harness = Harness::with(KeyLimits::default(), |config| {
        config.places = Some(shared);
    })
    .await;
    let upstream = harness.upstream_streams();
    upstream.send(content("Hello ").into_bytes()).unwrap();
    let open = harness.open(harness.chat_request(&streamed())).await;
    harness.upstream_answers(&says("ok"));
    let body = hello();
    let waiting = harness.chat(&body);
    let rest = async {
        while places.waiting() == 0 {
            tokio::task::yield_now().await;
        }
        let refused = harness.chat(&body).await;
        upstream.send(ending().into_bytes()).unwrap();
        drop(upstream);
        drop(open);
        refused
    };
    let (first, second) = tokio::join!(waiting, rest);
    assert_eq!(first.status, 200, "{}", first.text());
    assert_eq!(second.code(), "rate_limit_exceeded");
    assert_eq!(second.headers["retry-after"], "1");
    harness.stop().await;
}
