//! Tool calls that wait for a person.

use std::time::Duration;

use seawall_base::{Digest, Principal, PrincipalKind};
use seawall_evidence::Kind;
use seawall_evidence::decision::Ruling;
use seawall_ports::{Hold, HoldState, Holds, KeyLimits, Ruled};
use serde_json::{Value, json};

use crate::harness::{Harness, LIMIT, calls, content, ending, event, hello, joined, streamed};

async fn decide(harness: &Harness, ruling: Ruling) -> Hold {
    let hold = tokio::time::timeout(LIMIT, harness.holds.wait_pending())
        .await
        .unwrap();
    let ruled = Ruled {
        ruling,
        by: Principal::new(PrincipalKind::Person, "ada"),
        at: hold.created_at,
        reason: "seen".into(),
        arguments_digest: hold.arguments_digest,
    };
    harness.holds.decide(&hold.id, ruled).await.unwrap()
}

#[tokio::test]
async fn an_approved_call_is_released_once_in_the_form_that_was_shown() {
    let harness = Harness::start().await;
    harness.upstream_answers(&calls("pay", "{ \"to\": \"acme\", \"amount\": 10.0 }"));
    let body = hello();
    let (answer, hold) = tokio::join!(harness.chat(&body), decide(&harness, Ruling::Approved));
    assert_eq!(answer.status, 200);
    let function = &answer.json()["choices"][0]["message"]["tool_calls"][0]["function"];
    assert_eq!(function["arguments"], r#"{"amount":10,"to":"acme"}"#);
    assert_eq!(hold.arguments_digest, Digest::of(hold.arguments.as_bytes()));
    assert!(matches!(
        harness.holds.get(&hold.id).await.unwrap().state,
        HoldState::Used(_)
    ));
    assert_eq!(harness.ledger.of_kind(&Kind::Hold)[0].body["hold"], hold.id);
    harness.stop().await;
}

#[tokio::test]
async fn a_denied_call_is_refused() {
    let harness = Harness::start().await;
    harness.upstream_answers(&calls("pay", "{}"));
    let body = hello();
    let (answer, _) = tokio::join!(harness.chat(&body), decide(&harness, Ruling::Denied));
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
    let (answer, hold) = tokio::join!(harness.chat(&body), decide(&harness, Ruling::Approved));
    let events = answer.events();
    assert_eq!(hold.arguments, r#"{"to":"acme"}"#);
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
    let (answer, _) = tokio::join!(harness.chat(&body), decide(&harness, Ruling::Denied));
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
