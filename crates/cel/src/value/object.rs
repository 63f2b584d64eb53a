//! Objects with declared fields, such as `Object{}` and `JSONPatch{}` of mutating policies.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::value::Value;

/// An object of a declared type.
#[derive(Clone, Debug)]
pub struct Object {
    name: Arc<str>,
    fields: BTreeMap<Arc<str>, Value>,
}

impl Object {
    /// An object without fields.
    #[must_use]
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            fields: BTreeMap::new(),
        }
    }

    /// The name of its type.
    #[must_use]
    pub fn type_name(&self) -> &str {
        &self.name
    }

    /// A field that is set.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Value> {
        self.fields.get(name)
    }

    /// Sets a field.
    pub fn set(&mut self, name: impl Into<Arc<str>>, value: Value) {
        self.fields.insert(name.into(), value);
    }

    /// The fields that are set, by name.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.fields.iter().map(|(name, value)| (&**name, value))
    }
}
