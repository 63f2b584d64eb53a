//! Canonical JSON (RFC 8785): the one byte form of a value, for digests and signatures.
//!
//! Used wherever two parties must hash the same thing: approvals, evidence bodies, commitments.
//! Numbers outside the IEEE 754 exact integer range are written as `serde_json` writes them, so
//! callers that sign money or counts keep them in integers.

use serde_json::Value;

/// Writes `value` in the byte form of RFC 8785: keys sorted by UTF-16 code units, no white space.
#[must_use]
pub fn canonical_json(value: &Value) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    write_value(value, &mut out);
    out
}

fn write_value(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => write_number(number, out),
        Value::String(text) => write_string(text, out),
        Value::Array(items) => {
            out.push(b'[');
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    out.push(b',');
                }
                write_value(item, out);
            }
            out.push(b']');
        }
        Value::Object(fields) => {
            let mut sorted: Vec<_> = fields.iter().collect();
            sorted.sort_by(|left, right| left.0.encode_utf16().cmp(right.0.encode_utf16()));
            out.push(b'{');
            for (position, (key, item)) in sorted.into_iter().enumerate() {
                if position > 0 {
                    out.push(b',');
                }
                write_string(key, out);
                out.push(b':');
                write_value(item, out);
            }
            out.push(b'}');
        }
    }
}

/// RFC 8785 section 3.2.2.3: ECMAScript number form, so `1.0` is `1` and `1e21` keeps an exponent.
fn write_number(number: &serde_json::Number, out: &mut Vec<u8>) {
    if number.is_i64() || number.is_u64() {
        out.extend_from_slice(number.to_string().as_bytes());
        return;
    }
    let float = number.as_f64().unwrap_or(0.0);
    let text = if float == 0.0 {
        "0".to_owned()
    } else if (1e-6..1e21).contains(&float.abs()) {
        format!("{float}")
    } else {
        let exponent = format!("{float:e}");
        match exponent.split_once('e') {
            Some((mantissa, power)) if !power.starts_with('-') => format!("{mantissa}e+{power}"),
            _ => exponent,
        }
    };
    out.extend_from_slice(text.as_bytes());
}

fn write_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for character in text.chars() {
        match character {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\u{8}' => out.extend_from_slice(b"\\b"),
            '\u{9}' => out.extend_from_slice(b"\\t"),
            '\u{a}' => out.extend_from_slice(b"\\n"),
            '\u{c}' => out.extend_from_slice(b"\\f"),
            '\u{d}' => out.extend_from_slice(b"\\r"),
            control if u32::from(control) < 0x20 => {
                out.extend_from_slice(format!("\\u{:04x}", u32::from(control)).as_bytes());
            }
            other => {
                let mut buffer = [0; 4];
                out.extend_from_slice(other.encode_utf8(&mut buffer).as_bytes());
            }
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        String::from_utf8(canonical_json(&serde_json::from_str(text).unwrap())).unwrap()
    }

    #[test]
    fn numbers_take_the_ecmascript_form() {
        // The sample values of RFC 8785 appendix B that a double can hold.
        assert_eq!(
            canonical("[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001,-0.0,1.0]"),
            "[333333333.3333333,1e+30,4.5,0.002,1e-27,0,1]"
        );
    }

    #[test]
    fn keys_sort_by_utf16_and_strings_escape_minimally() {
        // RFC 8785 section 3.2.3: the emoji (surrogates) sorts before U+FB33.
        assert_eq!(
            canonical(
                r#"{"\ufb33":1,"\ud83d\ude00":2,"\u20ac":"$","\r":"\u000f\nA'\"\\/","1":"one"}"#
            ),
            "{\"\\r\":\"\\u000f\\nA'\\\"\\\\/\",\"1\":\"one\",\"€\":\"$\",\"😀\":2,\"\u{fb33}\":1}"
        );
    }
}
