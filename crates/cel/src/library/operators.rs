//! Arithmetic, comparison and membership.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::error::EvalError;
use crate::eval::Context;
use crate::library::{Library, bool, refused};
use crate::value::Value;

pub(crate) static OPERATORS: Library = Library {
    overloads: &[
        "conditional = _?_:_(bool, A, A): A",
        "logical_and = _&&_(bool, bool): bool",
        "logical_or = _||_(bool, bool): bool",
        "logical_not = !_(bool): bool",
        "not_strictly_false = @not_strictly_false(bool): bool",
        "equals = _==_(A, A): bool",
        "not_equals = _!=_(A, A): bool",
        "add_bytes = _+_(bytes, bytes): bytes",
        "add_double = _+_(double, double): double",
        "add_duration_duration = _+_(duration, duration): duration",
        "add_duration_timestamp = _+_(duration, timestamp): timestamp",
        "add_timestamp_duration = _+_(timestamp, duration): timestamp",
        "add_int64 = _+_(int, int): int",
        "add_list = _+_(list(A), list(A)): list(A)",
        "add_string = _+_(string, string): string",
        "add_uint64 = _+_(uint, uint): uint",
        "subtract_double = _-_(double, double): double",
        "subtract_duration_duration = _-_(duration, duration): duration",
        "subtract_int64 = _-_(int, int): int",
        "subtract_timestamp_duration = _-_(timestamp, duration): timestamp",
        "subtract_timestamp_timestamp = _-_(timestamp, timestamp): duration",
        "subtract_uint64 = _-_(uint, uint): uint",
        "multiply_double = _*_(double, double): double",
        "multiply_int64 = _*_(int, int): int",
        "multiply_uint64 = _*_(uint, uint): uint",
        "divide_double = _/_(double, double): double",
        "divide_int64 = _/_(int, int): int",
        "divide_uint64 = _/_(uint, uint): uint",
        "modulo_int64 = _%_(int, int): int",
        "modulo_uint64 = _%_(uint, uint): uint",
        "negate_double = -_(double): double",
        "negate_int64 = -_(int): int",
        "less_bool = _<_(bool, bool): bool",
        "less_int64 = _<_(int, int): bool",
        "less_int64_double = _<_(int, double): bool",
        "less_int64_uint64 = _<_(int, uint): bool",
        "less_uint64 = _<_(uint, uint): bool",
        "less_uint64_double = _<_(uint, double): bool",
        "less_uint64_int64 = _<_(uint, int): bool",
        "less_double = _<_(double, double): bool",
        "less_double_int64 = _<_(double, int): bool",
        "less_double_uint64 = _<_(double, uint): bool",
        "less_string = _<_(string, string): bool",
        "less_bytes = _<_(bytes, bytes): bool",
        "less_timestamp = _<_(timestamp, timestamp): bool",
        "less_duration = _<_(duration, duration): bool",
        "less_equals_bool = _<=_(bool, bool): bool",
        "less_equals_int64 = _<=_(int, int): bool",
        "less_equals_int64_double = _<=_(int, double): bool",
        "less_equals_int64_uint64 = _<=_(int, uint): bool",
        "less_equals_uint64 = _<=_(uint, uint): bool",
        "less_equals_uint64_double = _<=_(uint, double): bool",
        "less_equals_uint64_int64 = _<=_(uint, int): bool",
        "less_equals_double = _<=_(double, double): bool",
        "less_equals_double_int64 = _<=_(double, int): bool",
        "less_equals_double_uint64 = _<=_(double, uint): bool",
        "less_equals_string = _<=_(string, string): bool",
        "less_equals_bytes = _<=_(bytes, bytes): bool",
        "less_equals_timestamp = _<=_(timestamp, timestamp): bool",
        "less_equals_duration = _<=_(duration, duration): bool",
        "greater_bool = _>_(bool, bool): bool",
        "greater_int64 = _>_(int, int): bool",
        "greater_int64_double = _>_(int, double): bool",
        "greater_int64_uint64 = _>_(int, uint): bool",
        "greater_uint64 = _>_(uint, uint): bool",
        "greater_uint64_double = _>_(uint, double): bool",
        "greater_uint64_int64 = _>_(uint, int): bool",
        "greater_double = _>_(double, double): bool",
        "greater_double_int64 = _>_(double, int): bool",
        "greater_double_uint64 = _>_(double, uint): bool",
        "greater_string = _>_(string, string): bool",
        "greater_bytes = _>_(bytes, bytes): bool",
        "greater_timestamp = _>_(timestamp, timestamp): bool",
        "greater_duration = _>_(duration, duration): bool",
        "greater_equals_bool = _>=_(bool, bool): bool",
        "greater_equals_int64 = _>=_(int, int): bool",
        "greater_equals_int64_double = _>=_(int, double): bool",
        "greater_equals_int64_uint64 = _>=_(int, uint): bool",
        "greater_equals_uint64 = _>=_(uint, uint): bool",
        "greater_equals_uint64_double = _>=_(uint, double): bool",
        "greater_equals_uint64_int64 = _>=_(uint, int): bool",
        "greater_equals_double = _>=_(double, double): bool",
        "greater_equals_double_int64 = _>=_(double, int): bool",
        "greater_equals_double_uint64 = _>=_(double, uint): bool",
        "greater_equals_string = _>=_(string, string): bool",
        "greater_equals_bytes = _>=_(bytes, bytes): bool",
        "greater_equals_timestamp = _>=_(timestamp, timestamp): bool",
        "greater_equals_duration = _>=_(duration, duration): bool",
        "index_list = _[_](list(A), int): A",
        "index_map = _[_](map(A, B), A): B",
        "in_list = @in(A, list(A)): bool",
        "in_map = @in(A, map(A, B)): bool",
        "map_insert_value = cel.@mapInsert(map(A, B), A, B): map(A, B)",
        "map_insert_map = cel.@mapInsert(map(A, B), map(A, B)): map(A, B)",
    ],
    functions: &[
        ("!_", not),
        ("_==_", equals),
        ("_!=_", not_equals),
        ("_+_", add),
        ("_-_", subtract),
        ("_*_", multiply),
        ("_/_", divide),
        ("_%_", modulo),
        ("-_", negate),
        ("_<_", less),
        ("_<=_", less_equals),
        ("_>_", greater),
        ("_>=_", greater_equals),
        ("@in", contained),
    ],
    types: &[],
};

fn not(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::Bool(value)] => bool(!value),
        _ => refused(),
    }
}

fn equals(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [a, b] => bool(context.equal(a, b)?),
        _ => refused(),
    }
}

fn not_equals(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [a, b] => bool(!context.equal(a, b)?),
        _ => refused(),
    }
}

fn overflow() -> EvalError {
    EvalError::Range("integer overflow".to_owned())
}

/// What an operator does with each type of number.
struct Arithmetic {
    int: fn(i64, i64) -> Option<i64>,
    uint: fn(u64, u64) -> Option<u64>,
    double: fn(f64, f64) -> f64,
}

impl Arithmetic {
    fn apply(&self, a: &Value, b: &Value) -> Result<Value, EvalError> {
        match (a, b) {
            (Value::Int(a), Value::Int(b)) => {
                (self.int)(*a, *b).map(Value::Int).ok_or_else(overflow)
            }
            (Value::Uint(a), Value::Uint(b)) => {
                (self.uint)(*a, *b).map(Value::Uint).ok_or_else(overflow)
            }
            (Value::Double(a), Value::Double(b)) => Ok(Value::Double((self.double)(*a, *b))),
            _ => refused(),
        }
    }
}

fn add(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [a, b] = args else {
        return refused();
    };
    match (a, b) {
        (Value::String(a), Value::String(b)) => {
            context.build(a.len() + b.len())?;
            Ok(Value::String([&**a, &**b].concat().into()))
        }
        (Value::Bytes(a), Value::Bytes(b)) => {
            context.build(a.len() + b.len())?;
            Ok(Value::Bytes([&**a, &**b].concat().into()))
        }
        (Value::List(a), Value::List(b)) => {
            context.build(a.len() + b.len())?;
            Ok(Value::List(Arc::new([a.as_slice(), b.as_slice()].concat())))
        }
        (Value::Duration(a), Value::Duration(b)) => a.plus(*b).map(Value::Duration),
        (Value::Timestamp(time), Value::Duration(span)) => time.plus(*span).map(Value::Timestamp),
        (Value::Duration(span), Value::Timestamp(time)) => time.plus(*span).map(Value::Timestamp),
        _ => Arithmetic {
            int: i64::checked_add,
            uint: u64::checked_add,
            double: |a, b| a + b,
        }
        .apply(a, b),
    }
}

fn subtract(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [a, b] = args else {
        return refused();
    };
    match (a, b) {
        (Value::Duration(a), Value::Duration(b)) => a.minus(*b).map(Value::Duration),
        (Value::Timestamp(time), Value::Duration(span)) => time.minus(*span).map(Value::Timestamp),
        (Value::Timestamp(a), Value::Timestamp(b)) => a.since(*b).map(Value::Duration),
        _ => Arithmetic {
            int: i64::checked_sub,
            uint: u64::checked_sub,
            double: |a, b| a - b,
        }
        .apply(a, b),
    }
}

fn multiply(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [a, b] = args else {
        return refused();
    };
    Arithmetic {
        int: i64::checked_mul,
        uint: u64::checked_mul,
        double: |a, b| a * b,
    }
    .apply(a, b)
}

fn divide(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::Int(_), Value::Int(0)] | [Value::Uint(_), Value::Uint(0)] => {
            Err(EvalError::DivideByZero)
        }
        [a, b] => Arithmetic {
            int: i64::checked_div,
            uint: u64::checked_div,
            double: |a, b| a / b,
        }
        .apply(a, b),
        _ => refused(),
    }
}

fn modulo(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::Int(_), Value::Int(0)] | [Value::Uint(_), Value::Uint(0)] => {
            Err(EvalError::ModulusByZero)
        }
        [Value::Int(a), Value::Int(b)] => a.checked_rem(*b).map(Value::Int).ok_or_else(overflow),
        [Value::Uint(a), Value::Uint(b)] => a.checked_rem(*b).map(Value::Uint).ok_or_else(overflow),
        _ => refused(),
    }
}

fn negate(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::Int(value)] => value.checked_neg().map(Value::Int).ok_or_else(overflow),
        [Value::Double(value)] => Ok(Value::Double(-value)),
        [Value::Duration(span)] => span.negated().map(Value::Duration),
        _ => refused(),
    }
}

/// The order of the two arguments; `None` for NaN.
fn order(args: &[Value]) -> Result<Option<Ordering>, EvalError> {
    match args {
        [a, b] if a.is_comparable(b) => Ok(a.order(b)),
        _ => refused(),
    }
}

fn less(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    bool(order(args)? == Some(Ordering::Less))
}

fn less_equals(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    bool(matches!(
        order(args)?,
        Some(Ordering::Less | Ordering::Equal)
    ))
}

fn greater(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    bool(order(args)? == Some(Ordering::Greater))
}

fn greater_equals(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    bool(matches!(
        order(args)?,
        Some(Ordering::Greater | Ordering::Equal)
    ))
}

fn contained(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [value, Value::List(items)] => bool(context.contains(items, value)?),
        [key, Value::Map(map)] => bool(map.get(key).is_some()),
        _ => refused(),
    }
}
