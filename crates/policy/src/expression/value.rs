//! The value that an expression sees of a node: what the API server would have decoded.

use std::sync::Arc;

use seawall_cel::{Key, Map, Value};
use seawall_config::yaml::{Node, Plain, Scalar, Value as Yaml};

/// Containers inside containers that are looked into.
const DEPTH_MAX: usize = 100;

/// The value of a node. A field that is null is left out, as the API server does on decoding.
pub(crate) fn value(node: &Node) -> Value {
    convert(node, 0)
}

fn convert(node: &Node, depth: usize) -> Value {
    if depth > DEPTH_MAX {
        return Value::Null;
    }
    match &node.value {
        Yaml::Scalar(found) => scalar(found),
        Yaml::Sequence(items) => {
            Value::list(items.iter().map(|item| convert(item, depth + 1)).collect())
        }
        Yaml::Mapping(entries) => {
            let mut map = Map::default();
            for entry in entries.iter().filter(|entry| !entry.value.is_null()) {
                let key = Key::String(entry.key.as_str().into());
                map.insert(key, convert(&entry.value, depth + 1));
            }
            Value::Map(Arc::new(map))
        }
    }
}

fn scalar(scalar: &Scalar) -> Value {
    match scalar.plain() {
        Plain::Null => Value::Null,
        Plain::Bool(value) => Value::Bool(value),
        Plain::Integer(value) => Value::Int(value),
        Plain::Float => Value::Double(scalar.number().unwrap_or(f64::NAN)),
        Plain::Text => Value::string(scalar.text.as_str()),
    }
}
