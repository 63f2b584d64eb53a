//! The gate: what is held, how it opens, and what cannot slip past.

use seawall_policy::read_node;

use super::*;

fn node(value: &Value) -> Node {
    let text = value.to_string();
    let limits = seawall_config::yaml::YamlLimits::default();
    let parsed = seawall_config::yaml::parse_json(text.as_bytes(), &limits).unwrap();
    parsed.documents[0].clone()
}

fn object(value: &Value) -> Object {
    read_node("object", node(value), &value.to_string())
        .objects
        .remove(0)
}

fn pod(gates: &Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p" },
        "spec": { "schedulingGates": gates, "containers": [{ "name": "c", "image": "x" }] },
    })
}

/// What JSON Patch (RFC 6902) does, as far as the gate uses it.
fn patched(mut value: Value, patch: &Value) -> Value {
    for operation in patch.as_array().unwrap() {
        let path = operation["path"].as_str().unwrap();
        let (parent, last) = path.rsplit_once('/').unwrap();
        let last = last.replace("~1", "/").replace("~0", "~");
        if operation["op"] == "test" {
            assert_eq!(value.pointer(path), Some(&operation["value"]));
            continue;
        }
        match value.pointer_mut(parent).unwrap() {
            Value::Array(items) if last == "-" => items.push(operation["value"].clone()),
            Value::Array(items) => drop(items.remove(last.parse().unwrap())),
            Value::Object(fields) if operation["op"] == "remove" => drop(fields.remove(&last)),
            Value::Object(fields) => drop(fields.insert(last, operation["value"].clone())),
            other => panic!("{other} has no `{last}`"),
        }
    }
    value
}

#[test]
fn a_pod_is_held_and_let_go_and_other_gates_stay() {
    for gates in [
        Value::Null,
        json!([]),
        json!([{ "name": "kueue.x-k8s.io/admission" }]),
    ] {
        let before = pod(&gates);
        let held = patched(before.clone(), &close(&object(&before)).unwrap());
        assert!(waits(&node(&held)));
        assert_eq!(close(&object(&held)), None, "held twice");
        let opened = patched(held.clone(), &open(&node(&held)).unwrap());
        assert!(!waits(&node(&opened)));
        let left = opened["spec"]["schedulingGates"].as_array().unwrap().len();
        assert_eq!(left, gates.as_array().map_or(0, Vec::len));
    }
}

#[test]
fn a_job_that_its_owner_suspended_is_not_resumed_by_us() {
    let job = |annotations: &Value, suspend: bool| {
        json!({
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": { "name": "j", "annotations": annotations },
            "spec": { "suspend": suspend, "template": { "spec": { "containers": [] } } },
        })
    };
    for annotations in [Value::Null, json!({}), json!({ "a": "b" })] {
        let before = job(&annotations, false);
        let held = patched(before.clone(), &close(&object(&before)).unwrap());
        assert_eq!(held["spec"]["suspend"], true);
        let opened = patched(held.clone(), &open(&node(&held)).unwrap());
        assert_eq!(opened["spec"]["suspend"], false);
        assert!(opened["metadata"]["annotations"].get(SUSPENDED).is_none());
    }
    let own = job(&Value::Null, true);
    assert_eq!(close(&object(&own)), None);
    assert_eq!(open(&node(&own)), None);
    assert!(is_held(&object(&own)));
}

#[test]
fn what_names_no_content_cannot_be_verified() {
    let digest = format!("sha256:{}", "ab".repeat(32));
    let value = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p" },
        "spec": {
            "initContainers": [{ "name": "i", "image": "r/i:latest" }],
            "containers": [{ "name": "c", "image": format!("r/c@{digest}") }],
            "ephemeralContainers": [{ "name": "e", "image": "r/e@sha256:short" }],
        },
    });
    let found = references(&[object(&value)], &BTreeSet::from([Demand::Image]));
    let subjects: Vec<_> = found.iter().map(|found| found.subject.as_deref()).collect();
    assert_eq!(subjects, [Some(digest.as_str()), None, None]);
    assert!(references(&[object(&value)], &BTreeSet::from([Demand::Model])).is_empty());
    let now = "2026-11-24T00:00:00Z".parse().unwrap();
    let assessment = assess(&found, &Facts::default(), now);
    assert_eq!((assessment.waiting.len(), assessment.refused.len()), (1, 2));
}
