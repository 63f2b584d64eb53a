//! The members of an object, each of which has to be taken: what nobody takes has no place.

use std::cell::RefCell;

use seawall_base::ErrorCode;
use serde_json::{Map, Value};

use crate::error::DialectError;

/// An object that is being translated.
pub(super) struct Members<'v> {
    fields: &'v Map<String, Value>,
    at: String,
    taken: RefCell<Vec<&'static str>>,
}

impl<'v> Members<'v> {
    /// The members of `value`, which stands at `at`.
    pub(super) fn of(value: &'v Value, at: impl Into<String>) -> Result<Self, DialectError> {
        let at = at.into();
        let Value::Object(fields) = value else {
            return Err(homeless(&at));
        };
        Ok(Self {
            fields,
            at,
            taken: RefCell::default(),
        })
    }

    /// Takes a member; null is none.
    pub(super) fn take(&self, name: &'static str) -> Option<&'v Value> {
        self.taken.borrow_mut().push(name);
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// Takes a text.
    pub(super) fn text(&self, name: &'static str) -> Option<&'v str> {
        self.take(name).and_then(Value::as_str)
    }

    /// Takes a list; none and null are empty.
    pub(super) fn list(&self, name: &'static str) -> &'v [Value] {
        let list = self.take(name).and_then(Value::as_array);
        list.map_or(&[], Vec::as_slice)
    }

    /// Takes a member that may only say what goes without saying.
    pub(super) fn only(&self, name: &'static str, plain: &[Value]) -> Result<(), DialectError> {
        match self.take(name) {
            Some(value) if !plain.contains(value) => Err(self.homeless(name)),
            _ => Ok(()),
        }
    }

    /// The path of a member.
    pub(super) fn path(&self, name: &str) -> String {
        match self.at.as_str() {
            "" => name.to_owned(),
            at => format!("{at}.{name}"),
        }
    }

    /// The refusal of a member that has no place.
    pub(super) fn homeless(&self, name: &str) -> DialectError {
        homeless(&self.path(name))
    }

    /// Refuses what nobody took.
    pub(super) fn finish(self) -> Result<(), DialectError> {
        self.all_taken()
    }

    /// The same, for an object that is read in several steps.
    pub(super) fn all_taken(&self) -> Result<(), DialectError> {
        let taken = self.taken.borrow();
        let mut left = self
            .fields
            .iter()
            .filter(|(name, value)| !value.is_null() && !taken.contains(&name.as_str()));
        match left.next() {
            // Names that the dialect does not define are somebody's text and are not repeated.
            Some((name, _)) if is_plain(name) => Err(self.homeless(name)),
            Some(_) => Err(homeless(&self.at)),
            None => Ok(()),
        }
    }
}

fn is_plain(name: &str) -> bool {
    name.len() <= 40
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// Refuses what stands at `at`.
pub(super) fn homeless(at: &str) -> DialectError {
    let param = (!at.is_empty()).then(|| at.to_owned());
    DialectError {
        param,
        ..DialectError::whole(
            ErrorCode::UnsupportedContent,
            "This has no place in the dialect of the model's upstream.",
        )
    }
}
