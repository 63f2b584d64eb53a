//! The values of variables for one evaluation.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::value::Value;

/// Variables and their values.
#[derive(Clone, Debug, Default)]
pub struct Bindings {
    values: BTreeMap<Arc<str>, Value>,
}

impl Bindings {
    /// No variables.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Binds a variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.set(name, value);
        self
    }

    /// Binds a variable.
    pub fn set(&mut self, name: &str, value: Value) {
        self.values.insert(name.into(), value);
    }

    /// The names that are bound, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(|name| &**name)
    }

    /// The value of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }
}
