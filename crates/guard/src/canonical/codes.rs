//! Texts spelt as lists of codes: hexadecimal pairs, decimal and binary bytes, Morse.

use std::ops::Range;

use super::Origin;
use super::blob::as_text;
use super::span_map::Derived;
use crate::language::Token;

/// Adds a view for every list of codes that spells text.
pub(super) fn decode(text: &str, tokens: &[Token], out: &mut Vec<(Derived, Origin)>) {
    let mut start = 0;
    while start < tokens.len() {
        let run = tokens
            .get(start..)
            .unwrap_or_default()
            .iter()
            .take_while(|token| may_be_code(text, token) && is_code(word(text, token)))
            .count();
        if run >= CODES_MIN
            && let Some((first, last)) = tokens.get(start).zip(tokens.get(start + run - 1))
        {
            let words: Vec<&str> = tokens
                .get(start..start + run)
                .unwrap_or_default()
                .iter()
                .map(|token| word(text, token))
                .collect();
            add(&words, first.span().start..last.span().end, out);
        }
        start += run.max(1);
    }
    if text.contains(".-") || text.contains("-.") {
        morse(text, out);
    }
}

/// Fewer codes spell too little to be worth a view.
const CODES_MIN: usize = 6;

fn word<'a>(text: &'a str, token: &Token) -> &'a str {
    text.get(token.span()).unwrap_or_default()
}

/// One look at the first byte, which rules out nearly every word.
fn may_be_code(text: &str, token: &Token) -> bool {
    let first = text.as_bytes().get(token.start as usize);
    first.is_some_and(|first| match token.end - token.start {
        2 => first.is_ascii_hexdigit(),
        3 => first.is_ascii_digit() || *first == b'x',
        _ => first.is_ascii_digit(),
    })
}

/// Cheap test first: a code begins with a digit or is a pair of hexadecimal digits.
fn is_code(word: &str) -> bool {
    word.len() <= 9
        && (word.bytes().all(|byte| byte.is_ascii_digit())
            || word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
            || word.len() == 4 && word.starts_with("0x")
            || word.len() == 3 && word.starts_with('x'))
}

fn add(words: &[&str], range: Range<usize>, out: &mut Vec<(Derived, Origin)>) {
    let decoded = [2, 16, 10, 8].into_iter().find_map(|base| {
        let bytes: Option<Vec<u8>> = words
            .iter()
            .map(|word| {
                let digits = word.trim_start_matches("0x").trim_start_matches('x');
                let fits = match base {
                    2 => digits.len() >= 7,
                    16 => digits.len() == 2,
                    _ => true,
                };
                fits.then(|| u8::from_str_radix(digits, base).ok())
                    .flatten()
            })
            .collect();
        bytes.and_then(as_text)
    });
    if let Some(decoded) = decoded {
        let mut derived = Derived::default();
        derived.put(&decoded, range);
        out.push((derived, Origin::Decoded));
    }
}

fn morse(text: &str, out: &mut Vec<(Derived, Origin)>) {
    let is_morse = |character: char| matches!(character, '.' | '-' | '/' | '|' | ' ' | '\n');
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find(['.', '-'])) {
        let start = at + found;
        let length = text
            .get(start..)
            .unwrap_or_default()
            .find(|character| !is_morse(character))
            .unwrap_or(text.len() - start);
        let run = text.get(start..start + length).unwrap_or_default();
        let mut decoded = String::new();
        for word in run.split(['/', '|', '\n']) {
            decoded.extend(word.split_whitespace().filter_map(morse_letter));
            decoded.push(' ');
        }
        if decoded.trim().len() >= CODES_MIN
            && decoded.bytes().filter(u8::is_ascii_alphabetic).count() >= CODES_MIN
        {
            let mut derived = Derived::default();
            derived.put(decoded.trim(), start..start + length);
            out.push((derived, Origin::Decoded));
        }
        at = start + length.max(1);
    }
}

fn morse_letter(code: &str) -> Option<char> {
    let position = MORSE.iter().position(|known| *known == code)?;
    char::from_digit(u32::try_from(position).ok()?, 36)
}

/// Digits, then letters: the order of base 36.
static MORSE: [&str; 36] = [
    "-----", ".----", "..---", "...--", "....-", ".....", "-....", "--...", "---..", "----.", ".-",
    "-...", "-.-.", "-..", ".", "..-.", "--.", "....", "..", ".---", "-.-", ".-..", "--", "-.",
    "---", ".--.", "--.-", ".-.", "...", "-", "..-", "...-", ".--", "-..-", "-.--", "--..",
];
