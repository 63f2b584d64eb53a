//! Names from outside in messages: bounded, and without control characters.

/// At most `chars_max` characters of `text`, control characters replaced, an ellipsis where it was
/// cut: what a message may carry of a name that an outsider chose.
#[must_use]
pub fn printable(text: &str, chars_max: usize) -> String {
    let mut short: String = text
        .chars()
        .take(chars_max)
        .map(|letter| {
            if letter.is_control() {
                '\u{fffd}'
            } else {
                letter
            }
        })
        .collect();
    if text.chars().nth(chars_max).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_and_cleaned() {
        assert_eq!(printable("a\u{1b}b", 3), "a\u{fffd}b");
        assert_eq!(printable("abcd", 3), "abc…");
    }
}
