//! Helpers for JSON patches.

use crate::library::{Library, refused};
use crate::value::Value;

pub(crate) static JSONPATCH: Library = Library {
    overloads: &["string_jsonpatch_escapeKey_string = jsonpatch.escapeKey(string): string"],
    functions: &[("jsonpatch.escapeKey", |context, args| match args {
        [Value::String(key)] => context.text(key.replace('~', "~0").replace('/', "~1")),
        _ => refused(),
    })],
    types: &[],
};
