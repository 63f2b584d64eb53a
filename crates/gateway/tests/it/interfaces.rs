//! The published table of interfaces: every request of it is sent.

use std::sync::Arc;

use http::Method;
use seawall_evidence::Kind;
use seawall_gateway::{PredictRoute, PredictRules, Route, Speaks};
use seawall_llm::interfaces::{INTERFACES, Interface, Standing};
use seawall_ports::KeyLimits;

use crate::harness::{CANARY, Harness, guard};

async fn harness(speaks: Speaks) -> Harness {
    Harness::with(KeyLimits::default(), |config| {
        config.routes[0].speaks = speaks;
        let route = Route::new("predictive", Some(guard()));
        let predict = PredictRoute::new(route, PredictRules::default());
        config.predict = vec![Arc::new(predict)];
    })
    .await
}

async fn send(interface: &Interface) {
    let Some((method, path, body)) = interface.example else {
        return;
    };
    // A count is asked of a server of the same family alone.
    let speaks = if path.ends_with("count_tokens") {
        Speaks::Anthropic
    } else {
        Speaks::OpenAi
    };
    let harness = harness(speaks).await;
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let body = body.replace("{text}", CANARY);
    let answer = harness.send(harness.request(method, path, body)).await;
    let name = interface.name;
    let status = answer.status.as_u16();
    assert!((400..500).contains(&status), "{name}: {status}");
    assert!(
        harness.upstream.bodies().is_empty(),
        "{name} reached the upstream"
    );
    harness.stop().await;
    let verdicts = harness.ledger.of_kind(&Kind::Verdict);
    let blocked = verdicts.iter().any(|entry| entry.body["action"] == "block");
    assert_eq!(
        blocked,
        interface.standing == Standing::Inspected,
        "{name}: {}",
        answer.text()
    );
}

#[tokio::test]
async fn every_interface_stands_as_the_table_says() {
    for interface in INTERFACES {
        send(interface).await;
    }
}

#[test]
fn names_are_told_once_and_what_passes_by_has_no_request() {
    let mut names: Vec<_> = INTERFACES.iter().map(|interface| interface.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), INTERFACES.len());
    for interface in INTERFACES {
        let is_seen = interface.standing != Standing::Bypassing;
        assert!(is_seen || interface.example.is_none(), "{}", interface.name);
        assert!(!interface.place.is_empty());
    }
}
