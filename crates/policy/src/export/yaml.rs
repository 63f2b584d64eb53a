//! Values as YAML that people read: fields on lines of their own, texts in quotes where they need them.

use serde_json::Value;

/// A document.
pub(super) fn document(value: &Value) -> String {
    let mut out = String::from("---\n");
    node(value, 0, &mut out);
    out
}

fn node(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (position, (key, value)) in fields.iter().enumerate() {
                if position > 0 || indent == 0 {
                    out.push_str(&" ".repeat(indent));
                }
                out.push_str(&scalar(key));
                out.push(':');
                below(value, indent, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (position, item) in items.iter().enumerate() {
                if position > 0 || indent == 0 {
                    out.push_str(&" ".repeat(indent));
                }
                out.push_str("- ");
                node(item, indent + 2, out);
            }
        }
        Value::String(text) => {
            out.push_str(&scalar(text));
            out.push('\n');
        }
        other => {
            out.push_str(&other.to_string());
            out.push('\n');
        }
    }
}

fn below(value: &Value, indent: usize, out: &mut String) {
    let (nested, deeper) = match value {
        Value::Object(fields) => (!fields.is_empty(), indent + 2),
        Value::Array(items) => (!items.is_empty(), indent),
        _ => (false, indent),
    };
    if nested {
        out.push('\n');
        out.push_str(&" ".repeat(deeper));
    } else {
        out.push(' ');
    }
    node(value, deeper, out);
}

/// Plain words stay plain; anything else is a JSON string, which is a YAML string.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte))
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
        );
    if plain {
        text.to_owned()
    } else {
        Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use seawall_config::yaml::{YamlLimits, parse};
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_is_what_is_read() {
        let value = json!({"a": {"b-c": ["x", {"d": "yes", "e": 1}, [], {}], "f": "a: 'b' \"c\"\n"}, "g": true});
        let text = document(&value);
        let parsed = parse(text.as_bytes(), &YamlLimits::default());
        assert!(parsed.flaws.is_empty(), "{text}: {:?}", parsed.flaws);
        let read = crate::expression::value(&parsed.documents[0])
            .to_json()
            .unwrap();
        assert_eq!(read, value, "{text}");
    }
}
