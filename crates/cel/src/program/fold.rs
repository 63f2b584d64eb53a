//! What needs no variable is computed when the program is made: lists and maps of constants,
//! conversions of constants, and the keys of a constant list that `in` looks at. The API server does
//! the same, and does not charge for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ast::op;
use crate::env::Env;
use crate::eval::Context;
use crate::program::node::{CallNode, Node};
use crate::value::{Key, Map, Value};

/// Functions that are applied to a constant at once.
const CONVERSIONS: &[&str] = &[
    "bool",
    "bytes",
    "double",
    "duration",
    "dyn",
    "int",
    "string",
    "timestamp",
    "type",
    "uint",
];

/// A list, or its value.
pub(super) fn list(items: Vec<(Node, bool)>) -> Node {
    let constant = |(item, optional): &(Node, bool)| item.as_const().filter(|_| !optional).cloned();
    let values: Option<Vec<Value>> = items.iter().map(constant).collect();
    values.map_or_else(
        || Node::List(items),
        |values| Node::Const(Value::list(values)),
    )
}

/// A map, or its value; one with a key twice fails when it is evaluated.
pub(super) fn map(entries: Vec<(Node, Node, bool)>) -> Node {
    let mut map = Map::default();
    for (key, value, optional) in &entries {
        let constant = key.as_const().zip(value.as_const()).filter(|_| !optional);
        let Some((key, value)) = constant else {
            return Node::Map(entries);
        };
        let inserted = Key::from_value(key).and_then(|key| map.insert_new(key, value.clone()));
        if inserted.is_err() {
            return Node::Map(entries);
        }
    }
    Node::Const(Value::Map(Arc::new(map)))
}

/// A call, or its value.
pub(super) fn call(mut call: CallNode, env: &Env) -> Node {
    let is_conversion = CONVERSIONS.contains(&&*call.name);
    if let ([Node::Const(value)], true) = (call.args.as_slice(), is_conversion) {
        let regexes = BTreeMap::new();
        let context = Context::new(&env.limits, env.dialect, &regexes);
        let results = call.implementations.iter();
        let mut results = results.filter_map(|f| f(&context, std::slice::from_ref(value)).ok());
        return match results.next() {
            Some(value) => Node::Const(value),
            None => Node::Call(Box::new(call)),
        };
    }
    if &*call.name == op::IN
        && let Some(Value::List(items)) = call.args.get(1).and_then(Node::as_const)
        && items.iter().all(is_scalar)
    {
        let items = keys(items).unwrap_or_else(|| Value::List(Arc::clone(items)));
        let value = call.args.swap_remove(0);
        return Node::Member(Box::new(value), items);
    }
    Node::Call(Box::new(call))
}

const fn is_scalar(value: &Value) -> bool {
    matches!(
        value,
        Value::Bool(_) | Value::Int(_) | Value::Uint(_) | Value::Double(_) | Value::String(_)
    )
}

/// The items as keys of a map, unless there is a floating point number among them.
fn keys(items: &[Value]) -> Option<Value> {
    let mut map = Map::default();
    for item in items {
        map.insert(Key::from_value(item).ok()?, Value::Null);
    }
    Some(Value::Map(Arc::new(map)))
}
