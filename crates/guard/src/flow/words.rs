//! Words as hashes, character by character, so that whole texts and streams agree on them.
//!
//! A word is a run of letters and digits without regard to case. Scripts without spaces between words
//! give one word per character.

/// One word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Word {
    /// Hash of its lower-case letters; never 0.
    pub(crate) hash: u32,
    /// Where it begins.
    pub(crate) start: usize,
    /// What it weighs: its letters, more for a script in which one character is a word.
    pub(crate) weight: u32,
}

/// Cuts what it is fed into words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cutter {
    hash: u32,
    start: usize,
    weight: u32,
}

/// A character of Han, kana or Hangul says about as much as this many letters.
const IDEOGRAPH_WEIGHT: u32 = 3;
const SEED: u32 = 0x811C_9DC5;
const PRIME: u32 = 0x0100_0193;

impl Default for Cutter {
    fn default() -> Self {
        Self {
            hash: SEED,
            start: 0,
            weight: 0,
        }
    }
}

impl Cutter {
    /// Takes one character; `end` takes the words that it completes, at most two.
    pub(crate) fn feed(&mut self, character: char, place: usize, mut end: impl FnMut(Word)) {
        if character.is_ascii_alphanumeric() {
            self.letter(u32::from(character.to_ascii_lowercase()), place);
            return;
        }
        if character.is_ascii() || !character.is_alphanumeric() {
            self.close(end);
            return;
        }
        if is_ideograph(character) {
            self.close(&mut end);
            self.letter(u32::from(character), place);
            self.weight = IDEOGRAPH_WEIGHT;
            self.close(end);
            return;
        }
        for lower in character.to_lowercase() {
            self.letter(u32::from(lower), place);
        }
    }

    /// Ends the word that is open.
    pub(crate) fn close(&mut self, mut end: impl FnMut(Word)) {
        if self.weight > 0 {
            end(Word {
                hash: self.hash | 1,
                start: self.start,
                weight: self.weight,
            });
            *self = Self::default();
        }
    }

    /// Where the open word begins.
    pub(crate) const fn open(&self) -> Option<usize> {
        if self.weight > 0 {
            Some(self.start)
        } else {
            None
        }
    }

    const fn letter(&mut self, code: u32, place: usize) {
        if self.weight == 0 {
            self.start = place;
        }
        self.hash = (self.hash ^ code).wrapping_mul(PRIME);
        self.weight = self.weight.saturating_add(1);
    }
}

const fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}' | '\u{20000}'..='\u{3FFFF}')
}

/// The words of a whole text.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut out = Vec::with_capacity(text.len() / 6 + 2);
    let mut cutter = Cutter::default();
    for (place, character) in text.char_indices() {
        cutter.feed(character, place, |word| out.push(word));
    }
    cutter.close(|word| out.push(word));
    out
}

/// The hash of one lower-case word, to compare with [`Word::hash`].
pub(crate) const fn hash_of(word: &str) -> u32 {
    let bytes = word.as_bytes();
    let mut rest = bytes;
    let mut hash = SEED;
    while let Some((first, tail)) = rest.split_first() {
        hash = (hash ^ *first as u32).wrapping_mul(PRIME);
        rest = tail;
    }
    hash | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_marks_do_not_matter_and_ideographs_stand_alone() {
        let hashes = |text: &str| words(text).iter().map(|word| word.hash).collect::<Vec<_>>();
        assert_eq!(hashes("Never, EVER!"), hashes("never ever"));
        assert_eq!(hashes("never"), [hash_of("never")]);
        assert_eq!(words("日本 x").len(), 3);
        assert_eq!(words("ab cd").get(1).map(|word| word.start), Some(3));
    }
}
