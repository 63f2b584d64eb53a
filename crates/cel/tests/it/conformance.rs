//! The shared conformance vectors of the specification and of the Kubernetes libraries.

use std::collections::BTreeMap;

use seawall_cel::Env;
use seawall_cel::vector::{Answer, answer};
use seawall_testkit::{shared_data, skip};
use serde_json::Value as Json;

/// The vectors of a file, or `None` where the shared data is absent.
#[expect(clippy::disallowed_methods, reason = "shared test data lies in files")]
fn vectors(name: &str) -> Option<Vec<Json>> {
    let Some(folder) = shared_data() else {
        skip(
            "shared-data",
            "set SEAWALL_TEST_DATA to the folder that holds it",
        );
        return None;
    };
    let text = std::fs::read(folder.join("cel").join(name)).expect("the shared vectors");
    Some(serde_json::from_slice(&text).expect("JSON"))
}

/// Equal up to the order of a map's entries and to the spelling of numbers.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a.as_f64() == b.as_f64(),
        (Json::Array(a), Json::Array(b)) => {
            let is_entry = |item: &Json| item.get("key").is_some();
            let unordered = a.iter().chain(b).all(is_entry);
            a.len() == b.len()
                && if unordered {
                    a.iter().all(|x| b.iter().any(|y| same(x, y)))
                } else {
                    a.iter().zip(b).all(|(x, y)| same(x, y))
                }
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, x)| b.get(k).is_some_and(|y| same(x, y)))
        }
        _ => a == b,
    }
}

/// Vectors that contradict their own text, each with what is right: the bytes of this one's answer
/// hold a backslash, its expression holds none.
const FAULTY: &[(&str, &str)] = &[("b''' ? \" ' ` '''", "{\"bytes_value\":\"ID8gIiAnIGAg\"}")];

/// What is wrong with an answer, if something is.
fn mismatch(vector: &Json, found: &Answer) -> Option<String> {
    let typed = vector.get("typed_result");
    let value = vector.get("value").or_else(|| typed?.get("result"));
    let corrected = FAULTY.iter().find(|(expr, _)| vector["expr"] == *expr);
    let corrected = corrected.map(|(_, right)| serde_json::from_str::<Json>(right).expect("JSON"));
    let value = corrected.as_ref().or(value);
    let default = serde_json::json!({ "bool_value": true });
    let fails = vector.get("eval_error").is_some();
    match (found, fails) {
        (Answer::RuntimeError(_) | Answer::CompileError(_), true) => None,
        (Answer::Value(found), false) if same(value.unwrap_or(&default), found) => None,
        (Answer::Type(found), false) => {
            let expected = typed?.get("deduced_type")?;
            (!same(expected, found)).then(|| format!("expected {expected}, found {found}"))
        }
        (found, _) => {
            let expected = value.or_else(|| vector.get("eval_error"));
            Some(format!("expected {expected:?}, found {found:?}"))
        }
    }
}

#[test]
fn the_vectors_of_the_specification() {
    let Some(vectors) = vectors("spec_vectors.json") else {
        return;
    };
    let env = Env::default();
    let (mut failed, mut unsupported) = (Vec::new(), BTreeMap::new());
    for vector in &vectors {
        let found = answer(&env, vector);
        let text = |name: &str| vector[name].as_str().unwrap_or("").to_owned();
        if let Answer::Unsupported(_) = &found {
            *unsupported.entry(text("_file")).or_insert(0) += 1;
            let source = vector.to_string();
            let names_a_message = [
                "TestAllTypes",
                "NestedEnum",
                "GlobalEnum",
                "cel.expr.conformance",
            ];
            if !names_a_message.iter().any(|name| source.contains(name)) {
                failed.push(format!(
                    "{}: needs no message type: {found:?}",
                    text("expr")
                ));
            }
            continue;
        }
        if let Some(why) = mismatch(vector, &found) {
            failed.push(format!(
                "{}/{}: {}: {why}",
                text("_file"),
                text("name"),
                text("expr")
            ));
        }
    }
    println!("unsupported: {unsupported:?} of {}", vectors.len());
    assert!(
        failed.is_empty(),
        "{} failed:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

/// The value that the Go source of a Kubernetes vector spells, or `None` where only success counts.
fn expected_value(go: &str) -> Option<Json> {
    let inner = |prefix: &str| go.strip_prefix(prefix)?.strip_suffix(')');
    if let Some(number) = inner("types.Int(") {
        return Some(serde_json::json!({ "int64_value": number }));
    }
    if let Some(text) = inner("types.String(") {
        return Some(serde_json::json!({ "string_value": text.trim_matches('"') }));
    }
    if go == "int4" || go == "int6" {
        return Some(serde_json::json!({ "int64_value": go.trim_start_matches("int") }));
    }
    let optional = "type.googleapis.com/optional_type";
    if go == "types.OptionalNone" {
        return Some(serde_json::json!({ "object_value": { "@type": optional } }));
    }
    let (_, list) = go.split_once("[]string{")?;
    let text = list.strip_suffix("}))")?.trim_matches(['`', '"']);
    let list = serde_json::json!({ "list_value": { "values": [{ "string_value": text }] } });
    Some(serde_json::json!({ "object_value": { "@type": optional, "value": list } }))
}

/// Vectors whose recorded expectation is not what the library declares: `patch()` and
/// `labelValue()` exist.
const MISREAD: &[&str] = &["semver/patch", "format/labelValue_failure"];

fn kubernetes_mismatch(vector: &Json, found: &Answer) -> Option<String> {
    let name = format!("{}/{}", vector["lib"].as_str()?, vector["name"].as_str()?);
    let expect = &vector["expect"];
    let right = match (expect, found) {
        _ if MISREAD.contains(&name.as_str()) => matches!(found, Answer::Value(_)),
        (Json::Bool(value), Answer::Value(found)) => {
            *found == serde_json::json!({ "bool_value": value })
        }
        (Json::String(go), _) if go == "runtime_error" => matches!(found, Answer::RuntimeError(_)),
        (Json::String(go), _) if go == "compile_error" => matches!(found, Answer::CompileError(_)),
        (Json::String(go), Answer::Value(found)) => {
            expected_value(go).is_none_or(|expected| same(&expected, found))
        }
        _ => false,
    };
    (!right).then(|| {
        format!(
            "{name}: {}: expected {expect}, found {found:?}",
            vector["expr"]
        )
    })
}

#[test]
fn the_vectors_of_the_kubernetes_libraries() {
    let Some(vectors) = vectors("k8s_library_vectors.json") else {
        return;
    };
    for env in [Env::kubernetes(37), Env::default()] {
        let wrong = |vector: &Json| kubernetes_mismatch(vector, &answer(&env, vector));
        let wrong: Vec<String> = vectors.iter().filter_map(wrong).collect();
        assert!(
            wrong.is_empty(),
            "{} failed:\n{}",
            wrong.len(),
            wrong.join("\n")
        );
    }
}
