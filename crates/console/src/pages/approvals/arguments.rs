//! The arguments of a held call as a reviewer reads them, beside those that were last approved.

use std::collections::BTreeMap;

use seawall_base::{is_unseen, visible};
use seawall_evidence::decision::Ruling;
use seawall_oversight::{Action, Hold};
use serde_json::Value;

/// One argument, and what became of it since the last approval.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Row {
    /// Its name, or a pointer where arguments nest.
    pub(super) name: String,
    /// Its value; none where it is gone.
    pub(super) value: Option<String>,
    /// The value that was last approved; none where it is new, or nothing was approved.
    pub(super) before: Option<String>,
}

impl Row {
    /// Whether it differs from what was last approved.
    pub(super) fn differs(&self) -> bool {
        self.value != self.before
    }
}

/// The newest call of the same tool by the same requester that a person approved before `hold`.
pub(super) fn last_approved<'a>(holds: &'a [Hold], hold: &Hold) -> Option<&'a Hold> {
    let request = hold.request();
    holds.iter().rev().find(|other| {
        let before = other.request();
        let approved = other
            .ruled()
            .is_some_and(|ruled| ruled.ruling == Ruling::Approved);
        approved
            && before.id != request.id
            && before.action.tool() == request.action.tool()
            && before.requester == request.requester
            && before.opened_at <= request.opened_at
    })
}

/// The arguments by name, each beside its last approved value. Arguments that are no object are one
/// row without a name.
pub(super) fn rows(action: &Action, before: Option<&Action>) -> Vec<Row> {
    let now = leaves(action.arguments());
    let before = before
        .map(|action| leaves(action.arguments()))
        .unwrap_or_default();
    let mut names: Vec<&String> = now.keys().chain(before.keys()).collect();
    names.sort();
    names.dedup();
    let value = |all: &BTreeMap<String, String>, name: &String| all.get(name).cloned();
    names
        .into_iter()
        .map(|name| Row {
            name: name.clone(),
            value: value(&now, name),
            before: value(&before, name),
        })
        .collect()
}

/// How many characters of the arguments a reader would not see for what they are.
pub(super) fn unseen(action: &Action) -> usize {
    let texts = [action.tool(), action.arguments()];
    let characters = texts.iter().flat_map(|text| text.chars());
    characters.filter(|character| is_unseen(*character)).count()
}

fn leaves(arguments: &str) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    match serde_json::from_str::<Value>(arguments) {
        Ok(value) => add("", &value, &mut out),
        Err(_) => drop(out.insert(String::new(), visible(arguments))),
    }
    out
}

fn add(name: &str, value: &Value, out: &mut BTreeMap<String, String>) {
    let below = |key: String| {
        if name.is_empty() {
            key
        } else {
            format!("{name} › {key}")
        }
    };
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                add(&below(label(key)), value, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (position, value) in items.iter().enumerate() {
                add(&below((position + 1).to_string()), value, out);
            }
        }
        // JSON's own form: a number and the text of a number stay apart.
        other => drop(out.insert(name.to_owned(), visible(&other.to_string()))),
    }
}

/// A key as it is shown: plain where it is a word, else in quotes, so that no key can pass for a
/// position or a path and take the place of another argument.
fn label(key: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "_-.".contains(letter);
    let is_number = key.chars().all(|letter| letter.is_ascii_digit());
    if !is_number && key.chars().all(plain) {
        key.to_owned()
    } else {
        visible(&Value::from(key).to_string())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn row(name: &str, value: Option<&str>, before: Option<&str>) -> Row {
        Row {
            name: name.into(),
            value: value.map(str::to_owned),
            before: before.map(str::to_owned),
        }
    }

    #[test]
    fn changed_new_and_missing_arguments_are_told_apart() {
        let before = Action::new("pay", r#"{"amount":10,"to":{"iban":"A"},"note":"x"}"#);
        let now = Action::new("pay", r#"{"amount":"10","to":{"iban":"A"},"copy":[1,2]}"#);
        assert_eq!(
            rows(&now, Some(&before)),
            [
                row("amount", Some("\"10\""), Some("10")),
                row("copy › 1", Some("1"), None),
                row("copy › 2", Some("2"), None),
                row("note", None, Some("\"x\"")),
                row("to › iban", Some("\"A\""), Some("\"A\"")),
            ]
        );
    }

    #[test]
    fn what_hides_is_written_out_and_counted() {
        let action = Action::new("pay", "{\"no\u{202e}te\":\"a\u{200b}b\"}");
        assert_eq!(
            rows(&action, None),
            [row("\"no\\u{202e}te\"", Some("\"a\\u{200b}b\""), None)]
        );
        assert_eq!(unseen(&action), 2);
    }

    #[test]
    fn no_key_takes_the_place_of_another_argument() {
        let action = Action::new("pay", r#"{"a":{"b":1},"a › b":2,"l":[3],"l › 1":4,"":5}"#);
        let rows = rows(&action, None);
        let mut names: Vec<_> = rows.iter().map(|row| row.name.as_str()).collect();
        names.dedup();
        assert_eq!(names, ["\"\"", "\"a › b\"", "\"l › 1\"", "a › b", "l › 1"]);
    }

    proptest! {
        #[test]
        fn any_arguments_are_shown_without_what_hides(text in any::<String>()) {
            let action = Action::new("t", &text);
            for row in rows(&action, Some(&action)) {
                prop_assert!(!row.differs());
                prop_assert!(!row.name.chars().chain(row.value.unwrap().chars()).any(is_unseen));
            }
        }
    }
}
