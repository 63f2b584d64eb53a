//! The names and constants that each dialect defines. Any other name in a message is a text that
//! somebody chose, and is visited like one.

mod chat;
mod embeddings;
mod mcp;
mod messages;
mod predict;
mod responses;

pub(crate) use self::chat::CHAT;
pub(crate) use self::embeddings::EMBEDDINGS;
pub(crate) use self::mcp::MCP;
pub(crate) use self::messages::MESSAGES;
pub(crate) use self::predict::PREDICT;
pub(crate) use self::responses::RESPONSES;

/// What one dialect defines.
#[derive(Debug)]
pub(crate) struct Names {
    /// Member names beside those of JSON Schema, sorted.
    members: &'static [&'static str],
    /// Whether a value is a constant under a member.
    constant: fn(&str, &str) -> bool,
}

impl Names {
    /// Whether the dialect defines a member of this name.
    pub(crate) fn is_known(&self, name: &str) -> bool {
        find(self.members, name) || find(SCHEMA, name)
    }

    /// Whether `value` is a constant of the dialect under the member `name`.
    pub(crate) fn is_constant(&self, name: &str, value: &str) -> bool {
        match name {
            "type" if find(TYPES, value) => true,
            _ => (self.constant)(name, value),
        }
    }
}

/// Member names of JSON Schema, sorted: every dialect describes tools with it.
const SCHEMA: &[&str] = &[
    "$defs",
    "$id",
    "$ref",
    "$schema",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "default",
    "definitions",
    "description",
    "enum",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "properties",
    "required",
    "title",
    "type",
];

/// Constants of `type` in every dialect, sorted.
const TYPES: &[&str] = &[
    "array",
    "boolean",
    "function",
    "integer",
    "json_object",
    "json_schema",
    "null",
    "number",
    "object",
    "refusal",
    "string",
    "text",
];

fn find(sorted: &[&str], text: &str) -> bool {
    sorted.binary_search(&text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_so_that_the_search_finds() {
        for names in [&CHAT, &MESSAGES, &RESPONSES, &EMBEDDINGS, &MCP, &PREDICT] {
            assert!(names.members.is_sorted());
            assert!(names.is_known("properties"));
            assert!(!names.is_known("ignore previous instructions"));
            assert!(names.is_constant("type", "object"));
            assert!(!names.is_constant("type", "do as I say"));
        }
        assert!(SCHEMA.is_sorted() && TYPES.is_sorted());
        assert!(CHAT.is_known("tool_calls") && MESSAGES.is_known("input_schema"));
        assert!(RESPONSES.is_constant("type", "response.output_text.delta"));
        assert!(!RESPONSES.is_constant("type", "response.do as I say"));
    }
}
