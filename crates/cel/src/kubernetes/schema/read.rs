//! Schemas to nodes. References that lead in a circle end in a value of any type.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use super::{Field, Node, REQUEST_BYTES_MAX, Shape, escape};

/// Schemas inside each other.
const DEPTH_MAX: usize = 32;
/// Schemas altogether.
const NODES_MAX: usize = 50_000;

pub(super) struct Reader<'s> {
    components: &'s Json,
    nodes: usize,
    pub(super) objects: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Field>>,
}

impl<'s> Reader<'s> {
    pub(super) const fn new(components: &'s Json) -> Self {
        Self {
            components,
            nodes: 0,
            objects: BTreeMap::new(),
        }
    }

    /// The schema of a whole resource, which has kind, version and a name whatever it says.
    pub(super) fn root(&mut self, variable: &str, schema: &Json) -> Node {
        let mut node = self.node(variable, schema, 0);
        if let Shape::Object(name) = &node.shape {
            let name = Arc::clone(name);
            self.complete(&name);
        } else {
            node.shape = Shape::Dyn;
        }
        node
    }

    fn complete(&mut self, root: &Arc<str>) {
        let text = || Node {
            shape: Shape::String,
            max: REQUEST_BYTES_MAX - 2,
            bytes_min: 2,
        };
        let field = |name: &str, node: Node| {
            (
                Arc::from(name),
                Field {
                    key: name.into(),
                    node,
                },
            )
        };
        let metadata: Arc<str> = format!("{root}.metadata").into();
        let names = ["name", "generateName"].map(|name| field(name, text()));
        let known = self.objects.entry(Arc::clone(&metadata)).or_default();
        for (name, found) in names {
            known.entry(name).or_insert(found);
        }
        let object = Node {
            shape: Shape::Object(metadata),
            max: 0,
            bytes_min: 2,
        };
        let fields = self.objects.entry(Arc::clone(root)).or_default();
        for (name, found) in [
            field("kind", text()),
            field("apiVersion", text()),
            field("metadata", object),
        ] {
            fields.entry(name).or_insert(found);
        }
    }

    /// The schema that a reference, or a list of one, leads to.
    fn resolved<'j>(&'j self, schema: &'j Json) -> &'j Json {
        let mut found = schema;
        for _ in 0..DEPTH_MAX {
            let all = found
                .get("allOf")
                .and_then(Json::as_array)
                .map(Vec::as_slice);
            let inner = match (found.get("$ref").and_then(Json::as_str), all) {
                (Some(reference), _) => {
                    let name = reference.rsplit('/').next().unwrap_or("");
                    self.components.get(name)
                }
                (None, Some([only])) if found.get("properties").is_none() => Some(only),
                _ => None,
            };
            match inner {
                Some(inner) => found = inner,
                None => break,
            }
        }
        found
    }

    fn node(&mut self, path: &str, schema: &Json, depth: usize) -> Node {
        self.nodes += 1;
        let schema = self.resolved(schema).clone();
        if depth > DEPTH_MAX || self.nodes > NODES_MAX {
            return any();
        }
        let flag = |name: &str| schema.get(name).and_then(Json::as_bool) == Some(true);
        if flag("x-kubernetes-int-or-string")
            || schema.get("format").and_then(Json::as_str) == Some("int-or-string")
        {
            return any();
        }
        match schema.get("type").and_then(Json::as_str) {
            Some("array") => self.array(path, &schema, depth),
            Some("object") => self.object(path, &schema, depth),
            Some("string") => text(&schema),
            Some("boolean") => scalar(Shape::Bool, 4),
            Some("integer") => scalar(Shape::Int, 1),
            Some("number") => scalar(Shape::Double, 1),
            _ if schema.get("properties").is_some() => self.object(path, &schema, depth),
            _ => any(),
        }
    }

    fn array(&mut self, path: &str, schema: &Json, depth: usize) -> Node {
        let Some(items) = schema.get("items") else {
            return any();
        };
        let item = self.node(&format!("{path}.@items"), items, depth + 1);
        let most = (REQUEST_BYTES_MAX - 2) / (item.bytes_min + 1);
        Node {
            max: bound(schema, "maxItems").unwrap_or(most),
            shape: Shape::List(Box::new(item)),
            bytes_min: 2,
        }
    }

    fn object(&mut self, path: &str, schema: &Json, depth: usize) -> Node {
        if let Some(values) = schema
            .get("additionalProperties")
            .filter(|values| values.is_object())
        {
            let value = self.node(&format!("{path}.@values"), values, depth + 1);
            let most = (REQUEST_BYTES_MAX - 2) / (value.bytes_min + 6);
            return Node {
                max: bound(schema, "maxProperties").unwrap_or(most),
                shape: Shape::Map(Box::new(value)),
                bytes_min: 2,
            };
        }
        let Some(properties) = schema.get("properties").and_then(Json::as_object) else {
            // Nothing is declared, so that anything may be there.
            return any();
        };
        let required = schema.get("required").and_then(Json::as_array);
        let required: Vec<&str> = required
            .into_iter()
            .flatten()
            .filter_map(Json::as_str)
            .collect();
        let (mut fields, mut bytes_min) = (BTreeMap::new(), 2);
        for (key, property) in properties {
            let node = self.node(&format!("{path}.{key}"), property, depth + 1);
            if required.contains(&key.as_str()) && property.get("default").is_none() {
                bytes_min += key.len() as u64 + node.bytes_min + 4;
            }
            if let Some(name) = escape(key) {
                let key = key.as_str().into();
                fields.insert(name.into(), Field { key, node });
            }
        }
        // No expression can spell the name, so that it hides no selection from the variable.
        let name: Arc<str> = format!("@{path}").into();
        self.objects.insert(Arc::clone(&name), fields);
        Node {
            shape: Shape::Object(name),
            max: 0,
            bytes_min,
        }
    }
}

fn bound(schema: &Json, name: &str) -> Option<u64> {
    let bound = schema.get(name)?;
    bound.as_u64().or_else(|| bound.as_i64().map(|_| 0))
}

const fn any() -> Node {
    Node {
        shape: Shape::Dyn,
        max: REQUEST_BYTES_MAX - 2,
        bytes_min: 1,
    }
}

const fn scalar(shape: Shape, bytes_min: u64) -> Node {
    Node {
        shape,
        max: 1,
        bytes_min,
    }
}

/// A text; a character may take four bytes.
fn text(schema: &Json) -> Node {
    let longest = bound(schema, "maxLength");
    let (shape, max, bytes_min) = match schema.get("format").and_then(Json::as_str) {
        Some("byte") => (Shape::Bytes, longest.unwrap_or(REQUEST_BYTES_MAX - 2), 2),
        Some("duration") => (Shape::Duration, 32, 3),
        Some("date") => (Shape::Date, 12, 12),
        Some("date-time") => (Shape::DateTime, 32, 21),
        _ => {
            let values = schema.get("enum").and_then(Json::as_array);
            let longest_value = values.map(|values| {
                let lengths = values.iter().filter_map(Json::as_str).map(str::len);
                lengths.max().unwrap_or(0) as u64
            });
            let longest = longest.map(|length| length.saturating_mul(4));
            let max = longest.or(longest_value).unwrap_or(REQUEST_BYTES_MAX - 2);
            (Shape::String, max, 2)
        }
    };
    Node {
        shape,
        max,
        bytes_min,
    }
}
