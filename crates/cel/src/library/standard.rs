//! Sizes, types and the standard functions of texts.

use crate::error::EvalError;
use crate::eval::Context;
use crate::library::{Library, bool, int, refused};
use crate::value::Value;

pub(crate) static STANDARD: Library = Library {
    overloads: &[
        "size_bytes = size(bytes): int",
        "bytes_size = bytes->size(): int",
        "size_list = size(list(A)): int",
        "list_size = list(A)->size(): int",
        "size_map = size(map(A, B)): int",
        "map_size = map(A, B)->size(): int",
        "size_string = size(string): int",
        "string_size = string->size(): int",
        "type = type(A): type(A)",
        "to_dyn = dyn(A): dyn",
        "contains_string = string->contains(string): bool",
        "ends_with_string = string->endsWith(string): bool",
        "starts_with_string = string->startsWith(string): bool",
        "matches = matches(string, string): bool",
        "matches_string = string->matches(string): bool",
    ],
    functions: &[
        ("size", size),
        ("type", type_of),
        ("dyn", to_dyn),
        ("contains", contains),
        ("endsWith", ends_with),
        ("startsWith", starts_with),
        ("matches", matches),
    ],
    types: &[
        "bool",
        "bytes",
        "double",
        "int",
        "list(dyn)",
        "map(dyn, dyn)",
        "null",
        "string",
        "type(dyn)",
        "uint",
    ],
};

fn size(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::String(text)] => int(text.chars().count()),
        [Value::Bytes(bytes)] => int(bytes.len()),
        [Value::List(items)] => int(items.len()),
        [Value::Map(map)] => int(map.len()),
        _ => refused(),
    }
}

fn type_of(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [value] => Ok(Value::Type(value.type_name().into())),
        _ => refused(),
    }
}

fn to_dyn(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [value] => Ok(value.clone()),
        _ => refused(),
    }
}

fn contains(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::String(text), Value::String(part)] => bool(text.contains(&**part)),
        _ => refused(),
    }
}

fn ends_with(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::String(text), Value::String(part)] => bool(text.ends_with(&**part)),
        _ => refused(),
    }
}

fn starts_with(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::String(text), Value::String(part)] => bool(text.starts_with(&**part)),
        _ => refused(),
    }
}

fn matches(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::String(text), Value::String(pattern)] => {
            bool(context.regex(pattern)?.is_match(text))
        }
        _ => refused(),
    }
}
