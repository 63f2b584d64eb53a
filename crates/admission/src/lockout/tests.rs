//! The proof finds what locks a cluster out, and our own configuration is not among it.

use serde_json::json;

use super::*;
use crate::configuration::{Endpoint, render};

fn ours() -> Vec<Value> {
    let endpoint = Endpoint::Service {
        namespace: "seawall-system".to_owned(),
        name: "seawall-admission".to_owned(),
    };
    crate::manifests::read(&render(&endpoint, "QUJD")).unwrap()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "callers build the value in place"
)]
fn hook(webhook: Value) -> Value {
    json!({
        "kind": "ValidatingWebhookConfiguration",
        "metadata": { "name": "x" },
        "webhooks": [webhook],
    })
}

fn locked(webhook: Value) -> Vec<String> {
    let proof = prove(&[hook(webhook)], &essentials(&["seawall-system"]));
    proof.locked.into_iter().map(|locked| locked.what).collect()
}

fn everything() -> Value {
    json!([{ "apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"] }])
}

#[test]
fn our_own_webhooks_lock_nobody_out() {
    let proof = prove(&ours(), &essentials(&["seawall-system"]));
    assert_eq!(proof.locked, []);
    assert_eq!(proof.fragile, []);
    assert_eq!(proof.webhooks, 2);
    assert!(proof.requests > 15);
}

#[test]
fn without_its_exclusion_the_webhook_would_lock_itself_out() {
    let mut ours = ours();
    ours[1]["webhooks"][0]["namespaceSelector"] = json!({});
    let proof = prove(&ours, &essentials(&["seawall-system"]));
    let what: Vec<_> = proof
        .locked
        .iter()
        .map(|locked| locked.what.as_str())
        .collect();
    assert!(
        what.contains(&"its pods start again in seawall-system"),
        "{what:?}"
    );
    assert!(
        what.contains(&"names are resolved again (cluster DNS pods)"),
        "{what:?}"
    );
}

#[test]
fn a_webhook_for_everything_stops_all_of_it_and_one_that_fails_open_nothing() {
    let all = essentials(&["seawall-system"]).len();
    assert_eq!(
        locked(json!({ "name": "all", "rules": everything() })).len(),
        all
    );
    let open = json!({ "name": "all", "rules": everything(), "failurePolicy": "Ignore" });
    assert_eq!(locked(open).len(), 0);
}

#[test]
fn subresources_scopes_and_conditions_are_matched_as_the_server_matches_them() {
    let webhook = |resources: Value, more: Value| {
        let mut webhook = json!({
            "name": "w",
            "rules": [{ "apiGroups": [""], "apiVersions": ["v1"], "operations": ["UPDATE"],
                "resources": resources }],
        });
        for (key, value) in more.as_object().unwrap() {
            webhook[key] = value.clone();
        }
        locked(webhook)
    };
    assert_eq!(webhook(json!(["pods"]), json!({})), [""; 0]);
    assert_eq!(webhook(json!(["*"]), json!({})), [""; 0]);
    assert_eq!(
        webhook(json!(["pods/status"]), json!({})),
        ["a node reports a pod's state"]
    );
    assert_eq!(webhook(json!(["*/status"]), json!({})).len(), 2);
    let not_nodes = "!('system:nodes' in request.userInfo.groups)";
    let condition = |expression: &str| json!({ "matchConditions": [{ "name": "c", "expression": expression }] });
    assert_eq!(webhook(json!(["*/status"]), condition(not_nodes)), [""; 0]);
    // What cannot be evaluated might be true.
    assert_eq!(
        webhook(json!(["*/status"]), condition("object.nothing.here")).len(),
        2
    );
    assert_eq!(
        webhook(json!(["*/status"]), condition("not an expression")).len(),
        2
    );
}

#[test]
fn slow_webhooks_are_told() {
    let slow = json!({ "name": "w", "rules": [], "timeoutSeconds": 30 });
    let mut configuration = hook(slow);
    configuration["kind"] = json!("MutatingWebhookConfiguration");
    let proof = prove(&[configuration.clone(), configuration], &[]);
    assert_eq!(proof.fragile.len(), 3);
}
