//! Maps. Keys of different number types that are equal are the same key. Iteration is in the order of
//! insertion, so that the same expression gives the same bytes.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::error::EvalError;
use crate::value::{Value, double_to_int, double_to_uint};

/// A key of a map.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Key {
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// An unsigned integer.
    Uint(u64),
    /// Text.
    String(Arc<str>),
}

impl Key {
    /// The value that the key stands for in an expression.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Uint(value) => Value::Uint(*value),
            Self::String(text) => Value::String(Arc::clone(text)),
        }
    }

    /// The key that a map literal may hold.
    ///
    /// # Errors
    /// Names the type that cannot be a key.
    pub fn from_value(value: &Value) -> Result<Self, EvalError> {
        Ok(match value {
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Uint(value) => Self::Uint(*value),
            Value::String(text) => Self::String(Arc::clone(text)),
            Value::Null => return Err(EvalError::UnsupportedKey("null_type")),
            Value::Double(_) => return Err(EvalError::UnsupportedKey("double")),
            _ => return Err(EvalError::UnsupportedKey("not a scalar")),
        })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(out),
            Self::Int(value) => value.fmt(out),
            Self::Uint(value) => value.fmt(out),
            Self::String(text) => text.fmt(out),
        }
    }
}

/// Keys that are no text, ordered by number.
#[derive(Clone, Copy, Debug)]
enum Scalar {
    Bool(bool),
    Int(i64),
    Uint(u64),
}

impl Scalar {
    fn rank(self) -> (bool, i128) {
        match self {
            Self::Bool(value) => (false, i128::from(value)),
            Self::Int(value) => (true, i128::from(value)),
            Self::Uint(value) => (true, i128::from(value)),
        }
    }
}

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Scalar {}

impl PartialOrd for Scalar {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Scalar {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

/// A map.
#[derive(Clone, Debug, Default)]
pub struct Map {
    /// The entries as they came.
    entries: Vec<(Key, Value)>,
    /// Where the entry of a key is.
    scalars: BTreeMap<Scalar, usize>,
    strings: BTreeMap<Arc<str>, usize>,
}

impl Map {
    /// Entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn at(&self, index: Option<&usize>) -> Option<&Value> {
        let (_, value) = self.entries.get(*index?)?;
        Some(value)
    }

    /// The value of a text key.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&Value> {
        self.at(self.strings.get(key))
    }

    /// The value of a key; numbers of different types find each other.
    #[must_use]
    pub fn get(&self, key: &Value) -> Option<&Value> {
        let scalar = match key {
            Value::String(text) => return self.text(text),
            Value::Bool(value) => Scalar::Bool(*value),
            Value::Int(value) => Scalar::Int(*value),
            Value::Uint(value) => Scalar::Uint(*value),
            Value::Double(value) => match double_to_int(*value) {
                Some(value) => Scalar::Int(value),
                None => Scalar::Uint(double_to_uint(*value)?),
            },
            _ => return None,
        };
        self.at(self.scalars.get(&scalar))
    }

    /// Puts a value under a key; gives back what stood there.
    pub fn insert(&mut self, key: Key, value: Value) -> Option<Value> {
        let next = self.entries.len();
        let index = match &key {
            Key::String(text) => *self.strings.entry(Arc::clone(text)).or_insert(next),
            Key::Bool(key) => *self.scalars.entry(Scalar::Bool(*key)).or_insert(next),
            Key::Int(key) => *self.scalars.entry(Scalar::Int(*key)).or_insert(next),
            Key::Uint(key) => *self.scalars.entry(Scalar::Uint(*key)).or_insert(next),
        };
        if let Some((_, before)) = self.entries.get_mut(index) {
            return Some(std::mem::replace(before, value));
        }
        self.entries.push((key, value));
        None
    }

    /// Puts a value under a key that must be new.
    pub(crate) fn insert_new(&mut self, key: Key, value: Value) -> Result<(), EvalError> {
        let name = key.to_string();
        match self.insert(key, value) {
            None => Ok(()),
            Some(_) => Err(EvalError::RepeatedKey(name)),
        }
    }

    /// The entries in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = (Key, &Value)> {
        self.entries.iter().map(|(key, value)| (key.clone(), value))
    }
}

impl FromIterator<(Key, Value)> for Map {
    fn from_iter<I: IntoIterator<Item = (Key, Value)>>(entries: I) -> Self {
        let mut map = Self::default();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}
