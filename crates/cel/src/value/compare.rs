//! Equality and order. Numbers compare across their types; everything else of different types is
//! unequal, not an error.

use std::cmp::Ordering;

use crate::value::{Key, Value};

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        let mut unlimited = u64::MAX;
        equal(self, other, &mut unlimited).unwrap_or(false)
    }
}

/// Whether two values are equal, or `None` where `fuel` ran out: values share parts, so that a small
/// expression can build one whose walk would not end.
pub(crate) fn equal(a: &Value, b: &Value, fuel: &mut u64) -> Option<bool> {
    *fuel = fuel.checked_sub(1)?;
    Some(match (a, b) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::String(a), Value::String(b)) => a == b,
        (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            let pairs = a.iter().zip(b.iter());
            a.len() == b.len() && all(pairs, |(a, b)| equal(a, b, fuel))?
        }
        (Value::Map(a), Value::Map(b)) => {
            let same = |(key, value): (Key, &Value)| match b.get(&key.to_value()) {
                Some(other) => equal(value, other, fuel),
                None => Some(false),
            };
            a.len() == b.len() && all(a.iter(), same)?
        }
        (Value::Timestamp(a), Value::Timestamp(b)) => a == b,
        (Value::Duration(a), Value::Duration(b)) => a == b,
        (Value::Type(a), Value::Type(b)) => a == b,
        (Value::Optional(Some(a)), Value::Optional(Some(b))) => equal(a, b, fuel)?,
        (Value::Optional(a), Value::Optional(b)) => a.is_none() && b.is_none(),
        (Value::Object(a), Value::Object(b)) => {
            let pairs = a.fields().zip(b.fields());
            let same = |((a, left), (b, right)): ((&str, &Value), (&str, &Value))| {
                if a == b {
                    equal(left, right, fuel)
                } else {
                    Some(false)
                }
            };
            a.type_name() == b.type_name()
                && a.fields().count() == b.fields().count()
                && all(pairs, same)?
        }
        (Value::Opaque(a), Value::Opaque(b)) => a == b,
        _ => numbers(a, b) == Some(Ordering::Equal),
    })
}

/// Whether `test` holds for all, or `None` as soon as it cannot say.
fn all<T>(items: impl Iterator<Item = T>, mut test: impl FnMut(T) -> Option<bool>) -> Option<bool> {
    for item in items {
        if !test(item)? {
            return Some(false);
        }
    }
    Some(true)
}

impl Value {
    /// The order of two values that have one; `None` for values of unrelated types and for NaN.
    pub(crate) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::String(a), Self::String(b)) => Some(a.cmp(b)),
            (Self::Bytes(a), Self::Bytes(b)) => Some(a.cmp(b)),
            (Self::Timestamp(a), Self::Timestamp(b)) => Some(a.cmp(b)),
            (Self::Duration(a), Self::Duration(b)) => Some(a.cmp(b)),
            _ => numbers(self, other),
        }
    }

    /// Nodes of the value, or `None` where there are more than `max`.
    pub(crate) fn weight(&self, max: u64) -> Option<u64> {
        let (mut nodes, mut open) = (0, vec![self]);
        while let Some(value) = open.pop() {
            nodes += 1;
            if nodes > max {
                return None;
            }
            match value {
                Self::List(items) => open.extend(items.iter()),
                Self::Map(map) => open.extend(map.iter().map(|(_, value)| value)),
                Self::Object(object) => open.extend(object.fields().map(|(_, value)| value)),
                Self::Optional(Some(inner)) => open.push(inner),
                _ => {}
            }
        }
        Some(nodes)
    }

    /// Whether [`Self::order`] is defined for the types of the two.
    pub(crate) fn is_comparable(&self, other: &Self) -> bool {
        let is_nan = |value: &Self| matches!(value, Self::Double(number) if number.is_nan());
        let is_number =
            |value: &Self| matches!(value, Self::Int(_) | Self::Uint(_) | Self::Double(_));
        let one_is_nan = is_nan(self) || is_nan(other);
        (one_is_nan && is_number(self) && is_number(other)) || self.order(other).is_some()
    }
}

fn numbers(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Uint(a), Value::Uint(b)) => Some(a.cmp(b)),
        (Value::Double(a), Value::Double(b)) => a.partial_cmp(b),
        (Value::Int(a), Value::Uint(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
        (Value::Uint(a), Value::Int(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
        (Value::Int(a), Value::Double(b)) => integer_and_double(i128::from(*a), *b),
        (Value::Uint(a), Value::Double(b)) => integer_and_double(i128::from(*a), *b),
        (Value::Double(a), Value::Int(b)) => {
            integer_and_double(i128::from(*b), *a).map(Ordering::reverse)
        }
        (Value::Double(a), Value::Uint(b)) => {
            integer_and_double(i128::from(*b), *a).map(Ordering::reverse)
        }
        _ => None,
    }
}

/// The integer is rounded to a double first, as the specification has it.
fn integer_and_double(integer: i128, double: f64) -> Option<Ordering> {
    (integer as f64).partial_cmp(&double)
}
