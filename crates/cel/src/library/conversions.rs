//! Conversions between scalars.

use std::sync::Arc;

use crate::error::EvalError;
use crate::eval::Context;
use crate::library::{Library, bool, refused};
use crate::value::{Duration, Timestamp, Value, double_to_text};

pub(crate) static CONVERSIONS: Library = Library {
    overloads: &[
        "bool_to_bool = bool(bool): bool",
        "string_to_bool = bool(string): bool",
        "bytes_to_bytes = bytes(bytes): bytes",
        "string_to_bytes = bytes(string): bytes",
        "double_to_double = double(double): double",
        "int64_to_double = double(int): double",
        "string_to_double = double(string): double",
        "uint64_to_double = double(uint): double",
        "duration_to_duration = duration(duration): duration",
        "int64_to_duration = duration(int): duration",
        "string_to_duration = duration(string): duration",
        "int64_to_int64 = int(int): int",
        "double_to_int64 = int(double): int",
        "duration_to_int64 = int(duration): int",
        "string_to_int64 = int(string): int",
        "timestamp_to_int64 = int(timestamp): int",
        "uint64_to_int64 = int(uint): int",
        "string_to_string = string(string): string",
        "bool_to_string = string(bool): string",
        "bytes_to_string = string(bytes): string",
        "double_to_string = string(double): string",
        "duration_to_string = string(duration): string",
        "int64_to_string = string(int): string",
        "timestamp_to_string = string(timestamp): string",
        "uint64_to_string = string(uint): string",
        "timestamp_to_timestamp = timestamp(timestamp): timestamp",
        "int64_to_timestamp = timestamp(int): timestamp",
        "string_to_timestamp = timestamp(string): timestamp",
        "uint64_to_uint64 = uint(uint): uint",
        "double_to_uint64 = uint(double): uint",
        "int64_to_uint64 = uint(int): uint",
        "string_to_uint64 = uint(string): uint",
    ],
    functions: &[
        ("bool", to_bool),
        ("bytes", to_bytes),
        ("double", to_double),
        ("duration", to_duration),
        ("int", to_int),
        ("string", to_string),
        ("timestamp", to_timestamp),
        ("uint", to_uint),
    ],
    types: &[],
};

fn range(what: &str) -> EvalError {
    EvalError::Range(what.to_owned())
}

fn malformed(what: &str, text: &str) -> EvalError {
    EvalError::invalid(format!(
        "type conversion error from 'string' to '{what}': {text:?}"
    ))
}

fn to_bool(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::Bool(value)] => bool(*value),
        [Value::String(text)] => match &**text {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => bool(true),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => bool(false),
            _ => Err(malformed("bool", text)),
        },
        _ => refused(),
    }
}

fn to_bytes(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::Bytes(bytes)] => Ok(Value::Bytes(Arc::clone(bytes))),
        [Value::String(text)] => {
            context.build(text.len())?;
            Ok(Value::Bytes(text.as_bytes().into()))
        }
        _ => refused(),
    }
}

fn to_double(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    Ok(Value::Double(match args {
        [Value::Double(value)] => *value,
        [Value::Int(value)] => *value as f64,
        [Value::Uint(value)] => *value as f64,
        [Value::String(text)] => parse_double(text).ok_or_else(|| malformed("double", text))?,
        _ => return refused(),
    }))
}

/// Any spelling of a decimal number, of infinity or of NaN; no blanks.
fn parse_double(text: &str) -> Option<f64> {
    let unsigned = text.trim_start_matches(['+', '-']);
    let is_word = ["inf", "infinity", "nan"]
        .iter()
        .any(|word| unsigned.eq_ignore_ascii_case(word));
    let value: f64 = text.parse().ok()?;
    // What overflows is no number, what is spelled so is.
    (value.is_finite() || is_word).then_some(value)
}

fn to_duration(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    match args {
        [Value::Duration(span)] => Ok(Value::Duration(*span)),
        [Value::Int(nanoseconds)] => Ok(Value::Duration(Duration::from_nanoseconds(*nanoseconds))),
        [Value::String(text)] => Duration::parse(text).map(Value::Duration),
        _ => refused(),
    }
}

fn to_int(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    Ok(Value::Int(match args {
        [Value::Int(value)] => *value,
        [Value::Uint(value)] => i64::try_from(*value).map_err(|_| range("int"))?,
        [Value::Double(value)] => {
            // Both ends are outside, because the next doubles inside are far from the limits.
            let limit = 9_223_372_036_854_775_808.0;
            if !(*value > -limit && *value < limit) {
                return Err(range("int"));
            }
            *value as i64
        }
        [Value::String(text)] => text.parse().map_err(|_| malformed("int", text))?,
        [Value::Timestamp(time)] => time.seconds(),
        [Value::Duration(span)] => span.nanoseconds(),
        _ => return refused(),
    }))
}

fn to_uint(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    Ok(Value::Uint(match args {
        [Value::Uint(value)] => *value,
        [Value::Int(value)] => u64::try_from(*value).map_err(|_| range("uint"))?,
        [Value::Double(value)] => {
            if !(*value >= 0.0 && *value < 18_446_744_073_709_551_616.0) {
                return Err(range("uint"));
            }
            *value as u64
        }
        // The library takes a plus sign that the language does not.
        [Value::String(text)] if text.starts_with('+') => return Err(malformed("uint", text)),
        [Value::String(text)] => text.parse().map_err(|_| malformed("uint", text))?,
        _ => return refused(),
    }))
}

fn to_string(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let text = match args {
        [Value::String(text)] => return Ok(Value::String(Arc::clone(text))),
        [Value::Bool(value)] => value.to_string(),
        [Value::Int(value)] => value.to_string(),
        [Value::Uint(value)] => value.to_string(),
        [Value::Double(value)] => double_to_text(*value),
        [Value::Bytes(bytes)] => {
            let text = std::str::from_utf8(bytes);
            let invalid =
                |_| EvalError::invalid("invalid UTF-8 in bytes, cannot convert to string");
            text.map_err(invalid)?.to_owned()
        }
        [Value::Timestamp(time)] => time.to_string(),
        [Value::Duration(span)] => span.to_string(),
        _ => return refused(),
    };
    context.text(text)
}

fn to_timestamp(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    Ok(Value::Timestamp(match args {
        [Value::Timestamp(time)] => *time,
        [Value::Int(seconds)] => Timestamp::new(*seconds, 0).ok_or_else(|| range("timestamp"))?,
        [Value::String(text)] => {
            Timestamp::parse(text).ok_or_else(|| malformed("timestamp", text))?
        }
        _ => return refused(),
    }))
}
