//! The sets extension: lists as sets.

use crate::error::EvalError;
use crate::eval::Context;
use crate::library::{Library, bool, refused};
use crate::value::Value;

pub(crate) static SETS: Library = Library {
    overloads: &[
        "list_sets_contains_list = sets.contains(list(T), list(T)): bool",
        "list_sets_equivalent_list = sets.equivalent(list(T), list(T)): bool",
        "list_sets_intersects_list = sets.intersects(list(T), list(T)): bool",
    ],
    functions: &[
        ("sets.contains", |context, args| {
            let [Value::List(outer), Value::List(inner)] = args else {
                return refused();
            };
            bool(contains_all(context, outer, inner)?)
        }),
        ("sets.equivalent", |context, args| {
            let [Value::List(a), Value::List(b)] = args else {
                return refused();
            };
            bool(contains_all(context, a, b)? && contains_all(context, b, a)?)
        }),
        ("sets.intersects", intersects),
    ],
    types: &[],
};

fn contains_all(
    context: &Context<'_>,
    outer: &[Value],
    inner: &[Value],
) -> Result<bool, EvalError> {
    for wanted in inner {
        if !context.contains(outer, wanted)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn intersects(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [Value::List(a), Value::List(b)] = args else {
        return refused();
    };
    for wanted in a.iter() {
        if context.contains(b, wanted)? {
            return bool(true);
        }
    }
    bool(false)
}
