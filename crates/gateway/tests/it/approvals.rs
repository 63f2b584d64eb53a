//! Tool calls that wait for a person.

use std::time::Duration;

use seawall_base::{Principal, PrincipalKind, SignedDuration};
use seawall_evidence::Kind;
use seawall_evidence::decision::Ruling;
use seawall_oversight::{Decision, DecisionAudit, Hold, HoldError, HoldState};
use seawall_ports::{Holds, HoldsError, KeyLimits};
use seawall_testkit::MemoryHolds;
use serde_json::{Value, json};

use crate::harness::{Harness, LIMIT, calls, content, ending, event, hello, joined, streamed};

async fn pending(harness: &Harness) -> Hold {
    tokio::time::timeout(LIMIT, harness.holds.wait_pending())
        .await
        .unwrap()
}

fn says(hold: &Hold, approve: bool) -> Decision {
    Decision {
        approve,
        reviewer: Principal::new(PrincipalKind::Person, "ada"),
        reason: "seen".into(),
        binding: hold.request().binding(),
    }
}

pub(crate) async fn decide(harness: &Harness, approve: bool) -> Hold {
    let hold = pending(harness).await;
    let at = hold.request().opened_at;
    let id = &hold.request().id;
    let decided = harness.holds.decide(id, says(&hold, approve), at).await;
    decided.unwrap()
}

/// The faults that an auditor finds in what the ledger says of holds.
fn audit(harness: &Harness) -> (u64, usize) {
    let mut audit = DecisionAudit::new(Some(MemoryHolds::key().verifying_key()));
    let held = harness.ledger.of_kind(&Kind::Hold);
    let decided = harness.ledger.of_kind(&Kind::Decision);
    for (index, entry) in (0..).zip(held.iter().chain(&decided)) {
        audit.push(index, entry);
    }
    (audit.receipts(), audit.faults().len())
}

#[tokio::test]
async fn an_approved_call_is_released_once_in_the_form_that_was_shown() {
    let harness = Harness::start().await;
    harness.upstream_answers(&calls("pay", "{ \"to\": \"acme\", \"amount\": 10.0 }"));
    let body = hello();
    let (answer, hold) = tokio::join!(harness.chat(&body), decide(&harness, true));
    assert_eq!(answer.status, 200);
    let function = &answer.json()["choices"][0]["message"]["tool_calls"][0]["function"];
    assert_eq!(function["arguments"], r#"{"amount":10,"to":"acme"}"#);
    let request = hold.request();
    assert_eq!(request.action.arguments(), r#"{"amount":10,"to":"acme"}"#);
    let used = harness.holds.get(&request.id).await.unwrap();
    assert!(matches!(used.state(), HoldState::Used(_)));
    let entry = &harness.ledger.of_kind(&Kind::Hold)[0];
    assert_eq!(entry.body["hold"], request.id);
    assert_eq!(entry.body["binding"], request.binding().to_string());
    assert_eq!(audit(&harness), (1, 0));
    harness.stop().await;
}

#[tokio::test]
async fn a_denied_call_is_refused() {
    let harness = Harness::start().await;
    harness.upstream_answers(&calls("pay", "{}"));
    let body = hello();
    let (answer, _) = tokio::join!(harness.chat(&body), decide(&harness, false));
    assert_eq!(
        (answer.status.as_u16(), answer.code().as_str()),
        (403, "approval_denied")
    );
    assert_eq!(harness.settlement().await["end"], "stopped");
    harness.stop().await;
}

#[tokio::test]
async fn silence_denies_and_is_recorded() {
    let harness = Harness::with(KeyLimits::default(), |config| {
        config.limits.hold_max = Duration::from_millis(1);
    })
    .await;
    harness.upstream_answers(&calls("pay", "not json"));
    let answer = harness.chat(&hello()).await;
    assert_eq!(
        (answer.status.as_u16(), answer.code().as_str()),
        (403, "approval_timeout")
    );
    let decision = &harness.ledger.of_kind(&Kind::Decision)[0];
    assert_eq!(decision.body["ruling"], "expired");
    assert_eq!(decision.principal.kind, PrincipalKind::Seawall);
    harness.stop().await;
}

#[tokio::test]
async fn a_denied_tool_is_blocked_and_others_pass() {
    let harness = Harness::start().await;
    harness.upstream_answers(&calls("format_disk", "{}"));
    assert_eq!(harness.chat(&hello()).await.code(), "blocked_by_policy");
    harness.upstream_answers(&calls("search", "{\"q\":\"weather\"}"));
    assert_eq!(
        harness.chat(&hello()).await.json(),
        calls("search", "{\"q\":\"weather\"}")
    );
    harness.stop().await;
}

fn streamed_call(name: &str) -> String {
    let start = json!({"role": "assistant", "tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": {"name": name, "arguments": ""}}]});
    let piece = |text: &str| {
        event(
            &json!({"tool_calls": [{"index": 0, "function": {"arguments": text}}]}),
            None,
        )
    };
    let end = event(&json!({}), Some("tool_calls"));
    format!(
        "{}{}{}{}data: [DONE]\n\n",
        event(&start, None),
        piece("{\"to\":"),
        piece(" \"acme\"}"),
        end
    )
}

#[tokio::test]
async fn a_streamed_call_waits_and_then_the_stream_goes_on() {
    let harness = Harness::start().await;
    harness
        .upstream_stream(format!("{}{}", content("Paying now."), streamed_call("pay")).as_bytes());
    let body = streamed();
    let (answer, hold) = tokio::join!(harness.chat(&body), decide(&harness, true));
    let events = answer.events();
    assert_eq!(hold.request().action.arguments(), r#"{"to":"acme"}"#);
    assert_eq!(
        joined(&events, "/choices/0/delta/tool_calls/0/function/arguments"),
        r#"{"to":"acme"}"#
    );
    assert_eq!(joined(&events, "/choices/0/delta/content"), "Paying now.");
    assert_eq!(events.last().unwrap(), "[DONE]");
    harness.stop().await;
}

#[tokio::test]
async fn a_streamed_call_that_is_denied_ends_the_stream_with_an_error() {
    let harness = Harness::start().await;
    harness.upstream_stream(streamed_call("pay").as_bytes());
    let body = streamed();
    let (answer, _) = tokio::join!(harness.chat(&body), decide(&harness, false));
    let events = answer.events();
    let last: Value = serde_json::from_str(events.last().unwrap()).unwrap();
    assert_eq!(last["error"]["code"], "approval_denied");
    assert!(!answer.text().contains("acme"));
    harness.stop().await;
}

#[tokio::test]
async fn ordinary_streamed_calls_arrive_whole() {
    let harness = Harness::start().await;
    harness.upstream_stream(streamed_call("search").as_bytes());
    let events = harness.chat(&streamed()).await.events();
    assert_eq!(
        joined(&events, "/choices/0/delta/tool_calls/0/function/name"),
        "search"
    );
    assert_eq!(
        joined(&events, "/choices/0/delta/tool_calls/0/function/arguments"),
        "{\"to\": \"acme\"}"
    );
    assert_eq!(joined(&events, "/choices/0/finish_reason"), "tool_calls");
    harness.upstream_stream(format!("{}{}", content("x"), ending()).as_bytes());
    harness.chat(&streamed()).await;
    harness.stop().await;
}

#[tokio::test]
async fn an_equal_call_is_held_anew_and_an_old_decision_does_not_fit_it() {
    let harness = Harness::start().await;
    harness.upstream_answers(&calls("pay", "{}"));
    let body = hello();
    let (_, first) = tokio::join!(harness.chat(&body), decide(&harness, true));
    harness.upstream_answers(&calls("pay", "{}"));
    let replay = async {
        let second = pending(&harness).await;
        let id = second.request().id.clone();
        assert_eq!(second.request().action, first.request().action);
        let old = says(&first, true);
        let refused = harness
            .holds
            .decide(&id, old, second.request().opened_at)
            .await;
        assert_eq!(refused, Err(HoldsError::Refused(HoldError::OtherHold)));
        decide(&harness, false).await
    };
    let (answer, _) = tokio::join!(harness.chat(&body), replay);
    assert_eq!(answer.code(), "approval_denied");
    assert_eq!(audit(&harness), (2, 0));
    harness.stop().await;
}

#[tokio::test]
async fn the_key_of_a_person_cannot_be_decided_about_by_that_person() {
    let harness = Harness::owned_by(Principal::new(PrincipalKind::Person, "ada")).await;
    harness.upstream_answers(&calls("pay", "{}"));
    let body = hello();
    let review = async {
        let hold = pending(&harness).await;
        let (id, at) = (hold.request().id.clone(), hold.request().opened_at);
        let own = harness.holds.decide(&id, says(&hold, true), at).await;
        assert_eq!(own, Err(HoldsError::Refused(HoldError::SelfReview)));
        let mut other = says(&hold, true);
        other.reviewer = Principal::new(PrincipalKind::Person, "grace");
        harness.holds.decide(&id, other, at).await.unwrap();
    };
    let (answer, ()) = tokio::join!(harness.chat(&body), review);
    assert_eq!(answer.status, 200);
    harness.stop().await;
}

#[tokio::test]
async fn an_approval_that_comes_too_late_is_refused() {
    let harness = Harness::start().await;
    harness.upstream_answers(&calls("pay", "{}"));
    let body = hello();
    let late = async {
        let hold = pending(&harness).await;
        let request = hold.request();
        harness.clock.advance(SignedDuration::from_secs(300));
        let refused = harness
            .holds
            .decide(&request.id, says(&hold, true), request.expires_at)
            .await;
        assert_eq!(refused, Err(HoldsError::Refused(HoldError::Expired)));
        // In time by the reviewer's word, and over by the clock when it is to be used.
        let decided = harness
            .holds
            .decide(&request.id, says(&hold, true), request.opened_at);
        decided.await.unwrap();
    };
    let (answer, ()) = tokio::join!(harness.chat(&body), late);
    assert_eq!(answer.code(), "approval_timeout");
    harness.stop().await;
}

#[tokio::test]
async fn when_one_of_two_calls_is_denied_neither_is_used() {
    let harness = Harness::start().await;
    let mut answer = calls("pay", "{\"to\":\"acme\"}");
    let list = answer["choices"][0]["message"]["tool_calls"]
        .as_array_mut()
        .unwrap();
    let mut second = list[0].clone();
    second["id"] = json!("call_2");
    list.push(second);
    harness.upstream_answers(&answer);
    let body = hello();
    let review = async {
        let first = decide(&harness, true).await;
        decide(&harness, false).await;
        first
    };
    let (answer, first) = tokio::join!(harness.chat(&body), review);
    assert_eq!(answer.code(), "approval_denied");
    // The approval that nobody used is withdrawn, so that it cannot be used later.
    harness.entries(Kind::Decision, 3).await;
    let first = harness.holds.get(&first.request().id).await.unwrap();
    assert_eq!(first.ruled().unwrap().ruling, Ruling::Withdrawn);
    assert_eq!(audit(&harness).1, 0);
    harness.stop().await;
}

#[tokio::test]
async fn a_client_that_leaves_withdraws_its_call() {
    let harness = Harness::start().await;
    harness.upstream_answers(&calls("pay", "{}"));
    let body = hello();
    let hold = tokio::select! {
        _ = harness.chat(&body) => panic!("nobody decided"),
        hold = pending(&harness) => hold,
    };
    let entry = &harness.entries(Kind::Decision, 1).await[0];
    assert_eq!(entry.body["ruling"], "withdrawn");
    let at = hold.request().opened_at;
    let decided = harness
        .holds
        .decide(&hold.request().id, says(&hold, true), at);
    assert_eq!(
        decided.await,
        Err(HoldsError::Refused(HoldError::Settled(Ruling::Withdrawn)))
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_ledger_that_fails_holds_nothing_and_releases_nothing() {
    let harness = Harness::start().await;
    harness.upstream_answers(&calls("pay", "{\"to\":\"acme\"}"));
    harness.ledger.set_broken(true);
    let answer = harness.chat(&hello()).await;
    assert_eq!(answer.code(), "evidence_unavailable");
    assert!(!answer.text().contains("acme"));
    assert_eq!(harness.holds.list(false).await.unwrap(), []);
    harness.stop().await;
}
