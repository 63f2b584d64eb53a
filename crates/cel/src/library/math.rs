//! The math extension.

use std::cmp::Ordering;

use crate::error::EvalError;
use crate::eval::Context;
use crate::library::{Library, bool, refused};
use crate::value::Value;

pub(crate) static MATH: Library = Library {
    overloads: &[
        "math_@min_double = math.@min(double): double",
        "math_@min_int = math.@min(int): int",
        "math_@min_uint = math.@min(uint): uint",
        "math_@min_double_double = math.@min(double, double): double",
        "math_@min_int_int = math.@min(int, int): int",
        "math_@min_uint_uint = math.@min(uint, uint): uint",
        "math_@min_int_uint = math.@min(int, uint): dyn",
        "math_@min_int_double = math.@min(int, double): dyn",
        "math_@min_double_int = math.@min(double, int): dyn",
        "math_@min_double_uint = math.@min(double, uint): dyn",
        "math_@min_uint_int = math.@min(uint, int): dyn",
        "math_@min_uint_double = math.@min(uint, double): dyn",
        "math_@min_list_double = math.@min(list(double)): double",
        "math_@min_list_int = math.@min(list(int)): int",
        "math_@min_list_uint = math.@min(list(uint)): uint",
        "math_@max_double = math.@max(double): double",
        "math_@max_int = math.@max(int): int",
        "math_@max_uint = math.@max(uint): uint",
        "math_@max_double_double = math.@max(double, double): double",
        "math_@max_int_int = math.@max(int, int): int",
        "math_@max_uint_uint = math.@max(uint, uint): uint",
        "math_@max_int_uint = math.@max(int, uint): dyn",
        "math_@max_int_double = math.@max(int, double): dyn",
        "math_@max_double_int = math.@max(double, int): dyn",
        "math_@max_double_uint = math.@max(double, uint): dyn",
        "math_@max_uint_int = math.@max(uint, int): dyn",
        "math_@max_uint_double = math.@max(uint, double): dyn",
        "math_@max_list_double = math.@max(list(double)): double",
        "math_@max_list_int = math.@max(list(int)): int",
        "math_@max_list_uint = math.@max(list(uint)): uint",
        "math_ceil_double = math.ceil(double): double",
        "math_floor_double = math.floor(double): double",
        "math_round_double = math.round(double): double",
        "math_trunc_double = math.trunc(double): double",
        "math_isInf_double = math.isInf(double): bool",
        "math_isNaN_double = math.isNaN(double): bool",
        "math_isFinite_double = math.isFinite(double): bool",
        "math_abs_double = math.abs(double): double",
        "math_abs_int = math.abs(int): int",
        "math_abs_uint = math.abs(uint): uint",
        "math_sign_double = math.sign(double): double",
        "math_sign_int = math.sign(int): int",
        "math_sign_uint = math.sign(uint): uint",
        "math_sqrt_double = math.sqrt(double): double",
        "math_sqrt_int = math.sqrt(int): double",
        "math_sqrt_uint = math.sqrt(uint): double",
        "math_bitAnd_int_int = math.bitAnd(int, int): int",
        "math_bitAnd_uint_uint = math.bitAnd(uint, uint): uint",
        "math_bitOr_int_int = math.bitOr(int, int): int",
        "math_bitOr_uint_uint = math.bitOr(uint, uint): uint",
        "math_bitXor_int_int = math.bitXor(int, int): int",
        "math_bitXor_uint_uint = math.bitXor(uint, uint): uint",
        "math_bitNot_int_int = math.bitNot(int): int",
        "math_bitNot_uint_uint = math.bitNot(uint): uint",
        "math_bitShiftLeft_int_int = math.bitShiftLeft(int, int): int",
        "math_bitShiftLeft_uint_int = math.bitShiftLeft(uint, int): uint",
        "math_bitShiftRight_int_int = math.bitShiftRight(int, int): int",
        "math_bitShiftRight_uint_int = math.bitShiftRight(uint, int): uint",
    ],
    functions: &[
        ("math.@min", |_, args| extreme(args, Ordering::Less)),
        ("math.@max", |_, args| extreme(args, Ordering::Greater)),
        ("math.ceil", |_, args| rounded(args, f64::ceil)),
        ("math.floor", |_, args| rounded(args, f64::floor)),
        ("math.round", |_, args| rounded(args, f64::round)),
        ("math.trunc", |_, args| rounded(args, f64::trunc)),
        ("math.isInf", |_, args| tested(args, f64::is_infinite)),
        ("math.isNaN", |_, args| tested(args, f64::is_nan)),
        ("math.isFinite", |_, args| tested(args, f64::is_finite)),
        ("math.abs", abs),
        ("math.sign", sign),
        ("math.sqrt", sqrt),
        ("math.bitAnd", |_, args| {
            bits(args, |a, b| a & b, |a, b| a & b)
        }),
        ("math.bitOr", |_, args| {
            bits(args, |a, b| a | b, |a, b| a | b)
        }),
        ("math.bitXor", |_, args| {
            bits(args, |a, b| a ^ b, |a, b| a ^ b)
        }),
        ("math.bitNot", not),
        ("math.bitShiftLeft", shift_left),
        ("math.bitShiftRight", shift_right),
    ],
    types: &[],
};

/// The first argument that no other is beyond, in the direction of `wanted`.
fn extreme(args: &[Value], wanted: Ordering) -> Result<Value, EvalError> {
    let items = match args {
        [Value::List(items)] => items.as_slice(),
        _ => args,
    };
    let is_number =
        |value: &Value| matches!(value, Value::Int(_) | Value::Uint(_) | Value::Double(_));
    let Some((first, rest)) = items.split_first() else {
        return Err(EvalError::invalid("the list must not be empty"));
    };
    if !items.iter().all(is_number) {
        return refused();
    }
    let mut best = first;
    for item in rest {
        if item.order(best) == Some(wanted) {
            best = item;
        }
    }
    Ok(best.clone())
}

fn rounded(args: &[Value], round: fn(f64) -> f64) -> Result<Value, EvalError> {
    match args {
        [Value::Double(value)] => Ok(Value::Double(round(*value))),
        _ => refused(),
    }
}

fn tested(args: &[Value], test: fn(f64) -> bool) -> Result<Value, EvalError> {
    match args {
        [Value::Double(value)] => bool(test(*value)),
        _ => refused(),
    }
}

fn abs(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::Int(value)] => {
            let overflow = || EvalError::Range("integer overflow".to_owned());
            value.checked_abs().map(Value::Int).ok_or_else(overflow)
        }
        [Value::Uint(value)] => Ok(Value::Uint(*value)),
        [Value::Double(value)] => Ok(Value::Double(value.abs())),
        _ => refused(),
    }
}

fn sign(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::Int(value)] => Ok(Value::Int(value.signum())),
        [Value::Uint(value)] => Ok(Value::Uint(u64::from(*value > 0))),
        // Zero has no sign here, unlike in the standard library; NaN stays what it is.
        [Value::Double(value)] if *value == 0.0 => Ok(Value::Double(0.0)),
        [Value::Double(value)] => Ok(Value::Double(value.signum())),
        _ => refused(),
    }
}

fn sqrt(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let value = match args {
        [Value::Int(value)] => *value as f64,
        [Value::Uint(value)] => *value as f64,
        [Value::Double(value)] => *value,
        _ => return refused(),
    };
    Ok(Value::Double(value.sqrt()))
}

fn bits(
    args: &[Value],
    int: fn(i64, i64) -> i64,
    uint: fn(u64, u64) -> u64,
) -> Result<Value, EvalError> {
    match args {
        [Value::Int(a), Value::Int(b)] => Ok(Value::Int(int(*a, *b))),
        [Value::Uint(a), Value::Uint(b)] => Ok(Value::Uint(uint(*a, *b))),
        _ => refused(),
    }
}

fn not(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::Int(value)] => Ok(Value::Int(!value)),
        [Value::Uint(value)] => Ok(Value::Uint(!value)),
        _ => refused(),
    }
}

/// The distance of a shift; from 64 on nothing is left.
fn distance(name: &str, by: i64) -> Result<Option<u32>, EvalError> {
    if by < 0 {
        let message = format!("math.{name}() negative offset: {by}");
        return Err(EvalError::invalid(message));
    }
    Ok(u32::try_from(by).ok().filter(|by| *by < 64))
}

fn shift_left(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::Int(value), Value::Int(by)] => {
            let by = distance("bitShiftLeft", *by)?;
            Ok(Value::Int(by.map_or(0, |by| value << by)))
        }
        [Value::Uint(value), Value::Int(by)] => {
            let by = distance("bitShiftLeft", *by)?;
            Ok(Value::Uint(by.map_or(0, |by| value << by)))
        }
        _ => refused(),
    }
}

/// Logical: zeros come in from the left, also for negative integers.
fn shift_right(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::Int(value), Value::Int(by)] => {
            let by = distance("bitShiftRight", *by)?;
            let shifted = by.map_or(0, |by| value.cast_unsigned() >> by);
            Ok(Value::Int(shifted.cast_signed()))
        }
        [Value::Uint(value), Value::Int(by)] => {
            let by = distance("bitShiftRight", *by)?;
            Ok(Value::Uint(by.map_or(0, |by| value >> by)))
        }
        _ => refused(),
    }
}
