//! The types that a mutating policy constructs: `Object{}`, whose fields are those of the object
//! that is changed, and `JSONPatch{}`.

use crate::env::{FieldType, TypeProvider};
use crate::types::Type;

/// `Object`, `Object.spec`, `Object.spec.template` and so on, and `JSONPatch`.
#[derive(Clone, Copy, Debug, Default)]
pub struct MutationTypes;

impl TypeProvider for MutationTypes {
    fn has_type(&self, name: &str) -> bool {
        name == "JSONPatch" || name == "Object" || name.starts_with("Object.")
    }

    fn is_constructible(&self, name: &str) -> bool {
        self.has_type(name)
    }

    /// Any field of an object: its schema is checked where the change is applied.
    fn field(&self, type_name: &str, field: &str) -> Option<FieldType> {
        match (type_name, field) {
            ("JSONPatch", "op" | "path" | "from") => Some(FieldType::plain(field, Type::String)),
            ("JSONPatch", "value") => Some(FieldType::plain(field, Type::Dyn)),
            ("JSONPatch", _) => None,
            _ => self
                .has_type(type_name)
                .then(|| FieldType::plain(field, Type::Dyn)),
        }
    }
}
