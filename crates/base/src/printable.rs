//! Text from outside where a person reads it: one rule for what must not stand there as it is.
//!
//! Control characters move a terminal's cursor, bidirectional ones reorder a line (CVE-2021-42574),
//! and characters without a shape carry what nobody sees. [`printable`] is for names in messages,
//! [`visible`] for text on which somebody decides.

/// Whether a reader would not see this character for what it is: it acts on the terminal, turns the
/// direction of text, or has no shape of its own.
#[must_use]
pub fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            // Soft hyphen, combining grapheme joiner, Arabic letter mark, fillers without a shape.
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}'
            // Zero width, marks of direction, line and paragraph separators, invisible operators.
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            // Variation selectors, byte order mark, annotation, noncharacters at the end of planes.
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}'
            // Musical formatting, and plane 14: tags and more variation selectors.
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
        )
        || is_private(character)
}

/// Private use has whatever shape the font gives it.
const fn is_private(character: char) -> bool {
    matches!(
        character,
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{ffffd}' | '\u{100000}'..='\u{10fffd}'
    )
}

/// At most `chars_max` characters of `text`, those that [`is_unseen`] replaced, an ellipsis where it
/// was cut: what a message may carry of a name that an outsider chose.
#[must_use]
pub fn printable(text: &str, chars_max: usize) -> String {
    let shown = |letter| match letter {
        unseen if is_unseen(unseen) => '\u{fffd}',
        seen => seen,
    };
    let mut short: String = text.chars().take(chars_max).map(shown).collect();
    if text.chars().nth(chars_max).is_some() {
        short.push('…');
    }
    short
}

/// The whole of `text` with every character that [`is_unseen`] written out as `\u{…}`: what a
/// reviewer is shown. Nothing is lost, and two texts that differ look different.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unseen(character) {
            out.extend(character.escape_unicode());
        } else {
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_cut_and_cleaned() {
        assert_eq!(printable("a\u{1b}b", 3), "a\u{fffd}b");
        assert_eq!(printable("abcd", 3), "abc…");
        assert_eq!(
            printable("a\nb\u{202e}c\u{e0041}d", 9),
            "a\u{fffd}b\u{fffd}c\u{fffd}d"
        );
    }

    #[test]
    fn what_hides_or_reorders_is_written_out_and_words_of_any_script_are_not() {
        assert_eq!(
            visible("pay\u{202e}001\u{200b}"),
            "pay\\u{202e}001\\u{200b}"
        );
        assert_eq!(visible("\u{fe01}\u{e0100}"), "\\u{fe01}\\u{e0100}");
        for plain in ["Zürich €5", "日本語", "שלום", "नमस्ते", "🏦"] {
            assert_eq!(visible(plain), plain);
        }
    }

    proptest! {
        #[test]
        fn nothing_unseen_is_left(text in any::<String>(), most in 0_usize..40) {
            prop_assert!(!printable(&text, most).chars().any(is_unseen));
            prop_assert!(!visible(&text).chars().any(is_unseen));
            prop_assert!(printable(&text, most).chars().count() <= most + 1);
        }
    }
}
