//! Percent, HTML and backslash escapes. The view holds the surroundings of escapes only, so that a
//! long text with a few of them does not cost twice.

use super::Origin;
use super::span_map::Derived;

/// Adds one view with every cluster of escapes undone.
pub(super) fn decode(text: &str, out: &mut Vec<(Derived, Origin)>) {
    let bytes = text.as_bytes();
    let mut derived = Derived::default();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = next(bytes, at) {
        let Some((decoded, length)) = unescape(text, found) else {
            at = found + 1;
            continue;
        };
        let start = floor(text, found.saturating_sub(AROUND)).max(copied);
        if copied > 0 && start > copied {
            let end = floor(text, (copied + AROUND).min(start));
            derived.keep(text.get(copied..end).unwrap_or_default(), copied);
            derived.put("\n", end..end);
            copied = start.max(end);
        } else {
            copied = start;
        }
        derived.keep(text.get(copied..found).unwrap_or_default(), copied);
        derived.put(&decoded, found..found + length);
        copied = found + length;
        at = copied;
    }
    if copied > 0 {
        let end = floor(text, (copied + AROUND).min(text.len()));
        derived.keep(text.get(copied..end).unwrap_or_default(), copied);
        out.push((derived, Origin::Escaped));
    }
}

/// Bytes of unescaped text kept on each side.
const AROUND: usize = 256;

fn next(bytes: &[u8], at: usize) -> Option<usize> {
    let is_escape = |byte: &u8| matches!(byte, b'%' | b'&' | b'\\');
    let mut at = at;
    // Whole blocks are compared without a branch per byte: most texts have no escape at all.
    while let Some(block) = bytes.get(at..at + BLOCK) {
        if block.iter().fold(false, |any, byte| any | is_escape(byte)) {
            break;
        }
        at += BLOCK;
    }
    let rest = bytes.get(at..)?;
    rest.iter().position(is_escape).map(|found| at + found)
}

/// Bytes that are looked at together.
const BLOCK: usize = 64;

fn floor(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at)
}

/// What the escape at `at` stands for, and how long it is.
fn unescape(text: &str, at: usize) -> Option<(String, usize)> {
    let rest = text.get(at..)?;
    match rest.as_bytes().first()? {
        b'%' => percent(rest),
        b'&' => entity(rest),
        _ => backslash(rest),
    }
}

fn percent(rest: &str) -> Option<(String, usize)> {
    let mut bytes = Vec::new();
    let mut length = 0;
    while let Some(byte) = rest
        .get(length..)
        .and_then(|rest| rest.strip_prefix('%'))
        .and_then(|rest| rest.get(..2))
    {
        let Ok(value) = u8::from_str_radix(byte, 16) else {
            break;
        };
        bytes.push(value);
        length += 3;
    }
    (!bytes.is_empty()).then(|| (String::from_utf8_lossy(&bytes).into_owned(), length))
}

fn entity(rest: &str) -> Option<(String, usize)> {
    let window = rest.get(1..rest.floor_char_boundary(12.min(rest.len())))?;
    let (name, length) = match window.find(';') {
        Some(end) => (window.get(..end)?, end + 2),
        // Browsers and models read numeric references without the semicolon too.
        None => {
            let digits = window.strip_prefix('#')?;
            let count = digits
                .chars()
                .take_while(|character| character.is_ascii_hexdigit() || *character == 'x')
                .count();
            (window.get(..=count)?, count + 2)
        }
    };
    let character = if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        code.ok().and_then(char::from_u32)?
    } else {
        match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            "nbsp" | "Tab" | "NewLine" => ' ',
            "colon" => ':',
            "sol" => '/',
            "lpar" => '(',
            "rpar" => ')',
            "period" => '.',
            "num" => '#',
            "excl" => '!',
            _ => return None,
        }
    };
    Some((character.to_string(), length))
}

fn backslash(rest: &str) -> Option<(String, usize)> {
    let kind = rest.get(1..)?.chars().next()?;
    match kind {
        'n' | 'r' | 't' => Some(("\n".to_owned(), 2)),
        '"' | '\\' | '/' | '\'' => Some((kind.to_string(), 2)),
        'x' => hex(rest, 2, 2).map(|(character, length)| (character.to_string(), length)),
        'u' if rest.get(2..3) == Some("{") => {
            let end = rest
                .get(3..rest.floor_char_boundary(11.min(rest.len())))?
                .find('}')?;
            let code = u32::from_str_radix(rest.get(3..3 + end)?, 16).ok()?;
            Some((char::from_u32(code)?.to_string(), end + 4))
        }
        'u' => {
            if let Some((character, length)) = hex(rest, 2, 4) {
                return Some((character.to_string(), length));
            }
            // A surrogate pair.
            let high = u32::from_str_radix(rest.get(2..6)?, 16).ok()?;
            let low = rest
                .get(6..)
                .and_then(|rest| rest.strip_prefix("\\u"))
                .and_then(|rest| rest.get(..4))?;
            let low = u32::from_str_radix(low, 16).ok()?;
            let code = 0x10000 + ((high & 0x3FF) << 10 | low & 0x3FF);
            Some((char::from_u32(code)?.to_string(), 12))
        }
        'U' => hex(rest, 2, 8).map(|(character, length)| (character.to_string(), length)),
        '0'..='3' => {
            let code = u32::from_str_radix(rest.get(1..4)?, 8).ok()?;
            Some((char::from_u32(code)?.to_string(), 4))
        }
        _ => None,
    }
}

fn hex(rest: &str, from: usize, digits: usize) -> Option<(char, usize)> {
    let code = u32::from_str_radix(rest.get(from..from + digits)?, 16).ok()?;
    Some((char::from_u32(code)?, from + digits))
}
