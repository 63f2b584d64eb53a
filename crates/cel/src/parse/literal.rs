//! String and bytes literals: prefixes, quotes and escapes.

use crate::value::Value;

/// How a literal begins.
pub(crate) struct Prefix {
    /// Bytes before the quote.
    pub(crate) len: usize,
    pub(crate) quote: &'static str,
    raw: bool,
    bytes: bool,
}

/// The prefix of the literal that `text` begins with, if it begins with one.
pub(crate) fn prefix(text: &str) -> Option<Prefix> {
    let (mut raw, mut bytes, mut len) = (false, false, 0);
    for byte in text.bytes().take(2) {
        match byte {
            b'r' | b'R' if !raw => raw = true,
            b'b' | b'B' if !bytes => bytes = true,
            _ => break,
        }
        len += 1;
    }
    let rest = text.get(len..)?;
    let quote = ["\"\"\"", "'''", "\"", "'"]
        .into_iter()
        .find(|quote| rest.starts_with(quote))?;
    Some(Prefix {
        len,
        quote,
        raw,
        bytes,
    })
}

/// Bytes of `body` before the closing quote.
pub(crate) fn closing(body: &str, prefix: &Prefix) -> Option<usize> {
    let mut escaped = false;
    for (at, character) in body.char_indices() {
        if escaped {
            escaped = false;
            continue;
        }
        if body.get(at..)?.starts_with(prefix.quote) {
            return Some(at);
        }
        if prefix.quote.len() == 1 && matches!(character, '\n' | '\r') {
            return None;
        }
        escaped = character == '\\' && !prefix.raw;
    }
    None
}

/// The value of the text between the quotes.
pub(crate) fn value(text: &str, prefix: &Prefix) -> Result<Value, String> {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    if prefix.raw || !text.contains('\\') {
        return Ok(if prefix.bytes {
            Value::Bytes(text.into_bytes().into())
        } else {
            Value::String(text.into())
        });
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(rest.get(..at).unwrap_or("").as_bytes());
        rest = rest.get(at + 1..).unwrap_or("");
        rest = escape(rest, prefix.bytes, &mut out)?;
    }
    out.extend_from_slice(rest.as_bytes());
    if prefix.bytes {
        return Ok(Value::Bytes(out.into()));
    }
    let text = String::from_utf8(out).map_err(|_| "invalid UTF-8 in a string".to_owned())?;
    Ok(Value::String(text.into()))
}

/// Reads what follows a backslash, and says what is left.
fn escape<'t>(text: &'t str, bytes: bool, out: &mut Vec<u8>) -> Result<&'t str, String> {
    let kind = *text.as_bytes().first().ok_or("an escape ends the string")?;
    let simple = match kind {
        b'a' => Some(7),
        b'b' => Some(8),
        b'f' => Some(12),
        b'n' => Some(b'\n'),
        b'r' => Some(b'\r'),
        b't' => Some(b'\t'),
        b'v' => Some(11),
        b'\\' | b'?' | b'"' | b'\'' | b'`' => Some(kind),
        _ => None,
    };
    if let Some(byte) = simple {
        out.push(byte);
        return Ok(text.get(1..).unwrap_or(""));
    }
    let (skip, digits, radix) = match kind {
        b'x' | b'X' => (1, 2, 16),
        b'u' if !bytes => (1, 4, 16),
        b'U' if !bytes => (1, 8, 16),
        b'0'..=b'3' => (0, 3, 8),
        _ => return Err("unable to unescape: unknown escape sequence".to_owned()),
    };
    let text_of = text.get(skip..skip + digits);
    let text_of = text_of.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let code = text_of.and_then(|digits| u32::from_str_radix(digits, radix).ok());
    let code = code.ok_or("unable to unescape: malformed digits")?;
    if bytes {
        out.push(u8::try_from(code).map_err(|_| "an octet is beyond 255")?);
    } else {
        let character = char::from_u32(code).ok_or("an escape is no Unicode code point")?;
        let mut buffer = [0; 4];
        out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
    }
    Ok(text.get(skip + digits..).unwrap_or(""))
}
