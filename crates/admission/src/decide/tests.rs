//! Every kind of request that a webhook meets, decided.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::review::{answer, parse};

fn pod(privileged: bool) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "generateName": "p-", "namespace": "ml" },
        "spec": { "containers": [{ "name": "c", "image": "x", "securityContext": { "privileged": privileged } }] },
    })
}

fn review(fields: &Value) -> Vec<u8> {
    let mut request =
        json!({ "uid": "u1", "operation": "CREATE", "userInfo": { "username": "jo" } });
    for (key, value) in fields.as_object().unwrap() {
        request[key] = value.clone();
    }
    let review = json!({ "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request });
    serde_json::to_vec(&review).unwrap()
}

/// Without a cluster: the webhook's own policy decides.
fn alone(request: &Request, policy: &Policy) -> Decision {
    decide(request, &ground(policy, &Facts::default()))
}

fn ground<'a>(policy: &'a Policy, facts: &'a Facts) -> Ground<'a> {
    Ground {
        policy,
        facts,
        now: "2026-11-24T00:00:00Z".parse().unwrap(),
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "callers build the value in place"
)]
fn decided(fields: Value) -> Decision {
    alone(&parse(&review(&fields)).unwrap(), &Policy::default())
}

#[test]
fn a_denial_names_rule_field_and_fix() {
    let decision = decided(json!({ "object": pod(true) }));
    assert!(!decision.allowed);
    assert_eq!(decision.rules, ["privileged-container"]);
    assert_eq!(
        decision.message,
        "denied by Seawall: [privileged-container, high] container `c` of Pod `p-` is privileged at \
         spec.containers[0].securityContext.privileged. Remove `privileged`; accelerators come \
         through the device plugin."
    );
    let wire = answer("u1", &decision);
    assert_eq!(wire["response"]["uid"], "u1");
    assert_eq!(wire["response"]["status"]["code"], 403);
    assert_eq!(
        wire["response"]["auditAnnotations"]["rules"],
        "privileged-container"
    );
}

#[test]
fn what_passes_is_warned_about() {
    let decision = decided(json!({ "object": pod(false) }));
    assert!(decision.allowed && decision.message.is_empty());
    assert!(
        decision
            .warnings
            .iter()
            .any(|text| text.contains("runs-as-root")),
        "{decision:?}"
    );
    assert!(decision.warnings.iter().all(|text| text.len() <= 256));
}

#[test]
fn an_update_is_denied_only_for_what_it_adds() {
    let update = |old: Value, new: Value| {
        decided(json!({ "operation": "UPDATE", "oldObject": old, "object": new })).allowed
    };
    assert!(update(pod(true), pod(true)));
    assert!(update(pod(true), pod(false)));
    assert!(!update(pod(false), pod(true)));
}

#[test]
fn deletions_streams_and_plain_subresources_pass() {
    assert!(
        decided(json!({ "operation": "DELETE", "oldObject": pod(true), "object": null })).allowed
    );
    let options = json!({ "apiVersion": "v1", "kind": "PodExecOptions", "command": ["sh"] });
    assert!(
        decided(json!({ "operation": "CONNECT", "subResource": "exec", "object": options }))
            .allowed
    );
    assert!(
        decided(json!({ "operation": "UPDATE", "subResource": "status", "object": pod(true) }))
            .allowed
    );
    let mut going = pod(true);
    going["metadata"]["deletionTimestamp"] = json!("2026-11-23T00:00:00Z");
    assert!(decided(json!({ "operation": "UPDATE", "object": going })).allowed);
}

#[test]
fn subresources_that_carry_a_pod_are_checked() {
    let mut debugged = pod(false);
    debugged["spec"]["ephemeralContainers"] =
        json!([{ "name": "d", "image": "x", "securityContext": { "privileged": true } }]);
    let fields = json!({ "operation": "UPDATE", "subResource": "ephemeralcontainers", "oldObject": pod(false), "object": debugged });
    assert!(!decided(fields).allowed);
}

#[test]
fn unknown_kinds_are_searched_for_pods_and_otherwise_pass() {
    let own = json!({ "apiVersion": "acme.io/v1", "kind": "Farm", "metadata": { "name": "f" },
        "spec": { "workers": { "template": pod(true) } } });
    assert!(!decided(json!({ "object": own })).allowed);
    let plain =
        json!({ "apiVersion": "acme.io/v1", "kind": "Colour", "metadata": { "name": "red" } });
    assert!(decided(json!({ "object": plain })).allowed);
}

#[test]
fn what_cannot_be_analysed_follows_the_typed_choice() {
    let request = parse(&review(&json!({ "object": { "metadata": {} } }))).unwrap();
    let policy = |on_error| Policy {
        on_error,
        ..Policy::default()
    };
    assert!(!alone(&request, &policy(OnError::Deny)).allowed);
    let open = alone(&request, &policy(OnError::Allow));
    assert!(open.allowed && open.warnings.len() == 1);
}

#[test]
fn bodies_that_are_not_a_review_are_refused_by_name() {
    let code = |body: &[u8]| parse(body).unwrap_err().code.as_str();
    assert_eq!(code(b""), "invalid_json");
    assert_eq!(code(b"{]"), "invalid_json");
    assert_eq!(code(b"{\"a\":1,\"a\":2}"), "duplicate_key");
    assert_eq!(code(&[b'['; 300]), "body_too_deep");
    assert_eq!(
        code(b"{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1beta1\"}"),
        "invalid_request"
    );
    assert_eq!(
        code(b"{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\"}"),
        "invalid_request"
    );
    assert_eq!(
        code(&review(&json!({ "operation": "PATCH" }))),
        "invalid_request"
    );
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(object in r#"\{("(spec|containers|kind|metadata|apiVersion|image)":(\{\}|\[\{\}\]|"x"|null|1|\[\]),?){0,6}\}"#) {
        let body = format!("{{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{{\"uid\":\"1\",\"operation\":\"CREATE\",\"object\":{object}}}}}");
        if let Ok(request) = parse(body.as_bytes()) {
            let _decision = alone(&request, &Policy::default());
        }
    }
}
