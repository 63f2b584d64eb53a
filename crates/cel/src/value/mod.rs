//! Values. Whatever can be large is shared, so that a copy costs a counter.

mod compare;
mod map;
mod object;
mod time;

use std::fmt::Write as _;
use std::sync::Arc;

pub(crate) use crate::value::compare::equal;
pub use crate::value::map::{Key, Map};
pub use crate::value::object::Object;
pub use crate::value::time::{Duration, Timestamp};

use crate::opaque::Opaque;

/// A value of the language.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Value {
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An unsigned integer.
    Uint(u64),
    /// A floating point number.
    Double(f64),
    /// Text.
    String(Arc<str>),
    /// Octets.
    Bytes(Arc<[u8]>),
    /// A list.
    List(Arc<Vec<Self>>),
    /// A map.
    Map(Arc<Map>),
    /// A point in time.
    Timestamp(Timestamp),
    /// A span of time.
    Duration(Duration),
    /// A type, by its name.
    Type(Arc<str>),
    /// A value that may be absent.
    Optional(Option<Arc<Self>>),
    /// An object with declared fields.
    Object(Arc<Object>),
    /// A value that only functions can look into.
    Opaque(Opaque),
}

impl Value {
    /// A list of `values`.
    #[must_use]
    pub fn list(values: Vec<Self>) -> Self {
        Self::List(Arc::new(values))
    }

    /// A text.
    #[must_use]
    pub fn string(text: impl Into<Arc<str>>) -> Self {
        Self::String(text.into())
    }

    /// A value that is present.
    #[must_use]
    pub fn some(value: Self) -> Self {
        Self::Optional(Some(Arc::new(value)))
    }

    /// A value that is absent.
    #[must_use]
    pub const fn none() -> Self {
        Self::Optional(None)
    }

    /// The name that `type()` gives.
    #[must_use]
    pub fn type_name(&self) -> &str {
        match self {
            Self::Null => "null_type",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Uint(_) => "uint",
            Self::Double(_) => "double",
            Self::String(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Timestamp(_) => "google.protobuf.Timestamp",
            Self::Duration(_) => "google.protobuf.Duration",
            Self::Type(_) => "type",
            Self::Optional(_) => crate::types::OPTIONAL,
            Self::Object(object) => object.type_name(),
            Self::Opaque(opaque) => opaque.type_name(),
        }
    }

    /// The value of a JSON document. Numbers become integers where they are integers, as the API
    /// server reads them.
    #[must_use]
    pub fn from_json(json: &serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(*value),
            serde_json::Value::Number(number) => {
                let int = number.as_i64().map(Self::Int);
                let uint = || number.as_u64().map(Self::Uint);
                int.or_else(uint)
                    .unwrap_or_else(|| Self::Double(number.as_f64().unwrap_or(f64::NAN)))
            }
            serde_json::Value::String(text) => Self::string(text.as_str()),
            serde_json::Value::Array(items) => {
                Self::list(items.iter().map(Self::from_json).collect())
            }
            serde_json::Value::Object(fields) => {
                let entry = |(name, value): (&String, _)| {
                    (Key::String(name.as_str().into()), Self::from_json(value))
                };
                Self::Map(Arc::new(fields.iter().map(entry).collect()))
            }
        }
    }

    /// The JSON of a value, where it has one; timestamps, durations, bytes and unsigned integers
    /// take their JSON forms of Protocol Buffers.
    #[must_use]
    pub fn to_json(&self) -> Option<serde_json::Value> {
        Some(match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Int(value) => (*value).into(),
            Self::Uint(value) => (*value).into(),
            Self::Double(value) => serde_json::Number::from_f64(*value)?.into(),
            Self::String(text) => (**text).into(),
            Self::Bytes(bytes) => crate::library::encoders::encode(bytes).into(),
            Self::List(items) => {
                let items: Option<Vec<_>> = items.iter().map(Self::to_json).collect();
                items?.into()
            }
            Self::Map(map) => {
                let entry = |(key, value): (Key, &Self)| Some((key.to_string(), value.to_json()?));
                let entries: Option<serde_json::Map<_, _>> = map.iter().map(entry).collect();
                entries?.into()
            }
            Self::Timestamp(time) => time.to_string().into(),
            Self::Duration(span) => span.to_string().into(),
            Self::Optional(value) => value.as_deref()?.to_json()?,
            Self::Object(object) => {
                let entry =
                    |(name, value): (&str, &Self)| Some((name.to_owned(), value.to_json()?));
                let entries: Option<serde_json::Map<_, _>> = object.fields().map(entry).collect();
                entries?.into()
            }
            Self::Opaque(opaque) => opaque.to_text()?.into(),
            Self::Type(_) => return None,
        })
    }

    /// What `size()` counts, or 1: the measure of the cost model.
    pub(crate) fn cost_size(&self) -> u64 {
        let length = match self {
            Self::String(text) => return text.chars().count() as u64,
            Self::Bytes(bytes) => bytes.len(),
            Self::List(items) => items.len(),
            Self::Map(map) => map.len(),
            Self::Optional(Some(value)) => return value.cost_size(),
            Self::Opaque(opaque) => return opaque.cost_size(),
            _ => 1,
        };
        length as u64
    }

    /// Whether `optional.ofNonZeroValue` leaves the value out.
    pub(crate) fn is_zero(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(value) => !value,
            Self::Int(value) => *value == 0,
            Self::Uint(value) => *value == 0,
            Self::Double(value) => *value == 0.0,
            Self::String(text) => text.is_empty(),
            Self::Bytes(bytes) => bytes.is_empty(),
            Self::List(items) => items.is_empty(),
            Self::Map(map) => map.is_empty(),
            Self::Timestamp(time) => *time == Timestamp::UNIX_EPOCH,
            Self::Duration(span) => span.nanoseconds() == 0,
            Self::Optional(value) => value.is_none(),
            Self::Object(object) => object.fields().next().is_none(),
            Self::Type(_) | Self::Opaque(_) => false,
        }
    }

    /// The text of a message, for a number or a text.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::String(text) => text.to_string(),
            Self::Int(value) => value.to_string(),
            Self::Uint(value) => value.to_string(),
            Self::Double(value) => double_to_text(*value),
            Self::Bool(value) => value.to_string(),
            other => format!("value of type {}", other.type_name()),
        }
    }
}

/// Whether `value` is an integer, and which.
pub(crate) fn double_to_int(value: f64) -> Option<i64> {
    // Two to the power of 63 is a double, and the first beyond the range.
    let in_range = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value);
    (in_range && value.fract() == 0.0).then_some(value as i64)
}

pub(crate) fn double_to_uint(value: f64) -> Option<u64> {
    let in_range = (0.0..18_446_744_073_709_551_616.0).contains(&value);
    (in_range && value.fract() == 0.0).then_some(value as u64)
}

/// The shortest text that reads back as `value`, with an exponent below -4 and from 7 digits on.
pub(crate) fn double_to_text(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return format!("{value}");
    }
    let mut out = String::from(mantissa);
    let sign = if exponent < 0 { '-' } else { '+' };
    // Writing to a text cannot fail.
    let _written = write!(out, "e{sign}{:02}", exponent.abs());
    out
}
