//! Strict JSON for hostile input: no duplicate keys, no trailing bytes, bounded size, depth, nodes.
//!
//! Two readers of the same bytes must not see different things (the root of parser-differential
//! attacks), so whatever RFC 8259 leaves open is refused here: duplicate names, a byte order mark,
//! lone surrogates, integers that a 64-bit reader would round.

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::code::ErrorCode;

/// What [`parse`] accepts at most.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct JsonLimits {
    /// Bytes of the whole text.
    pub bytes_max: usize,
    /// Arrays and objects inside each other.
    pub depth_max: usize,
    /// Values altogether.
    pub nodes_max: usize,
}

impl Default for JsonLimits {
    fn default() -> Self {
        Self {
            bytes_max: 32 << 20,
            depth_max: 64,
            nodes_max: 1 << 20,
        }
    }
}

/// Why a text is not strict JSON. The text itself is never repeated.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum JsonError {
    /// Longer than `bytes_max`.
    #[error("the text is larger than {0} bytes")]
    TooLarge(usize),
    /// Deeper than `depth_max`.
    #[error("arrays and objects nest deeper than {0}")]
    TooDeep(usize),
    /// More values than `nodes_max`.
    #[error("the text holds more than {0} values")]
    TooMany(usize),
    /// The same name twice in one object.
    #[error("an object names a key twice (line {line}, column {column})")]
    DuplicateKey {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// Not JSON.
    #[error("not strict JSON: {reason} (line {line}, column {column})")]
    Syntax {
        /// What is wrong, in the parser's words, without content.
        reason: &'static str,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
}

impl JsonError {
    /// The error code that a client is told.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::TooLarge(_) => ErrorCode::BodyTooLarge,
            Self::TooDeep(_) | Self::TooMany(_) => ErrorCode::BodyTooDeep,
            Self::DuplicateKey { .. } => ErrorCode::DuplicateKey,
            Self::Syntax { .. } => ErrorCode::InvalidJson,
        }
    }
}

/// Parses `bytes` as strict JSON within `limits`.
///
/// # Errors
/// Says which limit or rule the text breaks, with its place.
pub fn parse(bytes: &[u8], limits: &JsonLimits) -> Result<Value, JsonError> {
    if bytes.len() > limits.bytes_max {
        return Err(JsonError::TooLarge(limits.bytes_max));
    }
    if let Some(position) = rounded_integer(bytes) {
        let (line, column) = place(bytes, position);
        return Err(JsonError::Syntax {
            reason: "an integer beyond 64 bits",
            line,
            column,
        });
    }
    let mut budget = Budget {
        limits: *limits,
        nodes: 0,
        broken: None,
    };
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let parsed = Node {
        budget: &mut budget,
        depth: 0,
    }
    .deserialize(&mut deserializer)
    .and_then(|value| deserializer.end().map(|()| value));
    parsed.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        match budget.broken {
            Some(Broken::Depth) => JsonError::TooDeep(limits.depth_max),
            Some(Broken::Nodes) => JsonError::TooMany(limits.nodes_max),
            Some(Broken::Duplicate) => JsonError::DuplicateKey { line, column },
            None => JsonError::Syntax {
                reason: reason(&error),
                line,
                column,
            },
        }
    })
}

enum Broken {
    Depth,
    Nodes,
    Duplicate,
}

struct Budget {
    limits: JsonLimits,
    nodes: usize,
    broken: Option<Broken>,
}

struct Node<'a> {
    budget: &'a mut Budget,
    depth: usize,
}

impl Node<'_> {
    fn child(&mut self) -> Node<'_> {
        Node {
            budget: self.budget,
            depth: self.depth + 1,
        }
    }

    fn enter<E: serde::de::Error>(&mut self) -> Result<(), E> {
        if self.depth >= self.budget.limits.depth_max {
            self.budget.broken = Some(Broken::Depth);
            return Err(E::custom("too deep"));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.budget.nodes += 1;
        if self.budget.nodes > self.budget.limits.nodes_max {
            self.budget.broken = Some(Broken::Nodes);
            return Err(D::Error::custom("too many values"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut access: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(self.child())? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut access: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut fields = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            if fields.contains_key(&key) {
                self.budget.broken = Some(Broken::Duplicate);
                return Err(A::Error::custom("duplicate key"));
            }
            let value = access.next_value_seed(self.child())?;
            fields.insert(key, value);
        }
        Ok(Value::Object(fields))
    }
}

fn reason(error: &serde_json::Error) -> &'static str {
    match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Syntax => "a syntax error",
        serde_json::error::Category::Data | serde_json::error::Category::Io => "a malformed value",
    }
}

/// Finds an integer of 20 digits or more that does not fit 64 bits: a double would round it.
fn rounded_integer(bytes: &[u8]) -> Option<usize> {
    let mut position = 0;
    let mut in_string = false;
    while let Some(&byte) = bytes.get(position) {
        match byte {
            b'\\' if in_string => position += 1,
            b'"' => in_string = !in_string,
            b'0'..=b'9' if !in_string => {
                let rest = bytes.get(position..).unwrap_or_default();
                let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
                let is_integer = !matches!(rest.get(digits), Some(b'.' | b'e' | b'E'));
                let text = rest
                    .get(..digits)
                    .and_then(|run| std::str::from_utf8(run).ok());
                if is_integer
                    && digits >= 19
                    && !text.is_some_and(|text| fits(bytes, position, text))
                {
                    return Some(position);
                }
                // Skip the fraction and the exponent too, so that their digits are not tested.
                position += rest
                    .iter()
                    .take_while(|byte| {
                        matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-')
                    })
                    .count();
                continue;
            }
            _ => {}
        }
        position += 1;
    }
    None
}

fn fits(bytes: &[u8], position: usize, digits: &str) -> bool {
    let negative = position.checked_sub(1).and_then(|before| bytes.get(before)) == Some(&b'-');
    if negative {
        format!("-{digits}").parse::<i64>().is_ok()
    } else {
        digits.parse::<u64>().is_ok()
    }
}

fn place(bytes: &[u8], position: usize) -> (usize, usize) {
    let before = bytes.get(..position).unwrap_or_default();
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = before
        .iter()
        .rev()
        .take_while(|byte| **byte != b'\n')
        .count()
        + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(text: &str) -> ErrorCode {
        parse(
            text.as_bytes(),
            &JsonLimits {
                bytes_max: 200,
                depth_max: 3,
                nodes_max: 8,
            },
        )
        .unwrap_err()
        .code()
    }

    #[test]
    fn what_two_readers_could_see_differently_is_refused() {
        assert_eq!(code(r#"{"a":1,"a":2}"#), ErrorCode::DuplicateKey);
        assert_eq!(code(r#"{"a":1,"\u0061":2}"#), ErrorCode::DuplicateKey);
        for text in [
            "\u{feff}{}",
            "{} x",
            r#""\ud800""#,
            "NaN",
            "01",
            "1e999",
            "{'a':1}",
            "[1,]",
            "",
            "18446744073709551616",
            "-9223372036854775809",
        ] {
            assert_eq!(code(text), ErrorCode::InvalidJson, "{text}");
        }
    }

    #[test]
    fn limits_hold() {
        assert_eq!(code("[[[[1]]]]"), ErrorCode::BodyTooDeep);
        assert_eq!(code("[1,1,1,1,1,1,1,1,1]"), ErrorCode::BodyTooDeep);
        assert_eq!(code(&" ".repeat(201)), ErrorCode::BodyTooLarge);
    }

    #[test]
    fn large_but_exact_numbers_pass() {
        for text in [
            "18446744073709551615",
            "-9223372036854775808",
            "1234567890123456789012.5",
            r#""12345678901234567890123""#,
        ] {
            assert!(
                parse(text.as_bytes(), &JsonLimits::default()).is_ok(),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn whatever_strict_parsing_accepts_serde_reads_the_same(text in r#"[\[\]{}",:0-9a\\u. -]{0,40}"#) {
            if let Ok(value) = parse(text.as_bytes(), &JsonLimits::default()) {
                prop_assert_eq!(value, serde_json::from_str::<Value>(&text).unwrap());
            }
        }
    }
}
