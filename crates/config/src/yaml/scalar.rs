//! Scalars and their types, as the YAML library of the Kubernetes API server resolves them.
//!
//! That library (a fork of go-yaml 2) follows YAML 1.1 for booleans and octal numbers, so `yes` is
//! a boolean there and text for a YAML 1.2 reader. Both readings are told apart by [`Scalar::trap`].

/// How a scalar was written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Style {
    /// Without quotes: its type is resolved from its text.
    Plain,
    /// In quotes, as a block, or tagged as text: always text.
    Quoted,
}

/// A single value: its text and how it was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scalar {
    /// The text after escapes and folding.
    pub text: String,
    /// How it was written.
    pub style: Style,
}

/// The type and value of a scalar.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Plain {
    /// Nothing, `~` or `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer that fits 64 bits.
    Integer(i64),
    /// Another number.
    Float,
    /// Text.
    Text,
}

impl Scalar {
    /// The type and value.
    #[must_use]
    pub fn plain(&self) -> Plain {
        if self.style == Style::Quoted {
            return Plain::Text;
        }
        resolve(&self.text)
    }

    /// Whether it is null.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.style == Style::Plain && is_null(&self.text)
    }

    /// The number it stands for.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self.plain() {
            // Exact up to 2^53, which is what a double-valued field can hold anyway.
            #[expect(clippy::as_conversions, reason = "no lossless conversion exists")]
            Plain::Integer(value) => Some(value as f64),
            Plain::Float => self.text.replace('_', "").parse().ok(),
            Plain::Null | Plain::Bool(_) | Plain::Text => None,
        }
    }

    /// What is doubtful about the word: read as one type by YAML 1.1 and as another by YAML 1.2.
    #[must_use]
    pub fn trap(&self) -> Option<&'static str> {
        if self.style == Style::Quoted {
            return None;
        }
        trap(&self.text)
    }
}

/// Why a plain word is read differently by YAML 1.1 and 1.2, if it is.
pub(super) fn trap(text: &str) -> Option<&'static str> {
    let first = *text.as_bytes().first()?;
    match first {
        b'y' | b'Y' | b'n' | b'N' | b'o' | b'O' if text.len() <= 3 && word_1_1(text).is_some() => {
            Some("is a boolean for YAML 1.1 readers such as Kubernetes, and text for others")
        }
        b'0'..=b'9' | b'-' | b'+' => {
            let digits = text.trim_start_matches(['-', '+']);
            if digits.len() > 1
                && digits.starts_with('0')
                && digits.bytes().all(|byte| byte.is_ascii_digit())
            {
                return Some(
                    "is an octal number for YAML 1.1 readers such as Kubernetes, and decimal or text for others",
                );
            }
            if digits.contains('_') && integer(text).is_some() {
                return Some(
                    "is a number for YAML 1.1 readers such as Kubernetes, and text for others",
                );
            }
            None
        }
        _ => None,
    }
}

fn resolve(text: &str) -> Plain {
    let Some(first) = text.as_bytes().first() else {
        return Plain::Null;
    };
    match first {
        b'~' | b'n' | b'N' if is_null(text) => Plain::Null,
        b't' | b'T' if matches!(text, "true" | "True" | "TRUE") => Plain::Bool(true),
        b'f' | b'F' if matches!(text, "false" | "False" | "FALSE") => Plain::Bool(false),
        b'y' | b'Y' | b'n' | b'N' | b'o' | b'O' => word_1_1(text).map_or(Plain::Text, Plain::Bool),
        b'0'..=b'9' | b'-' | b'+' | b'.' => integer(text).map_or_else(
            || {
                if is_float(text) {
                    Plain::Float
                } else {
                    Plain::Text
                }
            },
            Plain::Integer,
        ),
        _ => Plain::Text,
    }
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn word_1_1(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

fn integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, text.get(1..)?),
        b'+' => (false, text.get(1..)?),
        _ => (false, text),
    };
    if !digits.as_bytes().first()?.is_ascii_digit() {
        return None;
    }
    let (radix, digits) = match digits.get(..2) {
        Some("0x" | "0X") => (16, digits.get(2..)?),
        Some("0o" | "0O") => (8, digits.get(2..)?),
        Some("0b" | "0B") => (2, digits.get(2..)?),
        _ if digits.len() > 1 && digits.starts_with('0') => (8, digits.get(1..)?),
        _ => (10, digits),
    };
    let cleaned;
    let digits = if digits.contains('_') {
        cleaned = digits.replace('_', "");
        cleaned.as_str()
    } else {
        digits
    };
    if digits.starts_with(['-', '+']) {
        return None;
    }
    let value = i128::from_str_radix(digits, radix).ok()?;
    i64::try_from(if negative {
        value.checked_neg()?
    } else {
        value
    })
    .ok()
}

fn is_float(text: &str) -> bool {
    let digits = text.trim_start_matches(['-', '+']);
    if matches!(digits, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    digits
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'-' | b'+' | b'_'))
        && digits.bytes().any(|byte| byte.is_ascii_digit())
        && text.replace('_', "").parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Plain {
        Scalar {
            text: text.into(),
            style: Style::Plain,
        }
        .plain()
    }

    #[test]
    fn plain_words_have_the_type_that_kubernetes_gives_them() {
        for (text, expected) in [
            ("", Plain::Null),
            ("null", Plain::Null),
            ("true", Plain::Bool(true)),
            ("yes", Plain::Bool(true)),
            ("Off", Plain::Bool(false)),
            ("yEs", Plain::Text),
            ("0", Plain::Integer(0)),
            ("-12", Plain::Integer(-12)),
            ("0644", Plain::Integer(0o644)),
            ("0x1F", Plain::Integer(31)),
            ("1_000", Plain::Integer(1000)),
            ("08", Plain::Float),
            ("1.5", Plain::Float),
            ("1e3", Plain::Float),
            ("9223372036854775808", Plain::Float),
            ("1.2.3", Plain::Text),
            ("16Gi", Plain::Text),
            ("--port", Plain::Text),
            ("-", Plain::Text),
            (".", Plain::Text),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }

    #[test]
    fn words_of_two_readings_are_traps_and_quoted_ones_are_not() {
        for text in ["yes", "on", "N", "0777", "1_000"] {
            assert!(trap(text).is_some(), "{text}");
        }
        for text in [
            "true",
            "0",
            "0.5",
            "yesterday",
            "node",
            "8080",
            "0x10",
            "10_a",
        ] {
            assert!(trap(text).is_none(), "{text}");
        }
        let quoted = Scalar {
            text: "yes".into(),
            style: Style::Quoted,
        };
        assert_eq!(quoted.trap(), None);
    }
}
