//! Identity numbers with letters among their digits: a pattern of one word, and what makes it valid.

use super::checks::{chinese, is_date, italian, letter_of, mexican, number, singaporean, weighed};

/// One kind of number.
pub(super) struct Kind {
    /// What stands instead of it.
    pub(super) label: &'static str,
    /// `9` a digit, `A` a letter, `*` either, `-` a hyphen that may be missing; anything else itself.
    pattern: &'static str,
    /// Words one of which has to stand before it; none where the checksum says enough.
    pub(super) words: &'static [&'static str],
    /// Whether its letters and digits can be such a number.
    valid: fn(&[u8]) -> bool,
}

impl Kind {
    /// Bytes at the beginning of `text` that are such a number.
    pub(super) fn length(&self, text: &[u8]) -> Option<usize> {
        let mut compact = [0_u8; 24];
        let (mut at, mut count) = (0, 0);
        for mark in self.pattern.bytes() {
            let next = text.get(at).copied();
            if mark == b'-' {
                at += usize::from(next == Some(b'-'));
                continue;
            }
            let next = next?;
            let fits = match mark {
                b'9' => next.is_ascii_digit(),
                b'A' => next.is_ascii_alphabetic(),
                b'*' => next.is_ascii_alphanumeric(),
                other => next.eq_ignore_ascii_case(&other),
            };
            if !fits {
                return None;
            }
            *compact.get_mut(count)? = next;
            count += 1;
            at += 1;
        }
        let ends = text
            .get(at)
            .is_none_or(|next| !next.is_ascii_alphanumeric());
        (ends && (self.valid)(compact.get(..count)?)).then_some(at)
    }

    /// Whether a word of this first byte and length may begin one: the cheap test.
    pub(super) fn may_begin(&self, first: u8, length: usize) -> bool {
        let mark = self.pattern.bytes().next().unwrap_or(b'*');
        let fits = match mark {
            b'9' => first.is_ascii_digit(),
            b'A' => first.is_ascii_alphabetic(),
            other => first.eq_ignore_ascii_case(&other),
        };
        let joint = self.pattern.find('-').unwrap_or(self.pattern.len());
        fits && (length == joint || length == self.pattern.replace('-', "").len())
    }
}

const fn kind(
    label: &'static str,
    pattern: &'static str,
    words: &'static [&'static str],
    valid: fn(&[u8]) -> bool,
) -> Kind {
    Kind {
        label,
        pattern,
        words,
        valid,
    }
}

const PASSPORT: &[&str] = &[
    "passport",
    "reisepass",
    "passeport",
    "pasaporte",
    "passaporto",
];
const LICENCE: &[&str] = &[
    "driving licence",
    "driver s license",
    "drivers license",
    "driver license",
    "driving license",
    "dl number",
];

/// The kinds, by label.
#[rustfmt::skip]
pub(super) static KINDS: &[Kind] = &[
    kind("[cn-resident-id]", "99999999999999999*", &[], chinese),
    kind("[driving-licence]", "A9999999", LICENCE, |_| true),
    kind("[driving-licence]", "A99999999999999", LICENCE, |_| true),
    kind("[es-dni]", "99999999-A", &[], |text| letter_of(number(text, 0..8) % 23, SPANISH, last(text))),
    kind("[es-nie]", "A9999999-A", &[], |text| {
        let lead = match text.first().map(u8::to_ascii_uppercase) {
            Some(b'X') => 0,
            Some(b'Y') => 10_000_000,
            Some(b'Z') => 20_000_000,
            _ => return false,
        };
        letter_of((lead + number(text, 1..8)) % 23, SPANISH, last(text))
    }),
    kind("[fi-hetu]", "999999-999*", &[], |text| is_date(text, 2, 0) && letter_of(number(&[text.get(..6).unwrap_or_default(), text.get(6..9).unwrap_or_default()].concat(), 0..9) % 31, b"0123456789ABCDEFHJKLMNPRSTUVWXY", last(text))),
    kind("[gb-nino]", "AA999999A", &[], british),
    kind("[gb-passport]", "999999999", PASSPORT, |_| true),
    kind("[ie-pps]", "9999999A", &["pps", "ppsn", "personal public service"], |text| letter_of(u64::from(weighed(text, &[8, 7, 6, 5, 4, 3, 2])) % 23, IRISH, last(text))),
    kind("[in-pan]", "AAAAA9999A", &[], |text| matches!(text.get(3).map(u8::to_ascii_uppercase), Some(b'P' | b'C' | b'H' | b'F' | b'A' | b'T' | b'B' | b'L' | b'J' | b'G')) && text.iter().all(|byte| !byte.is_ascii_lowercase())),
    kind("[it-fiscal-code]", "AAAAAA99A99A999A", &[], italian),
    kind("[mx-curp]", "AAAA999999AAAAAA**", &[], mexican),
    kind("[passport]", "A99999999", PASSPORT, |_| true),
    kind("[passport]", "A9999999", PASSPORT, |_| true),
    kind("[passport]", "AA9999999", PASSPORT, |_| true),
    kind("[passport]", "99AA99999", PASSPORT, |_| true),
    kind("[sg-nric]", "A9999999A", &[], |text| matches!(text.first().map(u8::to_ascii_uppercase), Some(b'S' | b'T' | b'F' | b'G' | b'M')) && singaporean(text)),
];

const SPANISH: &[u8] = b"TRWAGMYFPDXBNJZSQVHLCKE";
const IRISH: &[u8] = b"WABCDEFGHIJKLMNOPQRSTUV";

fn last(text: &[u8]) -> u8 {
    text.last().copied().unwrap_or_default()
}

/// Prefixes that were never given out are none; there is no checksum.
fn british(text: &[u8]) -> bool {
    let upper: Vec<u8> = text.iter().map(u8::to_ascii_uppercase).collect();
    let prefix = upper.get(..2).unwrap_or_default();
    let given = !matches!(
        prefix,
        b"BG" | b"GB" | b"NK" | b"KN" | b"TN" | b"NT" | b"ZZ"
    );
    given
        && prefix.iter().all(|letter| !b"DFIQUV".contains(letter))
        && prefix.get(1) != Some(&b'O')
        && matches!(upper.last(), Some(b'A'..=b'D'))
}
