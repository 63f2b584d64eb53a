//! Frames that repeat the one before them but for one text: nearly every frame of a stream.
//!
//! A frame that was read in full, with everything in it inspected, leaves what stands before and
//! after its one text. A frame with the same bytes there says nothing new but its text, which is
//! read strictly and inspected as ever. Whatever differs in anything else is read in full.

use std::borrow::Cow;

/// What frames have in common.
#[derive(Debug)]
pub(crate) struct Repeat {
    before: String,
    after: String,
    /// The choice and the member of its delta that the text belongs to.
    pub(crate) key: (u64, String),
    /// Whether a client would miss nothing without the frame once its text is empty.
    pub(crate) is_hollow: bool,
}

impl Repeat {
    /// Learns from a frame whose only text piece is `text`, the member `key.1` of a delta.
    ///
    /// None where the place of the text is not beyond doubt: the member's name must stand exactly
    /// once, and nothing but the text itself may be written with an escape.
    pub(crate) fn learn(
        data: &str,
        key: (u64, String),
        text: &str,
        is_hollow: bool,
    ) -> Option<Self> {
        let name = format!("\"{}\"", key.1);
        let at = data.find(&name)?;
        let behind = data.get(at + name.len()..)?;
        if behind.contains(&name) {
            return None;
        }
        let literal = behind.trim_start().strip_prefix(':')?.trim_start();
        let literal = literal.strip_prefix('"')?;
        let start = data.len() - literal.len();
        let end = start + end_of(literal)?;
        let (before, after) = (data.get(..start)?, data.get(end..)?);
        let is_plain = !before.contains('\\') && !after.contains('\\');
        (is_plain && read(data.get(start..end)?)? == text).then(|| Self {
            before: before.to_owned(),
            after: after.to_owned(),
            key,
            is_hollow,
        })
    }

    /// The text of a frame that differs in nothing else.
    pub(crate) fn text<'d>(&self, data: &'d str) -> Option<Cow<'d, str>> {
        let rest = data.strip_prefix(self.before.as_str())?;
        let literal = rest.strip_suffix(self.after.as_str())?;
        read(literal)
    }

    /// The same frame with another text.
    pub(crate) fn frame(&self, text: &str) -> String {
        // What is written begins and ends with a quote; so do the two sides of it here.
        let quoted = serde_json::Value::from(text).to_string();
        let inner = quoted.get(1..quoted.len().saturating_sub(1));
        format!("{}{}{}", self.before, inner.unwrap_or_default(), self.after)
    }
}

/// Where the string literal that `rest` begins in ends.
fn end_of(rest: &str) -> Option<usize> {
    let mut escaped = false;
    rest.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })
}

/// What stands between the quotes of a string literal; none where that is not one literal.
fn read(literal: &str) -> Option<Cow<'_, str>> {
    let is_plain = |byte: u8| byte >= 0x20 && byte != b'"' && byte != b'\\';
    if literal.bytes().all(is_plain) {
        return Some(Cow::Borrowed(literal));
    }
    let quoted = format!("\"{literal}\"");
    serde_json::from_str::<String>(&quoted).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn key() -> (u64, String) {
        (0, "content".to_owned())
    }

    fn frame(text: &str) -> String {
        json!({"id": "c", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": null}]})
            .to_string()
    }

    #[test]
    fn a_frame_that_differs_in_its_text_repeats_and_any_other_does_not() {
        let repeat = Repeat::learn(&frame("one"), key(), "one", true).unwrap();
        assert_eq!(
            repeat.text(&frame("two \"x\" é\n")).unwrap(),
            "two \"x\" é\n"
        );
        assert_eq!(repeat.text(&frame("")).unwrap(), "");
        for other in [
            frame("two").replace("\"c\"", "\"d\""),
            frame("two").replace("null", "\"stop\""),
            frame("two").replace("\"index\":0", "\"index\":1"),
            frame("two").replace("two", "a\",\"extra\":\"b"),
            frame("two").replace("two", "a\\"),
            frame("two").replace("two", "a\nb"),
            frame("two").replace("two", "\\ud800"),
            String::new(),
        ] {
            assert_eq!(repeat.text(&other), None, "{other}");
        }
        assert_eq!(repeat.frame("a\"b"), frame("a\"b"));
    }

    #[test]
    fn a_place_that_is_not_beyond_doubt_is_not_learnt() {
        let learn = |data: &str| Repeat::learn(data, key(), "a", true);
        assert!(learn(r#"{"choices":[{"delta":{ "content" : "a" }}]}"#).is_some());
        for data in [
            r#"{"x":{"content":"a"},"choices":[{"delta":{"content":"a"}}]}"#,
            r#"{"x":{"content":"a"},"choices":[{"delta":{"cont\u0065nt":"a"}}]}"#,
            r#"{"choices":[{"delta":{"content":"b"}}]}"#,
            r#"{"choices":[{"delta":{"content":7}}]}"#,
            r#"{"x\"content":"a"}"#,
            "",
        ] {
            assert!(learn(data).is_none(), "{data}");
        }
    }

    proptest! {
        #[test]
        fn a_repeated_frame_is_what_a_full_read_gives(first in "[a-z \\\\\"é\n]{0,9}", next in "\\PC{0,9}", cut in 0_usize..80) {
            let learnt = Repeat::learn(&frame(&first), key(), &first, true);
            let repeat = learnt.unwrap();
            let data = frame(&next);
            let text = repeat.text(&data).map(Cow::into_owned);
            prop_assert_eq!(text, Some(next.clone()));
            let again: Value = serde_json::from_str(&repeat.frame(&next)).unwrap();
            prop_assert_eq!(again, serde_json::from_str::<Value>(&data).unwrap());
            // Whatever is cut or spliced, what is taken for a repetition is JSON with that text.
            let spliced: String = data.chars().take(cut).chain(frame(&first).chars().skip(cut)).collect();
            if let Some(text) = repeat.text(&spliced) {
                let value: Value = serde_json::from_str(&spliced).unwrap();
                prop_assert_eq!(value.pointer("/choices/0/delta/content"), Some(&Value::from(text.as_ref())));
            }
        }
    }
}
