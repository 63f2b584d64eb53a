//! The visitor's engine: walks a value and yields every string and every undefined name.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::leaf::{Leaf, Place, TextRole};
use crate::names::{self, Names};
use crate::nested;

/// Yields every text of a value whose shape is unknown, such as an upstream's error body.
pub fn visit_any<'a>(value: &'a Value, role: TextRole, sink: &mut dyn FnMut(Leaf<'_, 'a>)) {
    Walker::new(sink, &names::CHAT).walk("", value, role);
}

/// Walks values while it keeps the JSON pointer of where it stands.
pub(crate) struct Walker<'s, 'a> {
    path: String,
    names: &'static Names,
    sink: &'s mut dyn FnMut(Leaf<'_, 'a>),
}

impl<'s, 'a> Walker<'s, 'a> {
    /// A walker at the root of a message of the dialect that defines `names`.
    pub(crate) fn new(sink: &'s mut dyn FnMut(Leaf<'_, 'a>), names: &'static Names) -> Self {
        Self {
            path: String::with_capacity(64),
            names,
            sink,
        }
    }

    /// Runs `step` on every member, with the path extended by its name.
    pub(crate) fn members<'v>(
        &mut self,
        fields: &'v Map<String, Value>,
        mut step: impl FnMut(&mut Self, &'v str, &'v Value),
    ) {
        let length = self.path.len();
        for (name, value) in fields {
            self.path.push('/');
            if name.contains(['~', '/']) {
                self.path
                    .push_str(&name.replace('~', "~0").replace('/', "~1"));
            } else {
                self.path.push_str(name);
            }
            step(self, name, value);
            self.path.truncate(length);
        }
    }

    /// Runs `step` on every item, with the path extended by its position.
    pub(crate) fn items<'v>(
        &mut self,
        items: &'v [Value],
        mut step: impl FnMut(&mut Self, &'v Value),
    ) {
        let length = self.path.len();
        for (position, item) in items.iter().enumerate() {
            self.path.push('/');
            self.path.push_str(&position.to_string());
            step(self, item);
            self.path.truncate(length);
        }
    }

    /// Yields a member's name where the dialect does not define it.
    pub(crate) fn name(&mut self, name: &'a str, role: TextRole) {
        if !self.names.is_known(name) {
            self.yield_leaf(role, Cow::Borrowed(name), Place::Name);
        }
    }

    /// Walks the value of the member `name`, or of no member when it is empty.
    pub(crate) fn walk(&mut self, name: &str, value: &'a Value, role: TextRole) {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
            Value::String(text) => self.text(name, text, role),
            Value::Array(items) => self.items(items, |walker, item| walker.walk(name, item, role)),
            Value::Object(fields) => self.members(fields, |walker, name, value| {
                walker.named(name, value, role);
            }),
        }
    }

    /// Walks a member: its name where the dialect does not define it, and its value.
    pub(crate) fn named(&mut self, name: &'a str, value: &'a Value, role: TextRole) {
        self.name(name, role);
        self.walk(name, value, role);
    }

    /// Yields a text made from what stands here.
    pub(crate) fn derived(&mut self, text: String, role: TextRole) {
        if !text.is_empty() {
            self.yield_leaf(role, Cow::Owned(text), Place::Derived);
        }
    }

    fn text(&mut self, name: &str, text: &'a str, role: TextRole) {
        if self.names.is_constant(name, text) {
            self.yield_leaf(TextRole::Protocol, Cow::Borrowed(text), Place::Value);
            return;
        }
        self.yield_leaf(role, Cow::Borrowed(text), Place::Value);
        if nested::hides_text(text) {
            let outer = self.path.len();
            self.open(text, role, outer, 1);
        }
    }

    /// Opens a document inside a string and yields what its escapes hide.
    fn open(&mut self, text: &str, role: TextRole, outer: usize, level: usize) {
        let Some(document) = nested::open(text).filter(|_| level <= nested::LEVELS_MAX) else {
            self.derived(nested::unescape(text), role);
            return;
        };
        let length = self.path.len();
        self.path.push('#');
        self.inside(&document, role, outer, level);
        self.path.truncate(length);
    }

    fn inside(&mut self, value: &Value, role: TextRole, outer: usize, level: usize) {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
            Value::String(text) => self.inside_text(text, role, outer, level),
            Value::Array(items) => self.items(items, |walker, item| {
                walker.inside(item, role, outer, level);
            }),
            Value::Object(fields) => self.members(fields, |walker, name, value| {
                if !walker.names.is_known(name) {
                    walker.derived(name.to_owned(), role);
                }
                walker.inside(value, role, outer, level);
            }),
        }
    }

    fn inside_text(&mut self, text: &str, role: TextRole, outer: usize, level: usize) {
        let place = if level == 1 {
            Place::Nested { outer }
        } else {
            Place::Derived
        };
        self.yield_leaf(role, Cow::Owned(text.to_owned()), place);
        if nested::hides_text(text) {
            self.open(text, role, outer, level + 1);
        }
    }

    fn yield_leaf(&mut self, role: TextRole, text: Cow<'a, str>, place: Place) {
        (self.sink)(Leaf {
            role,
            path: &self.path,
            text,
            place,
        });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn texts(value: &Value) -> Vec<(String, String)> {
        let mut seen = Vec::new();
        visit_any(value, TextRole::User, &mut |leaf| {
            if leaf.role != TextRole::Protocol {
                seen.push((leaf.path.to_owned(), leaf.text.into_owned()));
            }
        });
        seen
    }

    #[test]
    fn values_names_and_documents_in_strings_are_yielded() {
        let seen = texts(&json!({
            "type": "function",
            "a/b": [1, "x"],
            "arguments": r#"{"to":"x\u0040y","deep":"{\"z\":\"\\u0041\"}"}"#,
            "broken": r#"{"to":"x\u0040y""#,
        }));
        let has = |path: &str, text: &str| seen.contains(&(path.to_owned(), text.to_owned()));
        assert!(has("/a~1b", "a/b") && has("/a~1b/1", "x"), "{seen:?}");
        assert!(has("/arguments#/to", "x@y"), "{seen:?}");
        assert!(has("/arguments#/deep#/z", "A"), "{seen:?}");
        assert!(has("/broken", r#"{"to":"x@y""#), "{seen:?}");
        assert!(!seen.iter().any(|(_, text)| text == "function"));
    }
}
