//! Whether a webhook is asked about a request, as the API server decides it (the rules of
//! admissionregistration.k8s.io/v1).

use seawall_cel::{Bindings, Env, Type, Value as Cel};
use serde_json::{Value, json};

use super::essential::Essential;

/// The version whose libraries match conditions are evaluated with.
const MINOR: u32 = 36;

/// Whether `webhook` is asked about `request`; true where that cannot be told.
pub(super) fn matches(webhook: &Value, request: &Essential) -> bool {
    let rules = webhook.get("rules").and_then(Value::as_array);
    let ruled = rules
        .into_iter()
        .flatten()
        .any(|rule| is_ruled(rule, request));
    ruled
        && is_selected(webhook.get("namespaceSelector"), &namespace_labels(request))
        && is_selected(webhook.get("objectSelector"), &request.labels)
        && conditions_hold(webhook, request)
}

fn is_ruled(rule: &Value, request: &Essential) -> bool {
    let names = |key: &str, wanted: &str| {
        let names = rule.get(key).and_then(Value::as_array);
        let mut names = names.into_iter().flatten().filter_map(Value::as_str);
        names.any(|name| name == "*" || name == wanted)
    };
    let scope = rule.get("scope").and_then(Value::as_str).unwrap_or("*");
    let in_scope = match scope {
        "Cluster" => request.namespace.is_none(),
        "Namespaced" => request.namespace.is_some(),
        _ => true,
    };
    in_scope
        && names("operations", request.operation)
        && names("apiGroups", request.group)
        && names("apiVersions", request.version)
        && names_resource(rule, request)
}

/// `*` is every resource without its subresources, `*/*` all of both, `pods/*` those of pods.
fn names_resource(rule: &Value, request: &Essential) -> bool {
    let names = rule.get("resources").and_then(Value::as_array);
    let mut names = names.into_iter().flatten().filter_map(Value::as_str);
    names.any(|name| {
        let (resource, part) = name.split_once('/').unwrap_or((name, ""));
        let resource_fits = resource == "*" || resource == request.resource;
        let part_fits = match part {
            "*" => true,
            part => part == request.subresource,
        };
        resource_fits && part_fits
    })
}

/// Objects without a namespace are selected; a namespace is matched by its labels, of which the name
/// is the one that is always there.
fn namespace_labels(request: &Essential) -> Value {
    match &request.namespace {
        Some(name) => json!({ "kubernetes.io/metadata.name": name }),
        None if request.resource == "namespaces" => json!({ "kubernetes.io/metadata.name": "new" }),
        None => Value::Null,
    }
}

fn is_selected(selector: Option<&Value>, labels: &Value) -> bool {
    let (Some(selector), false) = (selector, labels.is_null()) else {
        return true;
    };
    let label = |key: &str| labels.get(key).and_then(Value::as_str);
    let wanted = selector.get("matchLabels").and_then(Value::as_object);
    let mut wanted = wanted.into_iter().flatten();
    let equal = wanted.all(|(key, value)| label(key) == value.as_str());
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    let mut expressions = expressions.into_iter().flatten();
    equal
        && expressions.all(|expression| {
            let key = expression
                .get("key")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let values = expression.get("values").and_then(Value::as_array);
            let holds = |value: Option<&str>| {
                let mut values = values.into_iter().flatten();
                values.any(|known| known.as_str() == value)
            };
            match expression.get("operator").and_then(Value::as_str) {
                Some("In") => label(key).is_some_and(|value| holds(Some(value))),
                Some("NotIn") => label(key).is_none_or(|value| !holds(Some(value))),
                Some("Exists") => label(key).is_some(),
                Some("DoesNotExist") => label(key).is_none(),
                _ => true,
            }
        })
}

/// A condition that is false lets the request pass by; one that fails to evaluate does not.
fn conditions_hold(webhook: &Value, request: &Essential) -> bool {
    let conditions = webhook.get("matchConditions").and_then(Value::as_array);
    let mut conditions = conditions.into_iter().flatten();
    let env = ["request", "object", "oldObject", "authorizer"]
        .iter()
        .fold(Env::kubernetes(MINOR), |env, name| {
            env.with_variable(name, Type::Dyn)
        });
    let bindings = Bindings::new()
        .with("request", Cel::from_json(&request.request()))
        .with(
            "object",
            Cel::from_json(&json!({ "metadata": { "labels": request.labels } })),
        )
        .with("oldObject", Cel::Null);
    conditions.all(|condition| {
        let expression = condition.get("expression").and_then(Value::as_str);
        let program = expression.and_then(|expression| env.compile(expression).ok());
        let value = program.and_then(|program| program.eval(&bindings).ok());
        value != Some(Cel::Bool(false))
    })
}
