//! Tool definitions that are pinned: what one was when it was first seen, and what has changed since.
//!
//! The raw object counts, every member of it. A server that shows one description to the person who
//! approves it and another one later, or adds a parameter that carries data out, changes the object. Most
//! changes are honest, so a difference says which part changed and where.

use seawall_base::{Digest, canonical_json};
use serde_json::Value;

/// What a definition is pinned by: its canonical form (RFC 8785).
#[must_use]
pub fn canonical(definition: &Value) -> String {
    String::from_utf8(canonical_json(definition)).unwrap_or_default()
}

/// The digest of a definition's canonical form.
#[must_use]
pub fn digest(definition: &Value) -> Digest {
    Digest::of(&canonical_json(definition))
}

/// The part of a definition that changed.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Part {
    /// What the model reads to decide when and how to use the tool.
    Description,
    /// What it takes, or what it returns.
    Schema,
    /// What it says of its own effects.
    Annotations,
    /// Anything else.
    Other,
}

/// What happened to a member.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Change {
    /// It was not there.
    Added,
    /// It is not there any more.
    Removed,
    /// It is another one.
    Changed,
}

/// One difference between two definitions. Where, never what: the texts are an outsider's.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Difference {
    /// The part.
    pub part: Part,
    /// What happened.
    pub change: Change,
    /// JSON pointer of the member.
    pub path: String,
}

/// Differences that are listed.
const DIFFERENCES_MAX: usize = 64;

/// What differs between two definitions; none where they mean the same.
#[must_use]
pub fn differences(old: &Value, new: &Value) -> Vec<Difference> {
    let mut out = Vec::new();
    compare("", old, new, &mut out);
    out.sort();
    out
}

fn compare(path: &str, old: &Value, new: &Value, out: &mut Vec<Difference>) {
    if out.len() >= DIFFERENCES_MAX || canonical(old) == canonical(new) {
        return;
    }
    let (Value::Object(before), Value::Object(after)) = (old, new) else {
        note(path, Change::Changed, out);
        return;
    };
    for (name, value) in before {
        let path = join(path, name);
        match after.get(name) {
            Some(other) => compare(&path, value, other, out),
            None => note(&path, Change::Removed, out),
        }
    }
    for name in after.keys().filter(|name| !before.contains_key(*name)) {
        note(&join(path, name), Change::Added, out);
    }
}

fn note(path: &str, change: Change, out: &mut Vec<Difference>) {
    if out.len() < DIFFERENCES_MAX {
        out.push(Difference {
            part: part(path),
            change,
            path: path.to_owned(),
        });
    }
}

fn join(path: &str, name: &str) -> String {
    format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// A description is one wherever it stands: the model reads those of parameters too.
fn part(path: &str) -> Part {
    let last = path.rsplit('/').next().unwrap_or_default();
    let first = path.split('/').nth(1).unwrap_or_default();
    match (last, first) {
        ("description" | "title", _) | (_, "description" | "title") => Part::Description,
        (_, "inputSchema" | "outputSchema") => Part::Schema,
        (_, "annotations") => Part::Annotations,
        _ => Part::Other,
    }
}

/// What two names of tools have in common that a reader takes for one another: letters and digits alone.
#[must_use]
pub fn alias(name: &str) -> String {
    let plain = name.chars().filter(|mark| mark.is_alphanumeric());
    plain.flat_map(char::to_lowercase).collect()
}

impl std::fmt::Display for Difference {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let part = match self.part {
            Part::Description => "description",
            Part::Schema => "schema",
            Part::Annotations => "annotations",
            Part::Other => "definition",
        };
        let change = match self.change {
            Change::Added => "added",
            Change::Removed => "removed",
            Change::Changed => "changed",
        };
        let path = seawall_base::printable(&self.path, 160);
        write!(formatter, "{part}: {path} {change}")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_difference_says_which_part_changed_and_where() {
        let old = json!({"name": "t", "description": "d", "inputSchema": {"properties":
            {"to": {"type": "string", "description": "x"}}}, "annotations": {"readOnlyHint": true}});
        let mut new = old.clone();
        new["inputSchema"]["properties"]["to"]["description"] = json!("y");
        new["inputSchema"]["properties"]["bcc"] = json!({"type": "string"});
        new["annotations"]["readOnlyHint"] = json!(false);
        let said: Vec<String> = differences(&old, &new)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            said,
            [
                "description: /inputSchema/properties/to/description changed",
                "schema: /inputSchema/properties/bcc added",
                "annotations: /annotations/readOnlyHint changed",
            ]
        );
        assert!(differences(&old, &old).is_empty());
        assert_ne!(digest(&old), digest(&new));
    }

    #[test]
    fn order_of_members_means_nothing_and_every_member_counts() {
        let pinned: Value = serde_json::from_str(r#"{"name":"t","_meta":{"a":1,"b":2}}"#).unwrap();
        let same: Value = serde_json::from_str(r#"{"_meta":{"b":2,"a":1},"name":"t"}"#).unwrap();
        assert_eq!(digest(&pinned), digest(&same));
        let icon = json!({"name": "t", "_meta": {"a": 1, "b": 2}, "icons": []});
        assert_eq!(differences(&pinned, &icon).len(), 1);
    }

    #[test]
    fn names_that_look_alike_are_one() {
        assert_eq!(alias("send_Email"), alias("send-email"));
        assert_ne!(alias("send_email"), alias("send_mail"));
    }

    proptest! {
        #[test]
        fn a_change_anywhere_is_seen(at in "[a-z~/]{1,6}", old in "\\PC{0,5}", new in "\\PC{0,5}") {
            let tool = |text: &str| json!({"name": "t", "inputSchema": {at.clone(): [{"x": text}]}});
            let found = differences(&tool(&old), &tool(&new));
            prop_assert_eq!(found.is_empty(), old == new);
            prop_assert_eq!(digest(&tool(&old)) == digest(&tool(&new)), old == new);
        }
    }
}
