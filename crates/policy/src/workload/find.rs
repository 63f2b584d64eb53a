//! Finds pod specs by shape: any mapping with a list of containers, in any kind.
//!
//! Kinds that inline a pod spec differently (KServe predictors, Argo templates, trainer steps) are
//! recognised by the shape of those fields, not by a list of kinds, so tenants' own kinds count.

use seawall_config::yaml::{Node, Value};

use crate::object::Object;

/// A pod spec that was found.
pub(super) struct Found<'a> {
    /// Where it stands.
    pub(super) field: String,
    /// The pod spec or what plays its part.
    pub(super) node: &'a Node,
    /// The labels of its pods.
    pub(super) labels: Vec<(&'a str, &'a str)>,
    /// The metadata of its pods, where it stands right beside the pod spec.
    pub(super) metadata: Option<&'a Node>,
    /// A single container that stands for the pod, where the kind has no list of them.
    pub(super) single: Option<&'a Node>,
}

/// Fields that hold one container instead of a list.
const SINGLE: &[&str] = &["container", "script", "trainer"];
/// Fields of a KServe component whose value is the model server's container.
const PREDICTOR_MODELS: &[&str] = &[
    "model",
    "sklearn",
    "xgboost",
    "tensorflow",
    "pytorch",
    "triton",
    "onnx",
    "huggingface",
    "pmml",
    "lightgbm",
    "paddle",
];
const PREDICTORS: &[&str] = &["predictor", "transformer", "explainer"];
/// Lists of containers, which are not searched for further pod specs.
pub(super) const CONTAINER_LISTS: &[&str] = &[
    "containers",
    "initContainers",
    "ephemeralContainers",
    "steps",
    "sidecars",
];

/// Every pod spec of an object.
pub(super) fn pods(object: &Object) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    // Data is not structure: a manifest inside a configuration map is not deployed by it.
    if matches!(
        object.kind.as_str(),
        "ConfigMap" | "Secret" | "CustomResourceDefinition"
    ) {
        return found;
    }
    let own = object.node.get("metadata");
    let metadata = Metadata {
        nearest: own,
        beside: own,
    };
    for entry in object.node.entries() {
        if !matches!(
            entry.key.as_str(),
            "metadata" | "status" | "apiVersion" | "kind"
        ) {
            let mut field = entry.key.clone();
            walk(&entry.key, &entry.value, metadata, &mut field, &mut found);
        }
    }
    found
}

/// The metadata that describes the pods of a node.
#[derive(Clone, Copy)]
struct Metadata<'a> {
    /// Of the closest ancestor that has some.
    nearest: Option<&'a Node>,
    /// Of the parent, if it has some.
    beside: Option<&'a Node>,
}

fn walk<'a>(
    key: &str,
    node: &'a Node,
    metadata: Metadata<'a>,
    field: &mut String,
    found: &mut Vec<Found<'a>>,
) {
    match &node.value {
        Value::Scalar(_) => {}
        Value::Sequence(items) => {
            let length = field.len();
            for (position, item) in items.iter().enumerate() {
                field.push_str(&format!("[{position}]"));
                walk("", item, metadata, field, found);
                field.truncate(length);
            }
        }
        Value::Mapping(entries) => {
            if let Some(single) = pod_shape(key, node) {
                found.push(Found {
                    field: field.clone(),
                    node,
                    labels: labels(metadata.nearest),
                    metadata: metadata.beside,
                    single,
                });
            }
            // `metadata` beside `spec` describes the pods of a template.
            let beside = node.get("metadata");
            let metadata = Metadata {
                nearest: beside.or(metadata.nearest),
                beside,
            };
            let length = field.len();
            for entry in entries {
                let name = entry.key.as_str();
                if CONTAINER_LISTS.contains(&name) || matches!(name, "metadata" | "volumes") {
                    continue;
                }
                field.push('.');
                field.push_str(name);
                walk(name, &entry.value, metadata, field, found);
                field.truncate(length);
            }
        }
    }
}

/// Whether the mapping is a pod spec; the inner option is the container that stands for a list.
fn pod_shape<'a>(key: &str, node: &'a Node) -> Option<Option<&'a Node>> {
    let listed = CONTAINER_LISTS.iter().any(|list| {
        node.get(list).is_some_and(|list| {
            let items = list.items();
            !items.is_empty() && items.iter().all(|item| !item.entries().is_empty())
        })
    });
    if PREDICTORS.contains(&key) {
        let model = PREDICTOR_MODELS.iter().find_map(|name| node.get(name));
        if model.is_some() || listed {
            return Some(model.filter(|model| !model.entries().is_empty()));
        }
    }
    if listed && (node.get("containers").is_some() || node.get("initContainers").is_some()) {
        return Some(None);
    }
    if listed && node.get("steps").is_some_and(has_image) {
        return Some(None);
    }
    let single = SINGLE
        .iter()
        .find_map(|name| node.get(name))
        .filter(|single| {
            single.get("image").is_some()
                || single.get("command").is_some()
                || single.get("env").is_some()
        });
    single.map(Some)
}

fn has_image(list: &Node) -> bool {
    list.items().iter().any(|item| item.get("image").is_some())
}

fn labels(metadata: Option<&Node>) -> Vec<(&str, &str)> {
    let labels = metadata.and_then(|metadata| metadata.get("labels"));
    labels
        .map(Node::entries)
        .unwrap_or_default()
        .iter()
        .filter_map(|entry| Some((entry.key.as_str(), entry.value.text()?)))
        .collect()
}
