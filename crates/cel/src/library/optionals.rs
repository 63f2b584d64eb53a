//! Optional values.

use std::sync::Arc;

use crate::error::EvalError;
use crate::eval::Context;
use crate::library::{Library, bool, refused};
use crate::value::Value;

pub(crate) static OPTIONALS: Library = Library {
    overloads: &[
        "optional_of = optional.of(V): optional(V)",
        "optional_ofNonZeroValue = optional.ofNonZeroValue(V): optional(V)",
        "optional_none = optional.none(): optional(V)",
        "optional_value = optional(V)->value(): V",
        "optional_hasValue = optional(V)->hasValue(): bool",
        "optional_or_optional = optional(V)->or(optional(V)): optional(V)",
        "optional_orValue_value = optional(V)->orValue(V): V",
        "list_optindex_optional_int = _[?_](list(V), int): optional(V)",
        "optional_list_optindex_optional_int = _[?_](optional(list(V)), int): optional(V)",
        "map_optindex_optional_value = _[?_](map(K, V), K): optional(V)",
        "optional_map_optindex_optional_value = _[?_](optional(map(K, V)), K): optional(V)",
        "optional_list_index_int = _[_](optional(list(V)), int): optional(V)",
        "optional_map_index_value = _[_](optional(map(K, V)), K): optional(V)",
        "list_first = list(V)->first(): optional(V)",
        "list_last = list(V)->last(): optional(V)",
        "optional_unwrap = optional.unwrap(list(optional(V))): list(V)",
        "optional_unwrapOpt = list(optional(V))->unwrapOpt(): list(V)",
    ],
    functions: &[
        ("optional.of", of),
        ("optional.ofNonZeroValue", of_non_zero_value),
        ("optional.none", none),
        ("value", value),
        ("hasValue", has_value),
        ("or", lazily),
        ("orValue", lazily),
        ("first", first),
        ("last", last),
        ("optional.unwrap", unwrap),
        ("unwrapOpt", unwrap),
    ],
    types: &["optional(dyn)"],
};

fn of(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [value] => Ok(Value::some(value.clone())),
        _ => refused(),
    }
}

fn of_non_zero_value(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [value] if value.is_zero() => Ok(Value::none()),
        [value] => Ok(Value::some(value.clone())),
        _ => refused(),
    }
}

fn none(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [] => Ok(Value::none()),
        _ => refused(),
    }
}

fn value(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::Optional(Some(value))] => Ok((**value).clone()),
        [Value::Optional(None)] => Err(EvalError::invalid("optional.none() dereference")),
        _ => refused(),
    }
}

fn has_value(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::Optional(value)] => bool(value.is_some()),
        _ => refused(),
    }
}

/// What [`crate::program::Node::Either`] evaluates.
fn lazily(_: &Context<'_>, _: &[Value]) -> Result<Value, EvalError> {
    refused()
}

fn first(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::List(items)] => Ok(Value::Optional(items.first().cloned().map(Arc::new))),
        _ => refused(),
    }
}

fn last(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::List(items)] => Ok(Value::Optional(items.last().cloned().map(Arc::new))),
        _ => refused(),
    }
}

/// The values that are present.
fn unwrap(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [Value::List(items)] = args else {
        return refused();
    };
    let mut values = Vec::new();
    for item in items.iter() {
        match item {
            Value::Optional(value) => values.extend(value.iter().map(|value| (**value).clone())),
            _ => return refused(),
        }
    }
    context.list(values)
}
