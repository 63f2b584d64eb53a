//! Types as the checker knows them.

use std::fmt;
use std::sync::Arc;

/// A type.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Type {
    /// Known at evaluation only.
    Dyn,
    /// What the checker gives an expression that it has already complained about.
    Error,
    /// `null`.
    Null,
    /// Booleans.
    Bool,
    /// 64-bit integers.
    Int,
    /// 64-bit unsigned integers.
    Uint,
    /// 64-bit floating point.
    Double,
    /// Unicode text.
    String,
    /// Octets.
    Bytes,
    /// A point in time.
    Timestamp,
    /// A span of time.
    Duration,
    /// A primitive that may be null.
    Wrapper(Arc<Self>),
    /// A list.
    List(Arc<Self>),
    /// A map.
    Map(Arc<Self>, Arc<Self>),
    /// The type of types.
    Type(Arc<Self>),
    /// A parameter of a function's signature.
    Param(Arc<str>),
    /// An opaque type such as `optional_type` or `net.IP`, with its parameters.
    Opaque(Arc<str>, Arc<[Self]>),
    /// An object with declared fields.
    Object(Arc<str>),
}

/// The name of the type of optional values.
pub(crate) const OPTIONAL: &str = "optional_type";

impl Type {
    /// A list of `item`.
    #[must_use]
    pub fn list(item: Self) -> Self {
        Self::List(Arc::new(item))
    }

    /// A map from `key` to `value`.
    #[must_use]
    pub fn map(key: Self, value: Self) -> Self {
        Self::Map(Arc::new(key), Arc::new(value))
    }

    /// An optional `inner`.
    #[must_use]
    pub fn optional(inner: Self) -> Self {
        Self::Opaque(OPTIONAL.into(), [inner].into())
    }

    /// An opaque type without parameters.
    #[must_use]
    pub fn opaque(name: &str) -> Self {
        Self::Opaque(name.into(), [].into())
    }

    /// An object type.
    #[must_use]
    pub fn object(name: &str) -> Self {
        Self::Object(name.into())
    }

    pub(crate) fn param(name: &str) -> Self {
        Self::Param(name.into())
    }

    pub(crate) fn of_type(inner: Self) -> Self {
        Self::Type(Arc::new(inner))
    }

    /// The type of a message of the standard library of Protocol Buffers.
    #[must_use]
    pub fn well_known(name: &str) -> Option<Self> {
        let wrapper = |inner: Self| Some(Self::Wrapper(Arc::new(inner)));
        match name.strip_prefix("google.protobuf.")? {
            "Any" | "Value" => Some(Self::Dyn),
            "BoolValue" => wrapper(Self::Bool),
            "BytesValue" => wrapper(Self::Bytes),
            "DoubleValue" | "FloatValue" => wrapper(Self::Double),
            "Int32Value" | "Int64Value" => wrapper(Self::Int),
            "UInt32Value" | "UInt64Value" => wrapper(Self::Uint),
            "StringValue" => wrapper(Self::String),
            "ListValue" => Some(Self::list(Self::Dyn)),
            "Struct" => Some(Self::map(Self::String, Self::Dyn)),
            "Duration" => Some(Self::Duration),
            "Timestamp" => Some(Self::Timestamp),
            "NullValue" => Some(Self::Null),
            _ => None,
        }
    }

    /// The type inside an optional.
    #[must_use]
    pub fn unwrap_optional(&self) -> Option<&Self> {
        match self {
            Self::Opaque(name, parameters) if &**name == OPTIONAL => parameters.first(),
            _ => None,
        }
    }

    pub(crate) const fn is_dyn(&self) -> bool {
        matches!(self, Self::Dyn | Self::Error)
    }

    /// Whether `null` is a value of the type.
    pub(crate) const fn is_nullable(&self) -> bool {
        matches!(
            self,
            Self::Null
                | Self::Wrapper(_)
                | Self::Opaque(..)
                | Self::Object(_)
                | Self::Timestamp
                | Self::Duration
        )
    }

    /// The types directly inside this one.
    pub(crate) fn children(&self) -> Vec<&Self> {
        match self {
            Self::List(item) | Self::Wrapper(item) | Self::Type(item) => vec![item],
            Self::Map(key, value) => vec![key, value],
            Self::Opaque(_, parameters) => parameters.iter().collect(),
            _ => Vec::new(),
        }
    }

    /// The type with `change` applied to the types directly inside it.
    pub(crate) fn with_children(&self, change: &mut dyn FnMut(&Self) -> Self) -> Self {
        match self {
            Self::List(item) => Self::List(Arc::new(change(item))),
            Self::Wrapper(item) => Self::Wrapper(Arc::new(change(item))),
            Self::Type(item) => Self::Type(Arc::new(change(item))),
            Self::Map(key, value) => Self::Map(Arc::new(change(key)), Arc::new(change(value))),
            Self::Opaque(name, parameters) => {
                Self::Opaque(Arc::clone(name), parameters.iter().map(change).collect())
            }
            other => other.clone(),
        }
    }

    /// The name that `type()` gives a value of this type.
    #[must_use]
    pub fn runtime_name(&self) -> &str {
        match self {
            Self::Dyn | Self::Param(_) => "dyn",
            Self::Error => "error",
            Self::Null => "null_type",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Uint => "uint",
            Self::Double => "double",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::Timestamp => "google.protobuf.Timestamp",
            Self::Duration => "google.protobuf.Duration",
            Self::Wrapper(inner) => inner.runtime_name(),
            Self::List(_) => "list",
            Self::Map(..) => "map",
            Self::Type(_) => "type",
            Self::Opaque(name, _) | Self::Object(name) => name,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Param(name) => out.write_str(name),
            Self::Wrapper(inner) => write!(out, "wrapper({inner})"),
            _ => {
                out.write_str(self.runtime_name())?;
                let children = self.children();
                let open = if children.is_empty() { "" } else { "(" };
                let close = if children.is_empty() { "" } else { ")" };
                let children: Vec<String> = children.iter().map(ToString::to_string).collect();
                write!(out, "{open}{}{close}", children.join(", "))
            }
        }
    }
}
