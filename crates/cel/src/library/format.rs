//! `string.format`: clauses `%s %d %b %o %x %X %e %f` and `%%`.

use crate::error::EvalError;
use crate::eval::Context;
use crate::library::refused;
use crate::value::Value;

/// Digits after the point that a clause may ask for.
const PRECISION_MAX: usize = 1_000;
/// Nodes of a value that `%s` writes out at most.
const NODES_MAX: u64 = 1_000_000;

/// `text.format(arguments)`.
pub(super) fn format(context: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let [Value::String(text), Value::List(arguments)] = args else {
        return refused();
    };
    let mut out = String::new();
    let mut arguments = arguments.iter().enumerate();
    let mut rest: &str = text;
    while let Some((literal, clause)) = rest.split_once('%') {
        out.push_str(literal);
        if let Some(after) = clause.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let (precision, after) = precision(clause)?;
        let kind = after
            .chars()
            .next()
            .ok_or_else(|| unparsable("unexpected end of string"))?;
        rest = after.get(kind.len_utf8()..).unwrap_or("");
        if !"sdboxXef".contains(kind) {
            return Err(unparsable(&format!(
                "unrecognized formatting clause {kind:?}"
            )));
        }
        let Some((_, argument)) = arguments.next() else {
            return Err(EvalError::invalid(
                "index out of range: more clauses than arguments",
            ));
        };
        context.build(argument_weight(argument, precision)?)?;
        let formatted = clause_text(kind, precision, argument);
        let formatted = formatted.map_err(|why| {
            let given = argument.type_name();
            EvalError::invalid(format!("error during formatting: {why}, was given {given}"))
        })?;
        out.push_str(&formatted);
    }
    out.push_str(rest);
    context.text(out)
}

fn unparsable(why: &str) -> EvalError {
    EvalError::invalid(format!("could not parse formatting clause: {why}"))
}

fn argument_weight(argument: &Value, precision: Option<usize>) -> Result<usize, EvalError> {
    let nodes = argument
        .weight(NODES_MAX)
        .ok_or(EvalError::Limit("formatted values"))?;
    Ok(usize::try_from(nodes).unwrap_or(usize::MAX) + precision.unwrap_or(0))
}

/// `.digits` at the start of a clause.
fn precision(clause: &str) -> Result<(Option<usize>, &str), EvalError> {
    let Some(rest) = clause.strip_prefix('.') else {
        return Ok((None, clause));
    };
    let end = rest
        .bytes()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(rest.len());
    let (digits, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
    if digits.is_empty() {
        return Ok((Some(0), after));
    }
    let precision: usize = digits
        .parse()
        .map_err(|_| unparsable("error while parsing precision"))?;
    if precision > PRECISION_MAX {
        return Err(unparsable("the precision is too large"));
    }
    Ok((Some(precision), after))
}

fn clause_text(kind: char, precision: Option<usize>, argument: &Value) -> Result<String, String> {
    match kind {
        's' => string_text(argument),
        'd' => decimal(argument),
        'b' => match argument {
            Value::Int(value) => Ok(signed(*value, |size| format!("{size:b}"))),
            Value::Uint(value) => Ok(format!("{value:b}")),
            Value::Bool(value) => Ok(u8::from(*value).to_string()),
            _ => Err("only integers and bools can be formatted as binary".to_owned()),
        },
        'o' => match argument {
            Value::Int(value) => Ok(signed(*value, |size| format!("{size:o}"))),
            Value::Uint(value) => Ok(format!("{value:o}")),
            _ => Err("octal clause can only be used on integers".to_owned()),
        },
        'x' => hexadecimal(argument),
        'X' => hexadecimal(argument).map(|text| text.to_uppercase()),
        'e' => floating(argument, "scientific", |value| {
            scientific(value, precision.unwrap_or(6))
        }),
        _ => floating(argument, "fixed-point", |value| {
            let precision = precision.unwrap_or(6);
            format!("{value:.precision$}")
        }),
    }
}

fn signed(value: i64, digits: impl Fn(u64) -> String) -> String {
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}", digits(value.unsigned_abs()))
}

fn decimal(argument: &Value) -> Result<String, String> {
    match argument {
        Value::Int(value) => Ok(value.to_string()),
        Value::Uint(value) => Ok(value.to_string()),
        Value::Double(value) if !value.is_finite() => Ok(not_finite(*value)),
        _ => Err("decimal clause can only be used on integers".to_owned()),
    }
}

fn hexadecimal(argument: &Value) -> Result<String, String> {
    let octets = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    match argument {
        Value::Int(value) => Ok(signed(*value, |size| format!("{size:x}"))),
        Value::Uint(value) => Ok(format!("{value:x}")),
        Value::String(text) => Ok(octets(text.as_bytes())),
        Value::Bytes(bytes) => Ok(octets(bytes)),
        _ => Err("only integers, byte buffers, and strings can be formatted as hex".to_owned()),
    }
}

fn floating(argument: &Value, name: &str, write: impl Fn(f64) -> String) -> Result<String, String> {
    let value = match argument {
        Value::Double(value) => *value,
        Value::Int(value) => *value as f64,
        Value::Uint(value) => *value as f64,
        _ => return Err(format!("{name} clause can only be used on doubles")),
    };
    Ok(if value.is_finite() {
        write(value)
    } else {
        not_finite(value)
    })
}

fn not_finite(value: f64) -> String {
    let name = if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    };
    name.to_owned()
}

/// A mantissa with `precision` digits and an exponent of two digits at least.
fn scientific(value: f64, precision: usize) -> String {
    let text = format!("{value:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

fn string_text(argument: &Value) -> Result<String, String> {
    Ok(match argument {
        Value::String(text) => text.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Uint(value) => value.to_string(),
        Value::Double(value) if value.is_finite() => value.to_string(),
        Value::Double(value) => not_finite(*value),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::Timestamp(time) => time.to_string(),
        Value::Duration(span) => span.to_string(),
        Value::Null => "null".to_owned(),
        Value::Type(name) => name.to_string(),
        Value::List(items) => {
            let items: Result<Vec<_>, _> = items.iter().map(string_text).collect();
            format!("[{}]", items?.join(", "))
        }
        Value::Map(map) => {
            let entry = |(key, value): (crate::value::Key, &Value)| {
                Ok::<_, String>(format!("{key}: {}", string_text(value)?))
            };
            let mut entries = map.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
            entries.sort();
            format!("{{{}}}", entries.join(", "))
        }
        other => {
            return Err(format!(
                "string clause can only be used on strings, bools, bytes, ints, doubles, maps, \
                 lists, types, durations, and timestamps, {} is none of them",
                other.type_name()
            ));
        }
    })
}
