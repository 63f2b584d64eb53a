//! Cuts canonical text into words in one pass and looks every word up once.

use std::ops::Range;

use super::lexicon::{self, Class};

/// One word of a canonical text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    /// First byte.
    pub(crate) start: u32,
    /// One past the last byte.
    pub(crate) end: u32,
    /// Lexical classes and position flags.
    pub(crate) class: Class,
}

impl Token {
    /// The bytes of the word.
    pub(crate) fn span(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Whether the word is one that English text is made of.
pub(crate) fn is_known(token: &Token) -> bool {
    token.class.has(Class::KNOWN)
}

/// Whether a lower-case ASCII word is one that English text is made of.
pub(crate) fn known_word(word: &str) -> bool {
    lexicon::class_of(word.bytes().fold(lexicon::SEED, lexicon::step)).has(Class::KNOWN)
}

/// Cuts `text` into words. Bytes beyond ASCII count as letters.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len() / 5 + 4);
    let mut at = 0;
    let mut first = true;
    while at < bytes.len() {
        let kind = bytes.get(at).map_or(OTHER, |byte| kind_of(*byte));
        if kind & WORD == 0 {
            first |= kind & SENTENCE != 0;
            at += 1;
            continue;
        }
        let (token, end) = word(bytes, at, first);
        out.push(token);
        first = false;
        at = end;
    }
    out
}

fn word(bytes: &[u8], start: usize, first: bool) -> (Token, usize) {
    let mut hash = lexicon::SEED;
    let mut seen = 0_u8;
    let mut upper = 0_u32;
    let rest = bytes.get(start..).unwrap_or_default();
    let mut length = 0;
    for byte in rest {
        let kind = kind_of(*byte);
        if kind & WORD != 0 {
            // The bit of an upper-case letter's kind is the one that makes it a lower-case letter.
            hash = lexicon::step(hash, byte | kind & UPPER);
            upper += u32::from(kind >> UPPER.trailing_zeros() & 1);
            seen |= kind;
        } else if *byte != b'\''
            || rest
                .get(length + 1)
                .is_none_or(|next| kind_of(*next) & WORD == 0)
        {
            break;
        }
        length += 1;
    }
    let end = start + length;
    let mut class = lexicon::class_of(hash);
    // `1gn0re`: letters with digits inside. Ordinary words never land here.
    if seen & DIGIT != 0 && class.is_empty() {
        class = if seen & LETTER == 0 {
            Class::NUMBER
        } else {
            unleet(bytes.get(start..end).unwrap_or_default())
        };
    }
    if first {
        class = class.with(Class::FIRST);
    }
    if upper > 2 && upper as usize == end - start {
        class = class.with(Class::CAPITALS);
    }
    let token = Token {
        start: u32::try_from(start).unwrap_or(u32::MAX),
        end: u32::try_from(end).unwrap_or(u32::MAX),
        class,
    };
    (token, end)
}

/// The classes of the word that digits stand in for letters of, if it is one we know.
fn unleet(word: &[u8]) -> Class {
    for one in [b'i', b'l'] {
        let mut hash = lexicon::SEED;
        for byte in word {
            hash = lexicon::step(hash, plain_of_leet(byte.to_ascii_lowercase(), one));
        }
        let class = lexicon::class_of(hash);
        if class.has(Class::KNOWN) {
            return class.with(Class::LEET);
        }
    }
    Class::EMPTY
}

/// The letter that a digit or sign is drawn for; `one` is what `1` and `|` stand for.
pub(crate) const fn plain_of_leet(byte: u8, one: u8) -> u8 {
    match byte {
        b'0' => b'o',
        b'1' | b'|' | b'!' => one,
        b'2' => b'z',
        b'3' => b'e',
        b'4' | b'@' => b'a',
        b'5' | b'$' => b's',
        b'6' | b'9' => b'g',
        b'7' | b'+' => b't',
        b'8' => b'b',
        other => other,
    }
}

const WORD: u8 = 1;
const DIGIT: u8 = 2;
const SENTENCE: u8 = 4;
const LETTER: u8 = 8;
/// Not a flag of its own choosing: what an upper-case letter lacks to be a lower-case one.
const UPPER: u8 = 0x20;
const OTHER: u8 = 0;

#[inline]
fn kind_of(byte: u8) -> u8 {
    KINDS.get(usize::from(byte)).copied().unwrap_or(OTHER)
}

static KINDS: [u8; 256] = {
    let mut table = [OTHER; 256];
    let mut code = 0_usize;
    while code < 256 {
        let byte = code as u8;
        #[expect(
            clippy::indexing_slicing,
            reason = "evaluated by the compiler, bounded by the loop"
        )]
        {
            table[code] = match byte {
                b'0'..=b'9' => WORD | DIGIT,
                b'A'..=b'Z' => WORD | LETTER | UPPER,
                b'a'..=b'z' | 0x80..=0xFF => WORD | LETTER,
                b'.' | b'!' | b'?' | b'\n' | b':' | b';' | b'>' | b']' | b'"' | b'(' | b'*'
                | b'#' | b'|' => SENTENCE,
                _ => OTHER,
            };
        }
        code += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_sentences_apostrophes_and_leet() {
        let text = "Don't stop. 1gn0re h264 X9!";
        let tokens = tokens(text);
        let words: Vec<_> = tokens
            .iter()
            .map(|token| text.get(token.span()).unwrap())
            .collect();
        assert_eq!(words, ["Don't", "stop", "1gn0re", "h264", "X9"]);
        assert!(tokens[0].class.has(Class::NEGATION));
        assert!(tokens[2].class.has(Class::OVERRIDE) && tokens[2].class.has(Class::LEET));
        assert!(tokens[2].class.has(Class::FIRST) && !tokens[3].class.has(Class::FIRST));
        assert!(!is_known(&tokens[3]));
    }
}
