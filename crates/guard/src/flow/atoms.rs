//! The values of an argument or a link that can be looked up in other texts.

use serde_json::Value;

/// The strings and numbers in the arguments of a call, with the name of the member they stand in.
pub(super) fn leaves(arguments: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    match serde_json::from_str::<Value>(arguments) {
        Ok(value) => collect("", &value, 0, &mut out),
        // Whatever reads this leniently reads it as one text.
        Err(_) if !arguments.trim().is_empty() => out.push((String::new(), arguments.to_owned())),
        Err(_) => {}
    }
    out
}

/// Deeper arguments are read as one text.
const DEPTH_MAX: usize = 16;
/// Values of one call that are looked up.
const LEAVES_MAX: usize = 256;

fn collect(name: &str, value: &Value, depth: usize, out: &mut Vec<(String, String)>) {
    if out.len() >= LEAVES_MAX {
        return;
    }
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Array(items) if depth < DEPTH_MAX => {
            for item in items {
                collect(name, item, depth + 1, out);
            }
        }
        Value::Object(fields) if depth < DEPTH_MAX => {
            for (name, item) in fields {
                collect(name, item, depth + 1, out);
            }
        }
        Value::String(text) => out.push((name.to_owned(), text.clone())),
        other => out.push((name.to_owned(), other.to_string())),
    }
}

/// Whether a text without spaces is an e-mail address.
pub(super) fn is_mail(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty() && host.contains('.') && !host.ends_with('.')
    })
}

/// The e-mail addresses in a text.
pub(super) fn mails(text: &str) -> impl Iterator<Item = &str> {
    text.split(|mark: char| {
        mark.is_whitespace() || matches!(mark, ',' | ';' | '<' | '>' | '"' | '\'' | '(' | ')' | ':')
    })
    .map(|part| part.trim_matches(['.', '!', '?']))
    .filter(|part| is_mail(part))
}

/// The web addresses in a text, with where they begin.
pub(super) fn urls(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.match_indices("://").filter_map(|(at, _)| {
        let before = text.get(..at)?;
        let scheme = before
            .bytes()
            .rev()
            .take_while(u8::is_ascii_alphabetic)
            .count();
        let rest = text.get(at - scheme..)?;
        let end = rest
            .find(|mark: char| {
                mark.is_whitespace()
                    || matches!(mark, '"' | '\'' | ')' | '>' | '`' | '|' | '<' | '\\')
            })
            .unwrap_or(rest.len());
        (scheme > 0).then(|| (at - scheme, rest.get(..end).unwrap_or_default()))
    })
}

/// The host of a web address, and what follows it.
pub(super) fn host_of(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let host = authority.rsplit('@').next().unwrap_or_default();
    (host.split(':').next().unwrap_or_default(), tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_addresses_are_found() {
        let found = leaves(r#"{"to":["a@b.example"],"n":3,"deep":{"x":"y"},"t":true}"#);
        let names: Vec<_> = found
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(names, [("to", "a@b.example"), ("n", "3"), ("x", "y")]);
        assert_eq!(leaves("not json").len(), 1);
        assert_eq!(
            mails("Write to <a@b.example>, or c@d.").collect::<Vec<_>>(),
            ["a@b.example"]
        );
        let text = "see ![x](https://u@h.example:8/p?q=1) now";
        let (_, url) = urls(text).next().unwrap();
        assert_eq!(host_of(url), ("h.example", "/p?q=1"));
    }
}
