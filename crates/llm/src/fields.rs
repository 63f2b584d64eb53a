//! Reads of single fields, and the refusals that name them.

use seawall_base::ErrorCode;
use seawall_base::json::{JsonLimits, parse};
use serde_json::{Map, Value};

use crate::error::DialectError;

/// Parses a body that must be one JSON object.
pub(crate) fn object(
    bytes: &[u8],
    limits: &JsonLimits,
) -> Result<Map<String, Value>, DialectError> {
    match parse(bytes, limits)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(DialectError::whole(
            ErrorCode::InvalidRequest,
            "The body must be a JSON object.",
        )),
    }
}

/// The model must be named.
pub(crate) fn check_model(fields: &Map<String, Value>) -> Result<(), DialectError> {
    match fields.get("model").and_then(Value::as_str) {
        Some(model) if !model.is_empty() => Ok(()),
        _ => Err(invalid("model", "must be a string that names a model")),
    }
}

/// A text that must be there.
pub(crate) fn text<'v>(
    fields: &'v Map<String, Value>,
    name: &str,
    at: &str,
) -> Result<&'v str, DialectError> {
    let found = fields.get(name).and_then(Value::as_str);
    found.ok_or_else(|| invalid(format!("{at}.{name}"), "must be a string"))
}

/// Whether a field is there and not null.
pub(crate) fn is_set(fields: &Map<String, Value>, name: &str) -> bool {
    fields.get(name).is_some_and(|value| !value.is_null())
}

/// A boolean that is false where it is absent.
pub(crate) fn flag(
    fields: &Map<String, Value>,
    name: &str,
    at: &str,
) -> Result<bool, DialectError> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(value)) => Ok(*value),
        Some(_) => Err(invalid(at, "must be true or false")),
    }
}

/// A whole number, if it is there.
pub(crate) fn count(fields: &Map<String, Value>, name: &str) -> Result<Option<u64>, DialectError> {
    match fields.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value
            .as_u64()
            .map(Some)
            .ok_or_else(|| invalid(name, "must be a whole number of at least 0")),
    }
}

/// Refuses a field that breaks a rule.
pub(crate) fn invalid(param: impl Into<String>, rule: &str) -> DialectError {
    let param = param.into();
    let message = format!("`{param}` {rule}.");
    DialectError::at(ErrorCode::InvalidRequest, param, message)
}

/// Refuses content that nobody here can read.
pub(crate) fn unsupported(param: impl Into<String>) -> DialectError {
    DialectError::at(
        ErrorCode::UnsupportedContent,
        param,
        "Only text content is accepted here: images, audio and files cannot be inspected.",
    )
}
