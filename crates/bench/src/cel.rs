//! Expressions of an admission policy over a pod: compiled and checked, and evaluated.

use std::hint::black_box;

use seawall_cel::{Bindings, Env, Type, Value};
use serde_json::json;

use crate::measure::per_second;
use crate::row::Row;

/// What policies ask: a pattern over every container, presence, an arithmetic comparison.
const EXPRESSION: &str = "object.spec.containers.all(c, c.image.matches('^registry[.]example[.]org/[a-z/]+@sha256:[0-9a-f]{64}$') \
    && has(c.resources) && has(c.resources.limits) && !(has(c.securityContext.privileged) && c.securityContext.privileged)) \
    && object.spec.?hostNetwork.orValue(false) == false && object.spec.containers.size() <= 10";

/// The rows.
pub(crate) fn rows() -> anyhow::Result<Vec<Row>> {
    let env = Env::kubernetes(34).with_variable("object", Type::Dyn);
    let pod = pod();
    let value = Value::from_json(&pod);
    let bindings = Bindings::new().with("object", value.clone());
    let program = env.compile(EXPRESSION)?;
    anyhow::ensure!(
        program.eval(&bindings)? == Value::Bool(true),
        "the pod must pass"
    );
    let evaluated = per_second(1.0, || program.eval(black_box(&bindings)));
    let compiled = per_second(1.0, || env.compile(black_box(EXPRESSION)));
    let converted = per_second(1.0, || Value::from_json(black_box(&pod)));
    let by_hand = per_second(1.0, || handwritten(black_box(&pod)));
    Ok(vec![
        Row::new(
            "a policy over a pod of six containers, evaluated",
            "evaluations/CPU-s",
            "none",
            evaluated,
        )
        .against("the same written by hand, patterns as prefixes", by_hand),
        Row::new(
            "the same, parsed, checked and planned",
            "compilations/CPU-s",
            "none",
            compiled,
        ),
        Row::new(
            "the pod, from JSON to a value",
            "conversions/CPU-s",
            "none",
            converted,
        ),
    ])
}

fn pod() -> serde_json::Value {
    let container = |number: usize| {
        let digest = "0123456789abcdef".repeat(4);
        json!({
            "name": format!("c{number}"),
            "image": format!("registry.example.org/team/app@sha256:{digest}"),
            "resources": { "limits": { "cpu": "1", "memory": "1Gi" } },
            "securityContext": { "privileged": false },
        })
    };
    let containers: Vec<_> = (0..6).map(container).collect();
    json!({ "apiVersion": "v1", "kind": "Pod", "spec": { "containers": containers } })
}

fn handwritten(pod: &serde_json::Value) -> bool {
    let containers = pod
        .pointer("/spec/containers")
        .and_then(|list| list.as_array());
    let Some(containers) = containers else {
        return false;
    };
    let passes = |container: &serde_json::Value| {
        let image = container.get("image").and_then(|image| image.as_str());
        let pinned = image.is_some_and(|image| {
            image.starts_with("registry.example.org/") && image.contains("@sha256:")
        });
        let privileged = container.pointer("/securityContext/privileged");
        pinned
            && container.pointer("/resources/limits").is_some()
            && privileged.and_then(serde_json::Value::as_bool) != Some(true)
    };
    containers.len() <= 10 && containers.iter().all(passes)
}
