//! What a call did cost.

use crate::cost::{CHECK, LIST_CREATE, NOMINAL, PATTERN, TRAVERSAL, scaled};
use crate::opaque::Opaque;
use crate::value::Value;

/// The cost of a call with its arguments and result.
pub(crate) fn call_cost(name: &str, args: &[Value], result: &Value) -> u64 {
    let size = |index: usize| args.get(index).map_or(0, Value::cost_size);
    match name {
        "_==_" | "_!=_" if matches!(args.first(), Some(Value::Opaque(_))) && name == "_==_" => 1,
        "_==_" | "_!=_" => scaled(size(0).min(size(1)), TRAVERSAL),
        "_<_" | "_<=_" | "_>_" | "_>=_" => match args.first() {
            Some(Value::String(_) | Value::Bytes(_)) => scaled(size(0).min(size(1)), TRAVERSAL),
            _ => 1,
        },
        "_+_" => match args.first() {
            Some(Value::String(_) | Value::Bytes(_)) => scaled(size(0) + size(1), TRAVERSAL),
            _ => 1,
        },
        "@in" => match args.get(1) {
            Some(Value::List(items)) => items.len() as u64,
            _ => 1,
        },
        "startsWith" | "endsWith" | "strings.quote" | "format" => scaled(size(0), TRAVERSAL),
        "string" | "bytes" => match args.first() {
            Some(Value::Bytes(_)) if name == "string" => scaled(size(0), TRAVERSAL),
            Some(Value::String(_)) if name == "bytes" => scaled(size(0), TRAVERSAL),
            _ => 1,
        },
        "contains" => scaled(size(0), TRAVERSAL).saturating_mul(scaled(size(1), TRAVERSAL)),
        "matches" | "find" | "findAll" => pattern_cost(size(0), size(1)),
        _ => kubernetes(name, args, result).unwrap_or(1),
    }
}

/// One character more than the text has, so that an empty text costs something too.
fn pattern_cost(text: u64, pattern: u64) -> u64 {
    scaled(text.saturating_add(1), TRAVERSAL).saturating_mul(scaled(pattern, PATTERN))
}

fn kubernetes(name: &str, args: &[Value], result: &Value) -> Option<u64> {
    let size = |index: usize| args.get(index).map_or(0, Value::cost_size);
    let first = args.first()?;
    Some(match name {
        _ if NOMINAL.contains(&name) => 1,
        "check" => CHECK,
        "fieldSelector" | "labelSelector" => {
            let requirements = scaled(scaled(size(1), 0.5), 50.0);
            LIST_CREATE + scaled(size(1), TRAVERSAL) + requirements
        }
        "isSorted" | "sum" | "max" | "min" | "indexOf" | "lastIndexOf" => traversal(first),
        "url"
        | "lowerAscii"
        | "upperAscii"
        | "substring"
        | "trim"
        | "jsonpatch.escapeKey"
        | "cidr"
        | "isIP"
        | "isCIDR"
        | "quantity"
        | "isQuantity"
        | "semver"
        | "isSemver" => scaled(size(0), TRAVERSAL),
        "replace" | "split" | "ip.isCanonical" => scaled(size(0), 2.0 * TRAVERSAL),
        "sets.contains" | "sets.intersects" => 1 + size(0).saturating_mul(size(1)),
        "sets.equivalent" => 1 + size(0).saturating_mul(size(1)).saturating_mul(2),
        "join" => scaled(result.cost_size(), 2.0 * TRAVERSAL),
        "ip" => match first {
            Value::Opaque(Opaque::Cidr(_)) => 1,
            _ => scaled(size(0), TRAVERSAL),
        },
        "containsIP" => scaled(2 * size(0), TRAVERSAL) + parsing(args),
        "containsCIDR" => {
            scaled(2 * size(0), TRAVERSAL) + scaled(size(0), TRAVERSAL) + 1 + parsing(args)
        }
        "validate" => match first {
            Value::Opaque(Opaque::Format(format)) => pattern_cost(size(1), format.pattern_length),
            _ => return None,
        },
        _ => return lists(name, args, result),
    })
}

/// What it costs to read the second argument where it is a text.
fn parsing(args: &[Value]) -> u64 {
    match args.get(1) {
        Some(text @ Value::String(_)) => scaled(text.cost_size(), TRAVERSAL),
        _ => 0,
    }
}

fn lists(name: &str, args: &[Value], result: &Value) -> Option<u64> {
    let first = args.first()?;
    let made = |units: u64| units.saturating_add(1 + LIST_CREATE);
    Some(match (name, first) {
        ("slice" | "lists.range", _) | ("reverse", Value::List(_)) => made(result.cost_size()),
        ("flatten", Value::List(items)) => {
            let depth = match args.get(1) {
                Some(Value::Int(depth)) => u64::try_from(*depth).unwrap_or(0),
                _ => 1,
            };
            made((items.len() as u64).saturating_mul(depth))
        }
        ("distinct" | "sort", Value::List(items)) => made(compared(items)),
        ("@sortByAssociatedKeys", _) => match args.get(1) {
            Some(Value::List(keys)) => made(compared(keys)),
            _ => return None,
        },
        _ => return None,
    })
}

/// Every element against every other.
fn compared(items: &[Value]) -> u64 {
    let text = matches!(items.first(), Some(Value::String(_) | Value::Bytes(_)));
    let factor = if text { 2.0 + TRAVERSAL } else { 2.0 };
    let pairs = (items.len() as u64).saturating_mul(items.len() as u64);
    (pairs as f64 * factor) as u64
}

/// Walking over all of a value.
fn traversal(value: &Value) -> u64 {
    match value {
        Value::String(text) => (text.len() as f64 * TRAVERSAL) as u64,
        Value::Bytes(bytes) => (bytes.len() as f64 * TRAVERSAL) as u64,
        // Elements are scalars or texts wherever the functions that ask are declared.
        Value::List(items) => items.iter().map(shallow_traversal).sum(),
        _ => 1,
    }
}

fn shallow_traversal(value: &Value) -> u64 {
    match value {
        Value::String(_) | Value::Bytes(_) => traversal(value),
        _ => 1,
    }
}
