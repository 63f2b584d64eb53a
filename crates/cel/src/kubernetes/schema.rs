//! Object types from a structural schema, or from a document that an API server publishes:
//! the types that the API server gives expressions over such objects, and how large it takes their
//! values to be.

mod escape;
mod read;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

pub use crate::kubernetes::schema::escape::escape;

use crate::env::{FieldType, SizeRange, TypeProvider};
use crate::library::encoders;
use crate::types::Type;
use crate::value::{Duration, Key, Map, Timestamp, Value};

/// Bytes of a request, which bound what no schema bounds.
const REQUEST_BYTES_MAX: u64 = 3 << 20;

/// The types of one variable.
#[derive(Clone, Debug)]
pub struct SchemaTypes {
    variable: Arc<str>,
    root: Node,
    objects: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Field>>,
}

/// A schema in the parts that matter here.
#[derive(Clone, Debug)]
struct Node {
    shape: Shape,
    /// Characters or elements at most.
    max: u64,
    /// Bytes of the smallest value, which bounds how many fit into a request.
    bytes_min: u64,
}

#[derive(Clone, Debug)]
enum Shape {
    Dyn,
    Bool,
    Int,
    Double,
    String,
    Bytes,
    Date,
    DateTime,
    Duration,
    List(Box<Node>),
    Map(Box<Node>),
    Object(Arc<str>),
}

#[derive(Clone, Debug)]
struct Field {
    key: Arc<str>,
    node: Node,
}

impl SchemaTypes {
    /// The types of `variable`, whose values have `schema`. References are looked up in
    /// `components`, an object of schemas by name.
    #[must_use]
    pub fn new(variable: &str, schema: &Json, components: &Json) -> Self {
        let mut reader = read::Reader::new(components);
        let root = reader.root(variable, schema);
        Self {
            variable: variable.into(),
            root,
            objects: reader.objects,
        }
    }

    /// The type of the variable.
    #[must_use]
    pub fn ty(&self) -> Type {
        self.root.ty()
    }

    /// The value of an object: texts of formats become bytes, timestamps and durations, and numbers
    /// what their schema says.
    #[must_use]
    pub fn value(&self, json: &Json) -> Value {
        self.node_value(&self.root, json)
    }

    fn node_value(&self, node: &Node, json: &Json) -> Value {
        let text = json.as_str();
        let found = match &node.shape {
            Shape::Double => json.as_f64().map(Value::Double),
            Shape::Bytes => text
                .and_then(encoders::decode)
                .map(|bytes| Value::Bytes(bytes.into())),
            Shape::DateTime => text.and_then(Timestamp::parse).map(Value::Timestamp),
            Shape::Date => {
                let midnight = text.map(|date| format!("{date}T00:00:00Z"));
                midnight
                    .and_then(|time| Timestamp::parse(&time))
                    .map(Value::Timestamp)
            }
            Shape::Duration => text
                .and_then(|span| Duration::parse(span).ok())
                .map(Value::Duration),
            Shape::List(item) => json.as_array().map(|items| {
                Value::list(
                    items
                        .iter()
                        .map(|value| self.node_value(item, value))
                        .collect(),
                )
            }),
            Shape::Map(value) => self.entries(json, |_| Some(value)),
            Shape::Object(name) => {
                let fields = self.objects.get(name);
                let node_of = |key: &str| {
                    let name = escape(key)?;
                    fields?.get(&*name).map(|field| &field.node)
                };
                self.entries(json, node_of)
            }
            Shape::Dyn | Shape::Bool | Shape::Int | Shape::String => None,
        };
        found.unwrap_or_else(|| Value::from_json(json))
    }

    fn entries<'s>(
        &'s self,
        json: &Json,
        node_of: impl Fn(&str) -> Option<&'s Node>,
    ) -> Option<Value> {
        let mut map = Map::default();
        for (key, value) in json.as_object()? {
            let value = match node_of(key) {
                Some(node) => self.node_value(node, value),
                None => Value::from_json(value),
            };
            map.insert(Key::String(key.as_str().into()), value);
        }
        Some(Value::Map(Arc::new(map)))
    }

    /// The node at a path from the variable.
    fn at(&self, path: &[Arc<str>]) -> Option<&Node> {
        let (variable, parts) = path.split_first()?;
        let mut node = Some(&self.root).filter(|_| *variable == self.variable)?;
        for part in parts {
            node = match (&node.shape, &**part) {
                (Shape::List(item), "@items") => item,
                (Shape::Map(value), "@values") => value,
                (Shape::Map(_), "@keys" | "@indices") | (Shape::List(_), _) => return None,
                (Shape::Map(value), _) => value,
                (Shape::Object(name), field) => &self.objects.get(name)?.get(field)?.node,
                _ => return None,
            };
        }
        Some(node)
    }
}

impl Node {
    fn ty(&self) -> Type {
        match &self.shape {
            Shape::Dyn => Type::Dyn,
            Shape::Bool => Type::Bool,
            Shape::Int => Type::Int,
            Shape::Double => Type::Double,
            Shape::String => Type::String,
            Shape::Bytes => Type::Bytes,
            Shape::Date | Shape::DateTime => Type::Timestamp,
            Shape::Duration => Type::Duration,
            Shape::List(item) => Type::list(item.ty()),
            Shape::Map(value) => Type::map(Type::String, value.ty()),
            Shape::Object(name) => Type::Object(Arc::clone(name)),
        }
    }
}

impl TypeProvider for SchemaTypes {
    fn has_type(&self, name: &str) -> bool {
        self.objects.contains_key(name)
    }

    fn field(&self, type_name: &str, field: &str) -> Option<FieldType> {
        let field = self.objects.get(type_name)?.get(field)?;
        Some(FieldType {
            ty: field.node.ty(),
            key: Arc::clone(&field.key),
        })
    }

    fn size(&self, path: &[Arc<str>]) -> Option<SizeRange> {
        let node = self.at(path)?;
        let is_sized = !matches!(
            node.shape,
            Shape::Bool | Shape::Int | Shape::Double | Shape::Object(_)
        );
        is_sized.then_some(SizeRange {
            min: 0,
            max: node.max,
        })
    }
}
