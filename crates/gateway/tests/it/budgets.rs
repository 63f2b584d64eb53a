//! Budgets around real calls: reserved before, metered on the way, settled once after.

use std::sync::Arc;

use seawall_base::{Clock as _, FixedClock, OnError};
use seawall_budget::{Prices, Rule};
use seawall_evidence::Kind;
use seawall_gateway::{OnDisconnect, SpendOptions, Spender};
use seawall_ports::{Budgets, KeyLimits};
use seawall_testkit::MemoryBudgets;
use serde_json::{Value, json};

use crate::harness::{CANARY, Harness, calls, content, ending, hello, says, streamed};

const PRICES: &str = r#"{"schema":"seawall.prices/v1","version":"1","source":"a test","date":"2026-11-01",
    "currency":"USD","models":[{"model":"practice","input":"1","output":"2","gpus":2}]}"#;

/// A gateway under limits, and what keeps them.
struct Owner {
    harness: Harness,
    budgets: Arc<MemoryBudgets>,
    spender: Arc<Spender>,
}

fn rule(id: &str, unit: &str, limit: &str, window: &str) -> Value {
    json!({"id": id, "scope": "key", "unit": unit, "limit": limit, "window": window})
}

impl Owner {
    async fn with(rules: &[Value], change: impl FnOnce(&mut SpendOptions)) -> Self {
        Self::built(rules, change, OnDisconnect::Cancel).await
    }

    async fn built(
        rules: &[Value],
        change: impl FnOnce(&mut SpendOptions),
        on_disconnect: OnDisconnect,
    ) -> Self {
        let budgets = Arc::new(MemoryBudgets::default());
        for rule in rules {
            budgets.set(Rule::parse(rule).unwrap()).await.unwrap();
        }
        let mut options = SpendOptions {
            prices: Prices::parse(PRICES.as_bytes()).unwrap(),
            unpriced: OnError::Deny,
            on_error: OnError::Deny,
            upstream_timeout_ms: 1_000,
        };
        change(&mut options);
        let clock = Arc::new(FixedClock::new("2026-11-23T10:00:00Z".parse().unwrap()));
        let ports = Arc::clone(&budgets) as Arc<dyn Budgets>;
        let spender = Arc::new(Spender::new(ports, clock, "test-1", options));
        let harness = Harness::with(KeyLimits::default(), |config| {
            config.routes[0].answer_tokens_max = 100;
            config.budgets = Some(Arc::clone(&spender));
            config.on_disconnect = on_disconnect;
        })
        .await;
        Self {
            harness,
            budgets,
            spender,
        }
    }

    /// What is spent and reserved once everything is reported.
    async fn stands(&self, account: &str) -> (u64, u64) {
        self.spender.round().await.unwrap();
        self.spender.close().await;
        let view = self
            .budgets
            .view(account, self.harness.clock.now())
            .unwrap();
        (view.spent, view.leased)
    }

    async fn charge(&self, count: usize) -> Value {
        let settlements = self.harness.entries(Kind::Settlement, count).await;
        settlements[count - 1].body["charges"][0].clone()
    }
}

#[tokio::test]
async fn a_call_is_charged_what_it_cost_and_the_ledger_says_so() {
    let owner = Owner::with(&[rule("month", "money", "1", "month")], |_| {}).await;
    owner.harness.upstream_answers(&says("ok"));
    assert_eq!(owner.harness.chat(&hello()).await.status, 200);
    let charge = owner.charge(1).await;
    assert_eq!(charge["account"], "month/key_0");
    // Nine tokens at 1 and three at 2 per million.
    assert_eq!(charge["charged"], 15);
    assert!(charge["reserved"].as_u64().unwrap() > 200);
    assert_eq!(owner.stands("month/key_0").await, (15, 0));
    owner.harness.stop().await;
}

#[tokio::test]
async fn a_limit_that_is_used_up_is_named_with_a_time_and_without_numbers_of_others() {
    let owner = Owner::with(&[rule("few", "requests", "2", "day")], |_| {}).await;
    for _ in 0..2 {
        owner.harness.upstream_answers(&says("ok"));
        assert_eq!(owner.harness.chat(&hello()).await.status, 200);
    }
    let refused = owner.harness.chat(&hello()).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code().as_str()),
        (429, "budget_exceeded")
    );
    let seconds: u64 = refused.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(seconds >= 1, "{seconds}");
    let message = refused.json()["error"]["message"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        message.contains("`few`") && message.contains("requests"),
        "{message}"
    );
    assert_eq!(owner.harness.upstream.bodies().len(), 2);
    owner.harness.stop().await;
}

#[tokio::test]
async fn what_never_fits_has_no_retry() {
    let owner = Owner::with(&[rule("tiny", "tokens", "50", "day")], |_| {}).await;
    let refused = owner.harness.chat(&hello()).await;
    assert_eq!(refused.code(), "budget_exceeded");
    assert!(!refused.headers.contains_key("retry-after"));
    assert!(refused.text().contains("max_tokens"));
    owner.harness.stop().await;
}

#[tokio::test]
async fn missing_usage_costs_the_reservation_and_a_refused_prompt_nothing() {
    let owner = Owner::with(&[rule("day", "tokens", "10000", "day")], |_| {}).await;
    let mut answer = says("ok");
    answer.as_object_mut().unwrap().remove("usage");
    owner.harness.upstream_answers(&answer);
    assert_eq!(owner.harness.chat(&hello()).await.status, 200);
    let charge = owner.charge(1).await;
    assert_eq!(charge["charged"], charge["reserved"]);
    let mut blocked = hello();
    blocked["messages"][0]["content"] = json!(CANARY);
    assert_eq!(
        owner.harness.chat(&blocked).await.code(),
        "blocked_by_policy"
    );
    assert_eq!(owner.charge(2).await["charged"], 0);
    owner.harness.stop().await;
}

#[tokio::test]
async fn an_overrun_is_charged_and_blocks_the_next_call() {
    let owner = Owner::with(&[rule("day", "tokens", "400", "day")], |_| {}).await;
    let mut answer = says("ok");
    answer["usage"]["completion_tokens"] = json!(1_000);
    owner.harness.upstream_answers(&answer);
    assert_eq!(owner.harness.chat(&hello()).await.status, 200);
    assert_eq!(owner.charge(1).await["charged"], 1_009);
    assert_eq!(owner.harness.chat(&hello()).await.code(), "budget_exceeded");
    let view = owner
        .budgets
        .view("day/key_0", owner.harness.clock.now())
        .unwrap();
    assert_eq!(view.spent, 1_009);
    assert!(view.overrun > 0 && view.left < 0, "{view:?}");
    owner.harness.stop().await;
}

#[tokio::test]
async fn nested_limits_must_all_allow() {
    let rules = [
        rule("wide", "tokens", "100000", "day"),
        json!({"id": "all", "scope": "all", "unit": "tokens", "limit": "250", "window": "day"}),
    ];
    let owner = Owner::with(&rules, |_| {}).await;
    owner.harness.upstream_answers(&says("ok"));
    assert_eq!(owner.harness.chat(&hello()).await.status, 200);
    let mut long = hello();
    long["messages"][0]["content"] = json!("word ".repeat(40));
    let refused = owner.harness.chat(&long).await;
    assert!(refused.text().contains("`all`"), "{}", refused.text());
    assert_eq!(owner.stands("wide/key_0").await, (12, 0));
    assert_eq!(owner.stands("all").await, (12, 0));
    owner.harness.stop().await;
}

#[tokio::test]
async fn a_model_without_a_price_fails_closed() {
    let money = [rule("month", "money", "1", "month")];
    let none = Prices::parse(PRICES.replace("practice", "other").as_bytes()).unwrap();
    let unpriced = none.clone();
    let owner = Owner::with(&money, |options| options.prices = unpriced).await;
    let refused = owner.harness.chat(&hello()).await;
    assert!(refused.text().contains("no price"), "{}", refused.text());
    owner.harness.stop().await;

    let owner = Owner::with(&money, |options| {
        options.prices = none;
        options.unpriced = OnError::Allow;
    })
    .await;
    owner.harness.upstream_answers(&says("ok"));
    assert_eq!(owner.harness.chat(&hello()).await.status, 200);
    owner.harness.stop().await;
}

#[tokio::test]
async fn a_database_that_is_away_at_the_start_or_later_has_an_answer() {
    let rules = [rule("day", "requests", "1000", "day")];
    let owner = Owner::with(&rules, |_| {}).await;
    owner.budgets.set_down(true);
    let refused = owner.harness.chat(&hello()).await;
    assert_eq!(
        (refused.status.as_u16(), refused.code().as_str()),
        (503, "budget_unavailable")
    );
    owner.budgets.set_down(false);
    owner.harness.upstream_answers(&says("ok"));
    assert_eq!(owner.harness.chat(&hello()).await.status, 200);
    // In mid-flight: the slice that is warm lasts.
    owner.budgets.set_down(true);
    for _ in 0..10 {
        owner.harness.upstream_answers(&says("ok"));
        assert_eq!(owner.harness.chat(&hello()).await.status, 200);
    }
    owner.budgets.set_down(false);
    assert_eq!(owner.stands("day/key_0").await, (11, 0));
    owner.harness.stop().await;

    let owner = Owner::with(&rules, |options| options.on_error = OnError::Allow).await;
    owner.budgets.set_down(true);
    owner.harness.upstream_answers(&says("ok"));
    assert_eq!(owner.harness.chat(&hello()).await.status, 200);
    owner.harness.stop().await;
}

#[tokio::test]
async fn a_stream_beyond_its_reservation_is_cut_with_an_end_that_clients_know() {
    let owner = Owner::with(&[rule("day", "tokens", "10000", "day")], |_| {}).await;
    // The upstream was told to stop at 100 tokens and does not.
    let endless = content("again ").repeat(400);
    owner.harness.upstream_stream(endless.as_bytes());
    let answer = owner.harness.chat(&streamed()).await;
    let events = answer.events();
    assert!(events.len() < 130, "{}", events.len());
    assert_eq!(events.last().unwrap(), "[DONE]");
    let last: Value = serde_json::from_str(&events[events.len() - 2]).unwrap();
    assert_eq!(last["choices"][0]["finish_reason"], "length");
    let charge = owner.charge(1).await;
    assert_eq!(charge["charged"], charge["reserved"]);
    owner.harness.stop().await;
}

#[tokio::test]
async fn a_client_that_leaves_settles_once_with_the_reservation_or_what_is_drained() {
    for (policy, drained) in [(OnDisconnect::Cancel, false), (OnDisconnect::Drain, true)] {
        let rules = [rule("day", "tokens", "10000", "day")];
        let owner = Owner::built(&rules, |_| {}, policy).await;
        let upstream = owner.harness.upstream_streams();
        upstream.send(content("Hello ").into_bytes()).unwrap();
        let request = owner.harness.chat_request(&streamed());
        drop(owner.harness.open(request).await);
        // The gateway sees that nobody listens when it next has something to send.
        let usage = json!({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 3}});
        let rest = format!("{}data: {usage}\n\n{}", content("there"), ending());
        drop(upstream.send(rest.into_bytes()));
        drop(upstream);
        let charge = owner.charge(1).await;
        assert_eq!(charge["charged"] == 12, drained, "{policy:?} {charge}");
        assert_eq!(charge["charged"] == charge["reserved"], !drained);
        let spent = charge["charged"].as_u64().unwrap();
        assert_eq!(owner.stands("day/key_0").await, (spent, 0));
        owner.harness.stop().await;
    }
}

#[tokio::test]
async fn tool_calls_and_open_calls_are_limited_too() {
    let owner = Owner::with(&[rule("tools", "tool-calls", "9", "day")], |_| {}).await;
    for _ in 0..2 {
        owner.harness.upstream_answers(&calls("look", "{}"));
        assert_eq!(owner.harness.chat(&hello()).await.status, 200);
    }
    assert_eq!(owner.charge(2).await["charged"], 1);
    assert_eq!(owner.harness.chat(&hello()).await.code(), "budget_exceeded");
    owner.harness.stop().await;

    let owner = Owner::with(&[rule("open", "streams", "1", "held")], |_| {}).await;
    let upstream = owner.harness.upstream_streams();
    upstream.send(content("Hello ").into_bytes()).unwrap();
    let request = owner.harness.chat_request(&streamed());
    let open = owner.harness.open(request).await;
    let refused = owner.harness.chat(&hello()).await;
    assert!(refused.text().contains("`open`"), "{}", refused.text());
    upstream.send(ending().into_bytes()).unwrap();
    drop(upstream);
    drop(open);
    owner.charge(1).await;
    owner.harness.upstream_answers(&says("ok"));
    assert_eq!(owner.harness.chat(&hello()).await.status, 200);
    owner.harness.stop().await;
}

#[tokio::test]
async fn a_session_that_is_named_has_a_limit_of_its_own() {
    let rules = [
        json!({"id": "s", "scope": "session", "unit": "requests", "limit": "1", "window": "ever"}),
    ];
    let owner = Owner::with(&rules, |_| {}).await;
    for (session, status) in [("a", 200), ("b", 200), ("a", 429)] {
        owner.harness.upstream_answers(&says("ok"));
        let mut request = owner.harness.chat_request(&hello());
        let name = session.parse().unwrap();
        request.headers_mut().insert("x-seawall-session", name);
        assert_eq!(
            owner.harness.send(request).await.status,
            status,
            "{session}"
        );
    }
    owner.harness.stop().await;
}
