//! A dependency points to a strictly lower layer; packages for development only are never shipped.

use std::collections::BTreeMap;

use serde_json::Value;

/// Where a package stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Layer {
    /// A numbered layer.
    Number(u64),
    /// For development only.
    Dev,
}

/// Checks the packages of `cargo metadata --no-deps`.
pub(super) fn check(workspace: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let mut layers = BTreeMap::new();
    for package in packages(workspace) {
        match layer(package) {
            Some(layer) => {
                layers.insert(name(package), layer);
            }
            None => problems.push(format!(
                "{}: Cargo.toml says no layer in [package.metadata.seawall]",
                name(package)
            )),
        }
    }
    for package in packages(workspace) {
        let Some(Layer::Number(own)) = layers.get(name(package)) else {
            continue;
        };
        for needed in shipped_dependencies(package) {
            let wrong = match layers.get(needed) {
                Some(Layer::Number(other)) => (other >= own).then(|| format!("layer {other}")),
                Some(Layer::Dev) => Some("for development only".to_owned()),
                None => None,
            };
            if let Some(wrong) = wrong {
                let package = name(package);
                problems.push(format!(
                    "{package} (layer {own}) depends on {needed} ({wrong}): a dependency points \
                     to a strictly lower layer"
                ));
            }
        }
    }
    problems
}

/// The packages of the workspace.
pub(super) fn packages(metadata: &Value) -> impl Iterator<Item = &Value> {
    metadata
        .get("packages")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// The name of a package.
pub(super) fn name(package: &Value) -> &str {
    package
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or("unnamed")
}

/// The layer that a package states.
pub(super) fn layer(package: &Value) -> Option<Layer> {
    match package.pointer("/metadata/seawall/layer")? {
        Value::Number(number) => number.as_u64().map(Layer::Number),
        Value::String(text) if text == "dev" => Some(Layer::Dev),
        _ => None,
    }
}

/// Names of the dependencies that end up in the product: all but dev-dependencies.
pub(super) fn shipped_dependencies(package: &Value) -> impl Iterator<Item = &str> {
    let all = package
        .get("dependencies")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    all.filter(|needed| needed.get("kind").and_then(Value::as_str) != Some("dev"))
        .filter_map(|needed| needed.get("name").and_then(Value::as_str))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn upward_level_and_dev_dependencies_are_refused() {
        let package = |name: &str, layer: Value, needs: Value| json!({ "name": name, "metadata": { "seawall": { "layer": layer } }, "dependencies": needs });
        let metadata = json!({ "packages": [
            package("low", json!(0), json!([{ "name": "high" }])),
            package("high", json!(10), json!([{ "name": "low" }, { "name": "kit", "kind": "dev" }])),
            package("level", json!(10), json!([{ "name": "high" }, { "name": "kit" }])),
            package("kit", json!("dev"), json!([])),
            json!({ "name": "lost" }),
        ] });
        let problems = check(&metadata);
        assert_eq!(problems.len(), 4, "{problems:?}");
        for part in [
            "lost: Cargo",
            "low (layer 0)",
            "on high (layer 10)",
            "on kit (for dev",
        ] {
            assert!(
                problems.iter().any(|problem| problem.contains(part)),
                "{part}: {problems:?}"
            );
        }
    }
}
