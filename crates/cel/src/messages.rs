//! Messages that are written `Name{field: value}`: the well-known ones of Protocol Buffers, which
//! become plain values, and objects of a provider.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::EvalError;
use crate::library::encoders;
use crate::types::Type;
use crate::value::{Duration, Key, Map, Object, Timestamp, Value};

/// The type of a field of a well-known message.
pub(crate) fn field_type(message: &str, field: &str) -> Option<Type> {
    let name = message.strip_prefix("google.protobuf.")?;
    match (name, field) {
        ("Any", "type_url") => Some(Type::String),
        ("Any", "value") => Some(Type::Bytes),
        ("Struct", "fields") => Some(Type::map(Type::String, Type::Dyn)),
        ("ListValue", "values") => Some(Type::list(Type::Dyn)),
        ("Value", "null_value") => Some(Type::Dyn),
        ("Value", "number_value") => Some(Type::Double),
        ("Value", "string_value") => Some(Type::String),
        ("Value", "bool_value") => Some(Type::Bool),
        ("Value", "struct_value") => Some(Type::map(Type::String, Type::Dyn)),
        ("Value", "list_value") => Some(Type::list(Type::Dyn)),
        ("Timestamp" | "Duration", "seconds" | "nanos") => Some(Type::Int),
        (_, "value") => match Type::well_known(message)? {
            Type::Wrapper(inner) => Some((*inner).clone()),
            _ => None,
        },
        _ => None,
    }
}

/// The value of a construction.
pub(crate) fn construct(
    name: &Arc<str>,
    fields: Vec<(Arc<str>, Value)>,
) -> Result<Value, EvalError> {
    if let Some(message) = name.strip_prefix("google.protobuf.") {
        return well_known(message, fields);
    }
    let mut object = Object::new(Arc::clone(name));
    for (field, value) in fields {
        object.set(field, value);
    }
    if let Some((name, value)) = misnamed(&object) {
        let expected = format!("{}.{name}", object.type_name());
        let message = format!(
            "unexpected type name {:?}, expected {expected:?}",
            value.type_name()
        );
        return Err(EvalError::invalid(message));
    }
    Ok(Value::Object(Arc::new(object)))
}

/// A field whose object is named after another place: `Object{spec: Object.status{}}`.
fn misnamed(object: &Object) -> Option<(&str, &Value)> {
    let owner = object.type_name();
    if owner != "Object" && !owner.starts_with("Object.") {
        return None;
    }
    let is_misnamed = |(name, value): &(&str, &Value)| {
        let expected = format!("{owner}.{name}");
        let is_other =
            |value: &Value| matches!(value, Value::Object(inner) if inner.type_name() != expected);
        match value {
            Value::List(items) => items.iter().any(is_other),
            other => is_other(other),
        }
    };
    object.fields().find(is_misnamed)
}

fn well_known(message: &str, fields: Vec<(Arc<str>, Value)>) -> Result<Value, EvalError> {
    let known = |field: &str| field_type(&format!("google.protobuf.{message}"), field).is_some();
    if let Some((field, _)) = fields.iter().find(|(field, _)| !known(field)) {
        return Err(EvalError::NoSuchField(field.to_string()));
    }
    match message {
        "Timestamp" | "Duration" => time(message, &fields),
        "Any" => any(&fields),
        "Value" => fields
            .into_iter()
            .next_back()
            .map_or(Ok(Value::Null), |field| json_value(&field)),
        _ => {
            let default = default_of(message);
            let default = default.ok_or_else(|| unknown(message))?;
            let Some((_, value)) = fields.into_iter().next_back() else {
                return Ok(default);
            };
            wrapped(message, &default, value)
        }
    }
}

fn unknown(message: &str) -> EvalError {
    EvalError::UnknownType(format!("google.protobuf.{message}"))
}

fn default_of(message: &str) -> Option<Value> {
    Some(match message {
        "BoolValue" => Value::Bool(false),
        "BytesValue" => Value::Bytes([].into()),
        "DoubleValue" | "FloatValue" => Value::Double(0.0),
        "Int32Value" | "Int64Value" => Value::Int(0),
        "UInt32Value" | "UInt64Value" => Value::Uint(0),
        "StringValue" => Value::string(""),
        "ListValue" => Value::list(Vec::new()),
        "Struct" => Value::Map(Arc::new(Map::default())),
        _ => return None,
    })
}

fn wrapped(message: &str, default: &Value, value: Value) -> Result<Value, EvalError> {
    let range = || EvalError::Range(format!("value of {message}"));
    match (message, &value) {
        ("Int32Value", Value::Int(number)) if i32::try_from(*number).is_err() => Err(range()),
        ("UInt32Value", Value::Uint(number)) if u32::try_from(*number).is_err() => Err(range()),
        // A float keeps 24 bits of the mantissa.
        ("FloatValue", Value::Double(number)) => Ok(Value::Double(f64::from(*number as f32))),
        ("Struct", Value::Map(map))
            if map.iter().any(|(key, _)| !matches!(key, Key::String(_))) =>
        {
            Err(EvalError::UnsupportedKey("not a text"))
        }
        _ if value.type_name() == default.type_name() => Ok(value),
        _ => Err(EvalError::overload("field of a message")),
    }
}

fn json_value((field, value): &(Arc<str>, Value)) -> Result<Value, EvalError> {
    match (&**field, value) {
        ("null_value", _) => Ok(Value::Null),
        ("number_value", Value::Double(_))
        | ("string_value", Value::String(_))
        | ("bool_value", Value::Bool(_))
        | ("struct_value", Value::Map(_))
        | ("list_value", Value::List(_)) => Ok(value.clone()),
        _ => Err(EvalError::overload("field of google.protobuf.Value")),
    }
}

fn time(message: &str, fields: &[(Arc<str>, Value)]) -> Result<Value, EvalError> {
    let (mut seconds, mut nanos) = (0, 0);
    for (field, value) in fields {
        let Value::Int(number) = value else {
            return Err(EvalError::overload("field of a message"));
        };
        if &**field == "seconds" {
            seconds = *number;
        } else {
            nanos = *number;
        }
    }
    let range = || EvalError::Range(message.to_owned());
    if message == "Timestamp" {
        let nanos = u32::try_from(nanos).map_err(|_| range())?;
        return Timestamp::new(seconds, nanos)
            .map(Value::Timestamp)
            .ok_or_else(range);
    }
    let total = seconds
        .checked_mul(1_000_000_000)
        .and_then(|total| total.checked_add(nanos));
    total
        .map(|total| Value::Duration(Duration::from_nanoseconds(total)))
        .ok_or_else(range)
}

/// The message inside an `Any`, where it is a wrapper; others have no descriptor here.
fn any(fields: &[(Arc<str>, Value)]) -> Result<Value, EvalError> {
    let find = |name: &str| {
        fields
            .iter()
            .find(|(field, _)| &**field == name)
            .map(|(_, value)| value)
    };
    let Some(Value::String(url)) = find("type_url") else {
        return Err(EvalError::invalid(
            "conversion error: got invalid Any message type: ''",
        ));
    };
    let name = url.rsplit('/').next().unwrap_or("");
    let bytes: &[u8] = match find("value") {
        Some(Value::Bytes(bytes)) => bytes,
        _ => &[],
    };
    let message = name.strip_prefix("google.protobuf.").unwrap_or("");
    let default = default_of(message).ok_or_else(|| EvalError::UnknownType(name.to_owned()))?;
    if bytes.is_empty() {
        return Ok(default);
    }
    let malformed = || EvalError::invalid("malformed bytes of an Any message");
    scalar_field(&default, message, bytes).ok_or_else(malformed)
}

/// Field 1 of an encoded wrapper.
fn scalar_field(default: &Value, message: &str, bytes: &[u8]) -> Option<Value> {
    let (tag, rest) = bytes.split_first()?;
    match (default, tag) {
        (Value::Bool(_), 0x08) => Some(Value::Bool(varint(rest)? != 0)),
        (Value::Int(_), 0x08) => Some(Value::Int(varint(rest)?.cast_signed())),
        (Value::Uint(_), 0x08) => varint(rest).map(Value::Uint),
        (Value::Double(_), 0x09) if message == "DoubleValue" => {
            Some(Value::Double(f64::from_le_bytes(rest.try_into().ok()?)))
        }
        (Value::Double(_), 0x0D) => Some(Value::Double(f64::from(f32::from_le_bytes(
            rest.try_into().ok()?,
        )))),
        (Value::String(_), 0x0A) => {
            Some(Value::string(std::str::from_utf8(delimited(rest)?).ok()?))
        }
        (Value::Bytes(_), 0x0A) => Some(Value::Bytes(delimited(rest)?.into())),
        _ => None,
    }
}

fn varint(bytes: &[u8]) -> Option<u64> {
    let mut value: u64 = 0;
    for (index, byte) in bytes.iter().take(10).enumerate() {
        let shift = u32::try_from(index * 7).ok()?;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return (index + 1 == bytes.len()).then_some(value);
        }
    }
    None
}

fn delimited(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.iter().position(|byte| byte & 0x80 == 0)?;
    let (length, rest) = bytes.split_at_checked(end + 1)?;
    (u64::try_from(rest.len()).ok()? == varint(length)?).then_some(rest)
}

/// The value of a well-known message in its JSON form.
pub(crate) fn from_json(message: &str, json: &serde_json::Value) -> Option<Value> {
    let name = message.strip_prefix("google.protobuf.")?;
    let text = json.as_str();
    Some(match name {
        "BoolValue" => Value::Bool(json.as_bool()?),
        "StringValue" => Value::string(text?),
        "BytesValue" => Value::Bytes(encoders::decode(text?)?.into()),
        "Int32Value" | "Int64Value" => Value::Int(json.as_i64().or_else(|| text?.parse().ok())?),
        "UInt32Value" | "UInt64Value" => Value::Uint(json.as_u64().or_else(|| text?.parse().ok())?),
        "DoubleValue" | "FloatValue" => Value::Double(
            json.as_f64()
                .or_else(|| crate::wire::special_double(text?))?,
        ),
        "Duration" => Value::Duration(Duration::parse(text?).ok()?),
        "Timestamp" => Value::Timestamp(Timestamp::parse(text?)?),
        "Struct" | "ListValue" | "Value" => dynamic(json),
        _ => return None,
    })
}

/// A JSON value as `google.protobuf.Value` holds it: every number is a double.
fn dynamic(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Number(number) => Value::Double(number.as_f64().unwrap_or(f64::NAN)),
        serde_json::Value::Array(items) => Value::list(items.iter().map(dynamic).collect()),
        serde_json::Value::Object(fields) => {
            // The fields of a message have no order of their own.
            let sorted: BTreeMap<&String, _> = fields.iter().collect();
            let entry =
                |(name, value): (&String, _)| (Key::String(name.as_str().into()), dynamic(value));
            Value::Map(Arc::new(sorted.into_iter().map(entry).collect()))
        }
        other => Value::from_json(other),
    }
}
