//! Limits are held before the call and settled after it.

use seawall_base::Clock as _;
use seawall_base::SignedDuration;
use seawall_evidence::Kind;
use seawall_ports::KeyLimits;
use serde_json::{Value, json};

use crate::harness::{CANARY, Harness, hello, says};

const TOKENS: &str = "key_0/tokens";

fn limited(requests: Option<u64>, tokens: Option<u64>) -> KeyLimits {
    KeyLimits {
        requests_per_minute: requests,
        tokens_per_minute: tokens,
    }
}

#[tokio::test]
async fn requests_beyond_the_limit_wait_for_the_next_slot() {
    let harness = Harness::with(limited(Some(2), None), |_| {}).await;
    for _ in 0..2 {
        harness.upstream_answers(&says("ok"));
        assert_eq!(harness.chat(&hello()).await.status, 200);
    }
    let refused = harness.chat(&hello()).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code().as_str()),
        (429, "rate_limit_exceeded")
    );
    assert_eq!(refused.headers["retry-after"], "30");
    assert_eq!(harness.upstream.bodies().len(), 2);
    harness.clock.advance(SignedDuration::from_secs(30));
    harness.upstream_answers(&says("ok"));
    assert_eq!(harness.chat(&hello()).await.status, 200);
    harness.stop().await;
}

#[tokio::test]
async fn tokens_are_reserved_as_a_bound_and_settled_as_reported() {
    let harness = Harness::with(limited(None, Some(5_000)), |config| {
        config.routes[0].answer_tokens_max = 1_000;
    })
    .await;
    harness.upstream_answers(&says("ok"));
    assert_eq!(harness.chat(&hello()).await.status, 200);
    let settlement = harness.settlement().await;
    let reserved = settlement["reserved_tokens"].as_u64().unwrap();
    assert!(reserved > 1_000 && reserved < 1_200, "{reserved}");
    harness.stop().await;
    assert_eq!(
        harness.counters.level(TOKENS, harness.clock.now()),
        Some(5_000 - 12)
    );
}

#[tokio::test]
async fn a_call_without_a_report_costs_its_reservation_and_an_overrun_is_owed() {
    let harness = Harness::with(limited(None, Some(5_000)), |config| {
        config.routes[0].answer_tokens_max = 1_000;
    })
    .await;
    let mut silent = says("ok");
    silent.as_object_mut().unwrap().remove("usage");
    harness.upstream_answers(&silent);
    assert_eq!(harness.chat(&hello()).await.status, 200);
    let settlement = harness.settlement().await;
    assert_eq!(settlement["estimated"], json!(true));
    let reserved = i64::try_from(settlement["reserved_tokens"].as_u64().unwrap()).unwrap();
    let mut greedy = says("ok");
    greedy["usage"] = json!({"prompt_tokens": 9_000, "completion_tokens": 1});
    harness.upstream_answers(&greedy);
    assert_eq!(harness.chat(&hello()).await.status, 200);
    harness.entries(Kind::Settlement, 2).await;
    harness.stop().await;
    assert_eq!(
        harness.counters.level(TOKENS, harness.clock.now()),
        Some(5_000 - reserved - 9_001)
    );
}

#[tokio::test]
async fn what_can_never_fit_says_so_and_blocked_requests_cost_no_tokens() {
    let harness = Harness::with(limited(None, Some(2_000)), |_| {}).await;
    let mut body = hello();
    body["max_tokens"] = json!(3_000);
    let refused = harness.chat(&body).await;
    assert_eq!(refused.status, 429);
    assert!(!refused.headers.contains_key("retry-after"));
    assert!(refused.text().contains("max_tokens"));
    body["max_tokens"] = json!(100);
    body["messages"][0]["content"] = Value::from(CANARY);
    assert_eq!(harness.chat(&body).await.status, 400);
    harness.stop().await;
    assert_eq!(
        harness.counters.level(TOKENS, harness.clock.now()),
        Some(2_000)
    );
}
