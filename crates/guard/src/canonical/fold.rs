//! Stage 0 on characters: what is invisible goes, what looks alike becomes the same, and what was
//! hidden in invisible characters comes out as a text of its own.
//!
//! Plain ASCII, which is most traffic, never comes here.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

use super::confusables;
use super::span_map::Derived;

/// What folding found besides the folded text.
#[derive(Debug, Default)]
pub(crate) struct Folded {
    /// The text as a reader sees it.
    pub(crate) visible: Derived,
    /// The text that tag characters and variation selectors spell.
    pub(crate) hidden: Derived,
    /// Places of characters that are invisible where they stand.
    pub(crate) invisible: Vec<std::ops::Range<usize>>,
    /// Look-alikes of another script inside a Latin word.
    pub(crate) mixed: usize,
    /// A bidirectional override, which shows text in another order than it is stored.
    pub(crate) overrides: usize,
}

/// Folds a text that is not plain ASCII.
pub(crate) fn fold(text: &str) -> Folded {
    let mut folded = Folded::default();
    let mut previous = '\0';
    let mut selectors: Vec<(u8, usize)> = Vec::new();
    let mut flag = false;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let next = characters.peek().map_or('\0', |(_, next)| *next);
        if let Kind::Selector(byte) = kind(character) {
            selectors.push((byte, at));
            continue;
        }
        let beside = [previous, next];
        if !matches!(kind(character), Kind::Invisible) {
            // What has no shape of its own does not part a text that selectors spell.
            if !character.is_whitespace() && !is_combining_mark(character) {
                flush(&mut selectors, &mut folded);
            }
            flag = one(&mut folded, character, at, (beside, flag));
        } else if beside.iter().any(char::is_ascii_alphanumeric) {
            // Joiners between letters of scripts that use them, and in emoji, are spelling.
            folded.invisible.push(at..at + character.len_utf8());
            continue;
        } else {
            continue;
        }
        previous = character;
    }
    flush(&mut selectors, &mut folded);
    folded
}

/// Folds one character that is neither a selector nor invisible; tells whether it is the flag.
fn one(folded: &mut Folded, character: char, at: usize, around: ([char; 2], bool)) -> bool {
    let (beside, flag) = around;
    match kind(character) {
        Kind::Tag(letter) => {
            tag(folded, letter, at, flag);
            return flag;
        }
        Kind::Override => {
            folded.overrides += 1;
            folded.invisible.push(at..at + character.len_utf8());
        }
        Kind::Other if character.is_ascii() => {
            folded.visible.keep(character.encode_utf8(&mut [0; 4]), at);
        }
        Kind::Other | Kind::Selector(_) | Kind::Invisible => {
            let latin = beside.iter().any(char::is_ascii_alphabetic);
            visible(folded, character, at, latin);
        }
    }
    character == FLAG
}

enum Kind {
    Tag(char),
    Selector(u8),
    Override,
    Invisible,
    Other,
}

/// A black flag and tag letters spell the flags of regions: the one honest use of tags.
const FLAG: char = '\u{1F3F4}';

fn kind(character: char) -> Kind {
    let code = u32::from(character);
    match code {
        0xE0020..=0xE007E => Kind::Tag(char::from(u8::try_from(code & 0x7F).unwrap_or(b' '))),
        0xFE00..=0xFE0F => Kind::Selector(u8::try_from(code - 0xFE00).unwrap_or(0)),
        0xE0100..=0xE01EF => Kind::Selector(u8::try_from(code - 0xE0100 + 16).unwrap_or(0)),
        0x202D | 0x202E => Kind::Override,
        0xAD
        | 0x34F
        | 0x61C
        | 0x115F
        | 0x1160
        | 0x17B4
        | 0x17B5
        | 0x180B..=0x180F
        | 0x200B..=0x200F
        | 0x202A..=0x202C
        | 0x2060..=0x206F
        | 0x3164
        | 0xFEFF
        | 0xFFA0
        | 0xFFF9..=0xFFFB
        | 0x1BCA0..=0x1BCA3
        | 0x1D173..=0x1D17A
        | 0xE0000..=0xE0FFF => Kind::Invisible,
        _ => Kind::Other,
    }
}

fn tag(folded: &mut Folded, letter: char, at: usize, flag: bool) {
    if flag {
        return;
    }
    folded.invisible.push(at..at + 4);
    folded.hidden.put_char(letter, at..at + 4);
}

/// Two or more selectors in a row carry bytes: one selector after an emoji is ordinary.
fn flush(selectors: &mut Vec<(u8, usize)>, folded: &mut Folded) {
    if selectors.len() >= SELECTORS_MIN {
        let bytes: Vec<u8> = selectors.iter().map(|(byte, _)| *byte).collect();
        let first = selectors.first().map_or(0, |(_, at)| *at);
        let end = selectors
            .last()
            .map_or(0, |(byte, at)| at + if *byte < 16 { 3 } else { 4 });
        folded.invisible.push(first..end);
        folded
            .hidden
            .put(&String::from_utf8_lossy(&bytes), first..end);
    }
    selectors.clear();
}

const SELECTORS_MIN: usize = 3;

fn visible(folded: &mut Folded, character: char, at: usize, beside_latin: bool) {
    let original = at..at + character.len_utf8();
    if is_combining_mark(character) {
        return;
    }
    if let Some(plain) = confusables::plain(character) {
        if beside_latin && plain.is_ascii_alphabetic() {
            folded.mixed += 1;
        }
        folded.visible.put_char(plain, original);
        return;
    }
    // Han, kana and Hangul have no Latin reading: leave them byte for byte.
    if matches!(u32::from(character), 0x2E80..=0xD7FF)
        && !matches!(u32::from(character), 0x3000..=0x3004 | 0x3200..=0x33FF)
    {
        folded.visible.keep(character.encode_utf8(&mut [0; 4]), at);
        return;
    }
    let visible = &mut folded.visible;
    let mut whole = character != '\u{FFFD}';
    decompose_compatible(character, |part| {
        if is_combining_mark(part) {
            return;
        }
        let part = confusables::plain(part).unwrap_or(part);
        if whole && part == character {
            visible.keep(part.encode_utf8(&mut [0; 4]), at);
        } else if part.is_whitespace() {
            visible.put_char(' ', original.clone());
        } else {
            visible.put_char(part, original.clone());
        }
        whole = false;
    });
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seen(text: &str) -> String {
        fold(text).visible.finish().0
    }

    fn hidden(text: &str) -> String {
        fold(text).hidden.finish().0
    }

    #[test]
    fn styles_marks_and_invisible_characters_fold_to_plain_text() {
        for text in [
            "ｉｇｎｏｒｅ",
            "𝗶𝗴𝗻𝗼𝗿𝗲",
            "𝓲𝓰𝓷𝓸𝓻𝓮",
            "ⓘⓖⓝⓞⓡⓔ",
            "ìĝñöŕé",
            "i\u{200b}g\u{200d}n\u{2060}o\u{feff}r\u{ad}e",
            "i\u{336}g\u{336}n\u{336}o\u{336}r\u{336}e\u{336}",
            "іgnоrе",
            "ıɢɴᴏʀᴇ",
        ] {
            assert_eq!(seen(text).to_lowercase(), "ignore", "{text}");
        }
    }

    #[test]
    fn tags_and_selectors_give_up_what_they_spell() {
        let tags: String = "obey"
            .chars()
            .filter_map(|letter| char::from_u32(0xE0000 + u32::from(letter)))
            .collect();
        assert_eq!(hidden(&format!("hi{tags}")), "obey");
        let selectors: String = "obey"
            .bytes()
            .filter_map(|byte| char::from_u32(0xE0100 + u32::from(byte) - 16))
            .collect();
        assert_eq!(hidden(&format!("😀{selectors}")), "obey");
        assert_eq!(
            hidden("🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F} ❤️"),
            ""
        );
    }

    #[test]
    fn ordinary_scripts_have_nothing_invisible() {
        for text in [
            "naïve café",
            "می‌خواهم",
            "👩‍👩‍👧",
            "Привет, мир",
            "日本語のテキスト",
            "हिन्दी",
        ] {
            let folded = fold(text);
            assert!(folded.invisible.is_empty(), "{text}");
            assert_eq!(folded.mixed, 0, "{text}");
        }
    }

    proptest! {
        #[test]
        fn spans_map_to_character_boundaries(text in "\\PC{0,40}") {
            let (visible, map) = fold(&text).visible.finish();
            for (at, character) in visible.char_indices() {
                let span = map.original(&(at..at + character.len_utf8()));
                prop_assert!(text.get(span.clone()).is_some(), "{span:?}");
            }
        }
    }
}
