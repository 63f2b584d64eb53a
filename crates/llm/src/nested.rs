//! JSON inside strings: tool arguments and tool results are documents of their own, and an escape in
//! them hides text from whoever reads only the outer string.

use seawall_base::json::{JsonLimits, parse};
use serde_json::Value;

/// How deep documents inside strings inside documents are opened.
pub(crate) const LEVELS_MAX: usize = 4;

/// Opens a string that holds a strict JSON array or object.
pub(crate) fn open(text: &str) -> Option<Value> {
    let limits = JsonLimits {
        depth_max: 32,
        ..JsonLimits::default()
    };
    let opened = looks_like_document(text).then(|| parse(text.as_bytes(), &limits));
    opened?.ok()
}

/// Whether opening could show text that the string itself does not: only escapes hide anything.
pub(crate) fn hides_text(text: &str) -> bool {
    looks_like_document(text) && text.as_bytes().contains(&b'\\')
}

fn looks_like_document(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Decodes JSON escapes wherever they stand, for a document that only a lenient parser would read.
pub(crate) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(position) = rest.find('\\') {
        let (before, after) = rest.split_at_checked(position).unwrap_or((rest, ""));
        out.push_str(before);
        let (character, length) = escape(after);
        out.push(character);
        rest = after.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Reads one escape at the beginning of `text`: what it means and how many bytes it takes.
fn escape(text: &str) -> (char, usize) {
    let simple = match text.as_bytes().get(1) {
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'"') => '"',
        Some(b'/') => '/',
        Some(b'\\') => '\\',
        Some(b'u') => return unicode_escape(text),
        _ => return ('\\', 1),
    };
    (simple, 2)
}

fn unicode_escape(text: &str) -> (char, usize) {
    let unit = |from: usize| {
        let digits = text.get(from..from.saturating_add(4))?;
        u32::from_str_radix(digits, 16).ok()
    };
    let Some(first) = unit(2) else {
        return ('\\', 1);
    };
    if let Some(character) = char::from_u32(first) {
        return (character, 6);
    }
    let second = text.get(6..8).filter(|pair| *pair == "\\u");
    match second.and_then(|_| unit(8)) {
        Some(low @ 0xdc00..=0xdfff) if first < 0xdc00 => {
            let code = 0x1_0000 + ((first - 0xd800) << 10) + (low - 0xdc00);
            (char::from_u32(code).unwrap_or('\u{fffd}'), 12)
        }
        _ => ('\u{fffd}', 6),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn escapes_decode_even_where_json_is_broken() {
        assert_eq!(
            unescape(r#"{"a":1,"a":"x\u0040y\n\ud83d\ude00\ud800z\q"#),
            "{\"a\":1,\"a\":\"x@y\n😀\u{fffd}z\\q"
        );
    }

    proptest! {
        #[test]
        fn never_panics(text in r#"[\[{\\u0-9a-dA-D"é😀]{0,40}"#) {
            let _ = (unescape(&text), open(&text), hides_text(&text));
        }
    }
}
