//! The JSON encoding of `cel.expr.Value` and `cel.expr.Type` that conformance vectors use.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::env::Overload;
use crate::library::encoders;
use crate::messages;
use crate::types::Type;
use crate::value::{Key, Map, Value};

/// Why an encoded value or type is not understood.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum WireError {
    /// It is a message of a type that this engine has no descriptor of.
    #[error("message type {0}")]
    UnknownType(String),
    /// It is not encoded as it should be.
    #[error("malformed {0}")]
    Malformed(&'static str),
}

/// Nodes of a value that is encoded at most.
const NODES_MAX: u64 = 4_000_000;

pub(crate) fn special_double(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// The value of an encoded one.
///
/// # Errors
/// Says whether the encoding is malformed or names a message type that is not known.
pub fn value_from_json(json: &Json) -> Result<Value, WireError> {
    let malformed = || WireError::Malformed("value");
    let object = json.as_object().ok_or_else(malformed)?;
    let (kind, inner) = object.iter().next().ok_or_else(malformed)?;
    let text = inner.as_str();
    let value = match kind.as_str() {
        "null_value" => Some(Value::Null),
        "bool_value" => inner.as_bool().map(Value::Bool),
        "int64_value" => inner
            .as_i64()
            .or_else(|| text?.parse().ok())
            .map(Value::Int),
        "uint64_value" => inner
            .as_u64()
            .or_else(|| text?.parse().ok())
            .map(Value::Uint),
        "double_value" => inner
            .as_f64()
            .or_else(|| special_double(text?))
            .map(Value::Double),
        "string_value" => text.map(Value::string),
        "bytes_value" => text
            .and_then(encoders::decode)
            .map(|bytes| Value::Bytes(bytes.into())),
        "type_value" => text.map(|name| Value::Type(name.into())),
        "list_value" => return list_from_json(inner),
        "map_value" => return map_from_json(inner),
        "object_value" => return object_from_json(inner),
        "enum_value" => {
            let name = inner.get("type").and_then(Json::as_str).unwrap_or("enum");
            return Err(WireError::UnknownType(name.to_owned()));
        }
        _ => None,
    };
    value.ok_or_else(malformed)
}

fn list_from_json(json: &Json) -> Result<Value, WireError> {
    let items = json.get("values").and_then(Json::as_array);
    let items = items.into_iter().flatten().map(value_from_json);
    Ok(Value::list(items.collect::<Result<_, _>>()?))
}

fn map_from_json(json: &Json) -> Result<Value, WireError> {
    let mut map = Map::default();
    let entries = json.get("entries").and_then(Json::as_array);
    for entry in entries.into_iter().flatten() {
        let part = |name: &str| entry.get(name).ok_or(WireError::Malformed("map entry"));
        let key = value_from_json(part("key")?)?;
        let key = Key::from_value(&key).map_err(|_| WireError::Malformed("map key"))?;
        map.insert(key, value_from_json(part("value")?)?);
    }
    Ok(Value::Map(Arc::new(map)))
}

fn object_from_json(json: &Json) -> Result<Value, WireError> {
    let url = json.get("@type").and_then(Json::as_str);
    let url = url.ok_or(WireError::Malformed("object value"))?;
    let name = url.rsplit('/').next().unwrap_or(url);
    let unknown = || WireError::UnknownType(name.to_owned());
    if Type::well_known(name).is_none() {
        return Err(unknown());
    }
    let inner = json.get("value").unwrap_or(&Json::Null);
    messages::from_json(name, inner).ok_or_else(unknown)
}

/// The encoding of a value.
///
/// # Errors
/// Where the value is too large, or is nothing that the encoding knows.
pub fn value_to_json(value: &Value) -> Result<Json, WireError> {
    value
        .weight(NODES_MAX)
        .ok_or(WireError::Malformed("value: too large"))?;
    Ok(encode(value))
}

fn encode(value: &Value) -> Json {
    let object = |name: &str, inner: Json| json!({ "object_value": { "@type": format!("type.googleapis.com/{name}"), "value": inner } });
    match value {
        Value::Null => json!({ "null_value": null }),
        Value::Bool(value) => json!({ "bool_value": value }),
        Value::Int(value) => json!({ "int64_value": value.to_string() }),
        Value::Uint(value) => json!({ "uint64_value": value.to_string() }),
        Value::Double(value) => json!({ "double_value": double(*value) }),
        Value::String(text) => json!({ "string_value": &**text }),
        Value::Bytes(bytes) => json!({ "bytes_value": encoders::encode(bytes) }),
        Value::Type(name) => json!({ "type_value": &**name }),
        Value::List(items) if items.is_empty() => json!({ "list_value": {} }),
        Value::List(items) => {
            let items: Vec<Json> = items.iter().map(encode).collect();
            json!({ "list_value": { "values": items } })
        }
        Value::Map(map) if map.is_empty() => json!({ "map_value": {} }),
        Value::Map(map) => {
            let entry = |(key, value): (Key, &Value)| json!({ "key": encode(&key.to_value()), "value": encode(value) });
            let entries: Vec<Json> = map.iter().map(entry).collect();
            json!({ "map_value": { "entries": entries } })
        }
        Value::Timestamp(time) => object("google.protobuf.Timestamp", time.to_string().into()),
        Value::Duration(span) => object("google.protobuf.Duration", span.to_string().into()),
        Value::Optional(None) => {
            json!({ "object_value": { "@type": "type.googleapis.com/optional_type" } })
        }
        Value::Optional(Some(inner)) => object("optional_type", encode(inner)),
        Value::Object(found) => {
            let fields = found
                .fields()
                .map(|(name, value)| (name.to_owned(), encode(value)));
            let mut map: serde_json::Map<String, Json> = fields.collect();
            let url = format!("type.googleapis.com/{}", found.type_name());
            map.insert("@type".to_owned(), url.into());
            json!({ "object_value": map })
        }
        Value::Opaque(opaque) => object(opaque.type_name(), opaque.to_text().into()),
    }
}

fn double(value: f64) -> Json {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.into();
    }
    value.into()
}

/// The type of an encoded one.
///
/// # Errors
/// Says whether the encoding is malformed or names a message type that is not known.
pub fn type_from_json(json: &Json) -> Result<Type, WireError> {
    let malformed = || WireError::Malformed("type");
    let object = json.as_object().ok_or_else(malformed)?;
    let (kind, inner) = object.iter().next().ok_or_else(malformed)?;
    let part = |name: &str| inner.get(name).map_or(Ok(Type::Dyn), type_from_json);
    match kind.as_str() {
        "dyn" => Ok(Type::Dyn),
        "null" => Ok(Type::Null),
        "error" => Ok(Type::Error),
        "primitive" => primitive(inner).ok_or_else(malformed),
        "wrapper" => primitive(inner)
            .map(|inner| Type::Wrapper(Arc::new(inner)))
            .ok_or_else(malformed),
        "well_known" => match inner.as_str() {
            Some("ANY") => Ok(Type::Dyn),
            Some("TIMESTAMP") => Ok(Type::Timestamp),
            Some("DURATION") => Ok(Type::Duration),
            _ => Err(malformed()),
        },
        "list_type" => Ok(Type::list(part("elem_type")?)),
        "map_type" => Ok(Type::map(part("key_type")?, part("value_type")?)),
        "type" => type_from_json(inner)
            .or(Ok(Type::Dyn))
            .map(|inner| Type::Type(Arc::new(inner))),
        "type_param" => inner.as_str().map(Type::param).ok_or_else(malformed),
        "abstract_type" => {
            let name = inner
                .get("name")
                .and_then(Json::as_str)
                .ok_or_else(malformed)?;
            let parameters = inner.get("parameter_types").and_then(Json::as_array);
            let parameters = parameters.into_iter().flatten().map(type_from_json);
            Ok(Type::Opaque(
                name.into(),
                parameters.collect::<Result<_, _>>()?,
            ))
        }
        "message_type" => {
            let name = inner.as_str().ok_or_else(malformed)?;
            Type::well_known(name).ok_or_else(|| WireError::UnknownType(name.to_owned()))
        }
        _ => Err(malformed()),
    }
}

fn primitive(json: &Json) -> Option<Type> {
    Some(match json.as_str()? {
        "BOOL" => Type::Bool,
        "INT64" => Type::Int,
        "UINT64" => Type::Uint,
        "DOUBLE" => Type::Double,
        "STRING" => Type::String,
        "BYTES" => Type::Bytes,
        _ => return None,
    })
}

/// The encoding of a type.
#[must_use]
pub fn type_to_json(ty: &Type) -> Json {
    let primitive = |name: &str| json!({ "primitive": name });
    match ty {
        Type::Dyn => json!({ "dyn": {} }),
        Type::Error => json!({ "error": {} }),
        Type::Null => json!({ "null": null }),
        Type::Bool => primitive("BOOL"),
        Type::Int => primitive("INT64"),
        Type::Uint => primitive("UINT64"),
        Type::Double => primitive("DOUBLE"),
        Type::String => primitive("STRING"),
        Type::Bytes => primitive("BYTES"),
        Type::Timestamp => json!({ "well_known": "TIMESTAMP" }),
        Type::Duration => json!({ "well_known": "DURATION" }),
        Type::Wrapper(inner) => {
            let inner = type_to_json(inner);
            json!({ "wrapper": inner.get("primitive") })
        }
        Type::List(item) => json!({ "list_type": { "elem_type": type_to_json(item) } }),
        Type::Map(key, value) => {
            json!({ "map_type": { "key_type": type_to_json(key), "value_type": type_to_json(value) } })
        }
        Type::Type(inner) => json!({ "type": type_to_json(inner) }),
        Type::Param(name) => json!({ "type_param": &**name }),
        Type::Object(name) => json!({ "message_type": &**name }),
        Type::Opaque(name, parameters) => {
            let parameters: Vec<Json> = parameters.iter().map(type_to_json).collect();
            json!({ "abstract_type": { "name": &**name, "parameter_types": parameters } })
        }
    }
}

/// The overload of an encoded declaration.
///
/// # Errors
/// As [`type_from_json`].
pub fn overload_from_json(json: &Json) -> Result<Overload, WireError> {
    let params = json.get("params").and_then(Json::as_array);
    let params = params.into_iter().flatten().map(type_from_json);
    let result = json
        .get("result_type")
        .ok_or(WireError::Malformed("overload"))?;
    Ok(Overload {
        id: json
            .get("overload_id")
            .and_then(Json::as_str)
            .unwrap_or("")
            .into(),
        member: json
            .get("is_instance_function")
            .and_then(Json::as_bool)
            .unwrap_or(false),
        params: params.collect::<Result<_, _>>()?,
        result: type_from_json(result)?,
    })
}
