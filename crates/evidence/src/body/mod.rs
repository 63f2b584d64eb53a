//! The typed bodies of entries, one file each, and the reader they share.
//!
//! Bodies are written by hand rather than derived: the wire form is a promise to auditors, and a
//! renamed Rust field must not change it. Fields that a body does not know are passed over.

pub mod alert;
pub mod assessment;
pub mod campaign;
pub mod change_review;
pub mod decision;
pub mod hold;
pub mod key;
pub mod pin;
pub mod scan;
pub mod settlement;
pub mod start;
pub mod trial;
pub mod verdict;

use seawall_base::{Digest, Timestamp};
use serde_json::{Map, Value};

/// A field of a body is missing or is not what it should be.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{field}` is not {expected}")]
pub struct BodyError {
    field: String,
    expected: &'static str,
}

/// Reads the fields of one JSON object; every error names the field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    pub(crate) fn of(value: &'a Value) -> Result<Self, BodyError> {
        value
            .as_object()
            .map(Self)
            .ok_or_else(|| error("body", "an object"))
    }

    pub(crate) fn value(&self, name: &str) -> Result<&'a Value, BodyError> {
        self.0.get(name).ok_or_else(|| error(name, "present"))
    }

    pub(crate) fn object(&self, name: &str) -> Result<Self, BodyError> {
        self.read(name, "an object", |value| value.as_object().map(Self))
    }

    pub(crate) fn text(&self, name: &str) -> Result<&'a str, BodyError> {
        self.read(name, "a string", Value::as_str)
    }

    pub(crate) fn owned(&self, name: &str) -> Result<String, BodyError> {
        self.text(name).map(str::to_owned)
    }

    pub(crate) fn number(&self, name: &str) -> Result<u64, BodyError> {
        self.read(name, "a whole number", Value::as_u64)
    }

    pub(crate) fn real(&self, name: &str) -> Result<f64, BodyError> {
        self.read(name, "a number", Value::as_f64)
    }

    pub(crate) fn flag(&self, name: &str) -> Result<bool, BodyError> {
        self.read(name, "true or false", Value::as_bool)
    }

    pub(crate) fn digest(&self, name: &str) -> Result<Digest, BodyError> {
        self.read(name, "a digest", |value| value.as_str()?.parse().ok())
    }

    pub(crate) fn timestamp(&self, name: &str) -> Result<Timestamp, BodyError> {
        self.read(name, "a time", |value| value.as_str()?.parse().ok())
    }

    /// A 64-bit number written as a string, so that readers that hold doubles do not round it.
    pub(crate) fn wide(&self, name: &str) -> Result<u64, BodyError> {
        self.read(name, "a whole number in a string", |value| {
            value.as_str()?.parse().ok()
        })
    }

    /// A string out of a closed list.
    pub(crate) fn word<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&'a str) -> Option<T>,
    ) -> Result<T, BodyError> {
        self.read(name, "a known word", |value| parse(value.as_str()?))
    }

    /// Reads with `read` unless the field is absent or null.
    pub(crate) fn optional<T>(
        &self,
        name: &str,
        read: impl FnOnce(&Self, &str) -> Result<T, BodyError>,
    ) -> Result<Option<T>, BodyError> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(_) => read(self, name).map(Some),
        }
    }

    /// A list whose items are read with `read`.
    pub(crate) fn list<T>(
        &self,
        name: &str,
        read: impl FnMut(&'a Value) -> Result<T, BodyError>,
    ) -> Result<Vec<T>, BodyError> {
        self.read(name, "a list", Value::as_array)?
            .iter()
            .map(read)
            .collect()
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Vec<String>, BodyError> {
        self.list(name, |item| {
            item.as_str()
                .map(str::to_owned)
                .ok_or_else(|| error(name, "a list of strings"))
        })
    }

    fn read<T>(
        &self,
        name: &str,
        expected: &'static str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<T, BodyError> {
        self.0
            .get(name)
            .and_then(read)
            .ok_or_else(|| error(name, expected))
    }
}

pub(crate) fn error(field: &str, expected: &'static str) -> BodyError {
    BodyError {
        field: field.to_owned(),
        expected,
    }
}

/// Defines an enum without data together with its words on the wire.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// Every variant, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word on the wire and in reports.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The variant that a word stands for.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|variant| variant.as_str() == word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }
    };
}
pub(crate) use words;
