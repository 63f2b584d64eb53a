//! Object types: which fields they have, and of which type.

use std::sync::Arc;

use crate::types::Type;
use crate::value::Value;

/// A field as the checker knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldType {
    /// Its type.
    pub ty: Type,
    /// The key under which values hold it, which differs from the name in the expression where the
    /// name needs escaping.
    pub key: Arc<str>,
}

impl FieldType {
    /// A field that values hold under its own name.
    #[must_use]
    pub fn plain(name: &str, ty: Type) -> Self {
        Self {
            ty,
            key: name.into(),
        }
    }
}

/// How large a value may be: what the cost model needs to know of a schema.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SizeRange {
    /// At least.
    pub min: u64,
    /// At most.
    pub max: u64,
}

/// Object types that an environment knows.
pub trait TypeProvider: std::fmt::Debug + Send + Sync {
    /// Whether there is a type of this name.
    fn has_type(&self, name: &str) -> bool;

    /// A field of a type.
    fn field(&self, type_name: &str, field: &str) -> Option<FieldType>;

    /// Whether expressions may write `name{field: value}`.
    fn is_constructible(&self, _name: &str) -> bool {
        false
    }

    /// How large the value at a path may be. The first part is a variable, the others are fields,
    /// `@items`, `@keys` and `@values`.
    fn size(&self, _path: &[Arc<str>]) -> Option<SizeRange> {
        None
    }

    /// The value of a constant such as an enumeration's.
    fn constant(&self, _name: &str) -> Option<Value> {
        None
    }
}
