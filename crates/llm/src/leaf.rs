//! What the visitor yields: one text, the role it plays, and where it stands.

use std::borrow::Cow;

use serde_json::Value;

/// The role that a text plays in a message.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum TextRole {
    /// A constant of the dialect, checked against the closed list of its field.
    Protocol,
    /// The operator's instructions.
    System,
    /// What the user says.
    User,
    /// What the model said in an earlier turn.
    Assistant,
    /// What a tool returned.
    Tool,
    /// A document that the client attaches.
    Document,
    /// Tool definitions and answer schemas.
    ToolDefinition,
    /// Every other field of a request.
    Parameter,
    /// What the model answers.
    Output,
    /// What the model shows of its reasoning.
    Reasoning,
    /// Name, id or arguments of a tool call.
    ToolCall,
}

/// Where a text stands, which decides whether it can be replaced.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// The string at the path.
    Value,
    /// The name of the member at the path.
    Name,
    /// A string inside JSON inside the string at the path up to `outer`.
    Nested {
        /// Length of the outer path; a `#` and the inner path follow.
        outer: usize,
    },
    /// Made from what stands at the path: nested names, unescaped text, joined tokens.
    Derived,
}

/// One text of a message.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Leaf<'p, 'a> {
    /// The role it plays.
    pub role: TextRole,
    /// JSON pointer in the message; `#` and a second pointer follow for nested JSON.
    pub path: &'p str,
    /// The decoded text.
    pub text: Cow<'a, str>,
    /// What kind of place the path names.
    pub place: Place,
}

/// The text cannot be replaced where it stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a text cannot be replaced where it stands")]
pub struct NotEditable;

/// Replaces the text at `path` of `message`.
///
/// # Errors
/// When the place is a name or derived, or the path leads nowhere: the caller must block instead.
pub fn edit(
    message: &mut Value,
    path: &str,
    place: Place,
    text: String,
) -> Result<(), NotEditable> {
    match place {
        Place::Value => {
            let target = message.pointer_mut(path).ok_or(NotEditable)?;
            if !target.is_string() {
                return Err(NotEditable);
            }
            *target = Value::String(text);
            Ok(())
        }
        Place::Nested { outer } => {
            let (outer, inner) = path.split_at_checked(outer).ok_or(NotEditable)?;
            let inner = inner.strip_prefix('#').ok_or(NotEditable)?;
            let Some(Value::String(container)) = message.pointer_mut(outer) else {
                return Err(NotEditable);
            };
            let mut document = crate::nested::open(container).ok_or(NotEditable)?;
            edit(&mut document, inner, Place::Value, text)?;
            *container = document.to_string();
            Ok(())
        }
        Place::Name | Place::Derived => Err(NotEditable),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_are_replaced_where_they_stand() {
        let mut message = json!({"a": ["x"], "arguments": "{\"to\": \"y\\n\"}"});
        edit(&mut message, "/a/0", Place::Value, "1".into()).unwrap();
        let nested = Place::Nested { outer: 10 };
        edit(&mut message, "/arguments#/to", nested, "2".into()).unwrap();
        assert_eq!(message, json!({"a": ["1"], "arguments": "{\"to\":\"2\"}"}));
        for (path, place) in [
            ("/a", Place::Value),
            ("/b", Place::Value),
            ("/a", Place::Name),
            ("/a/0#/x", Place::Nested { outer: 4 }),
            ("/a/0", Place::Nested { outer: 99 }),
        ] {
            let refused = edit(&mut message, path, place, String::new());
            assert_eq!(refused, Err(NotEditable));
        }
    }
}
