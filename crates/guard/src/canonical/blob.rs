//! Base64, base32 and hexadecimal blobs, also when the blob itself was reversed or rotated.

use std::ops::Range;

use super::span_map::Derived;
use super::{Origin, scramble};
use crate::language::{Class, Token};

/// Decodes every blob that turns out to be text.
pub(super) fn decode(
    text: &str,
    tokens: &[Token],
    wrapped: bool,
    out: &mut Vec<(Derived, Origin)>,
) {
    let mut done = 0;
    for token in tokens {
        let span = token.span();
        if span.start < done || span.len() < TOKEN_MIN || token.class.has(Class::KNOWN) {
            continue;
        }
        let range = grow(text.as_bytes(), span, done, wrapped);
        done = range.end;
        if range.len() < BLOB_MIN {
            continue;
        }
        let Some(blob) = text.get(range.clone()) else {
            continue;
        };
        let compact: String = blob
            .chars()
            .filter(|character| !character.is_whitespace())
            .collect();
        if let Some(decoded) = read(&compact) {
            let mut derived = Derived::default();
            derived.put(&decoded, range);
            out.push((derived, Origin::Decoded));
        } else if looks_random(compact.as_bytes()) {
            let reversed: String = compact.chars().rev().collect();
            let rotated: String = compact.chars().map(scramble::rot13).collect();
            if let Some(decoded) = read(&reversed).or_else(|| read(&rotated)) {
                let mut derived = Derived::default();
                derived.put(&decoded, range);
                out.push((derived, Origin::Unscrambled));
            }
        }
    }
}

/// Shorter words are not looked at; shorter blobs hold too little to say anything.
const TOKEN_MIN: usize = 8;
const BLOB_MIN: usize = 12;
/// Lines of a wrapped blob are at least this long.
const WRAPPED_LINE_MIN: usize = 32;

/// The whole run of blob characters around a word, over line ends inside wrapped blobs.
fn grow(bytes: &[u8], span: Range<usize>, floor: usize, wrapped: bool) -> Range<usize> {
    let is_blob = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-')
    };
    let before = bytes.get(floor..span.start).unwrap_or_default();
    let start = span.start - before.iter().rev().take_while(|byte| is_blob(byte)).count();
    let mut end = span.end;
    let mut line = start;
    while let Some(byte) = bytes.get(end) {
        if is_blob(byte) {
            end += 1;
        } else if wrapped
            && *byte == b'\n'
            && end - line >= WRAPPED_LINE_MIN
            && bytes
                .get(end + 1)
                .is_some_and(|next| next.is_ascii_alphanumeric())
        {
            end += 1;
            line = end;
        } else {
            break;
        }
    }
    start..end
}

fn read(blob: &str) -> Option<String> {
    let trimmed = blob.trim_matches('=');
    let hex = trimmed.strip_prefix("0x").unwrap_or(trimmed);
    bits(hex, 4, hex_value)
        .filter(|_| hex.len().is_multiple_of(2))
        .and_then(as_text)
        .or_else(|| bits(trimmed, 5, base32_value).and_then(as_text))
        .or_else(|| bits(trimmed.trim_matches('-'), 6, base64_value).and_then(as_text))
}

/// Decodes any power-of-two alphabet; padding bits are dropped.
fn bits(blob: &str, width: u32, value: fn(u8) -> Option<u32>) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(blob.len());
    let (mut store, mut held) = (0_u32, 0);
    for byte in blob.bytes() {
        store = store << width | value(byte)?;
        held += width;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(store >> held & 0xFF).ok()?);
        }
        store &= 0xFFFF;
    }
    Some(out)
}

fn hex_value(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(16)
}

fn base32_value(byte: u8) -> Option<u32> {
    match byte {
        b'A'..=b'Z' => Some(u32::from(byte - b'A')),
        b'a'..=b'z' => Some(u32::from(byte - b'a')),
        b'2'..=b'7' => Some(u32::from(byte - b'2') + 26),
        _ => None,
    }
}

fn base64_value(byte: u8) -> Option<u32> {
    match byte {
        b'A'..=b'Z' => Some(u32::from(byte - b'A')),
        b'a'..=b'z' => Some(u32::from(byte - b'a') + 26),
        b'0'..=b'9' => Some(u32::from(byte - b'0') + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// The bytes as text, if a person could have written them.
pub(super) fn as_text(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    let (mut total, mut strange, mut letters) = (0_usize, 0_usize, 0_usize);
    for character in text.chars() {
        total += 1;
        strange += usize::from(character.is_control() && !character.is_whitespace());
        letters +=
            usize::from(character.is_alphanumeric() || character == ' ' || !character.is_ascii());
    }
    (total >= 6 && strange * 20 <= total && letters * 10 >= total * 4).then_some(text)
}

/// Upper case, lower case and digits mixed as words do not mix them, or digits among hex letters.
fn looks_random(blob: &[u8]) -> bool {
    let has = |test: fn(&u8) -> bool| blob.iter().any(test);
    let kinds = usize::from(has(u8::is_ascii_digit))
        + usize::from(has(u8::is_ascii_uppercase))
        + usize::from(has(u8::is_ascii_lowercase));
    kinds >= 2 && blob.len() >= 16
}
