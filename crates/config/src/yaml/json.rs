//! Reads strict JSON (RFC 8259) into the same tree: no YAML words, no octal, no comments.

use seawall_base::Location;

use super::entries::Entries;
use super::{Entry, Flaw, FlawKind, Node, Parsed, Scalar, Span, Style, Value, YamlLimits};

/// Reads `text` if it is strict JSON; `None` sends the caller on to YAML.
pub(super) fn parse(text: &str, limits: &YamlLimits) -> Option<Parsed> {
    let trimmed = text.trim_start_matches([' ', '\t', '\r', '\n']);
    if !trimmed.starts_with(['{', '[']) {
        return None;
    }
    match parse_strict(text, limits) {
        Ok(parsed) => Some(parsed),
        Err(flaw) if flaw.kind == FlawKind::Limit => Some(Parsed {
            documents: Vec::new(),
            flaws: vec![flaw],
        }),
        Err(_) => None,
    }
}

/// Reads `text`, which must be one JSON value.
pub(super) fn parse_strict(text: &str, limits: &YamlLimits) -> Result<Parsed, Flaw> {
    let mut reader = JsonReader {
        bytes: text.as_bytes(),
        text,
        position: 0,
        line: 1,
        column: 1,
        nodes: 0,
        limits,
        flaws: Vec::new(),
    };
    reader.space();
    let root = reader.value(0)?;
    reader.space();
    if reader.position < reader.bytes.len() {
        return Err(reader.error("text after the end of the JSON value"));
    }
    Ok(Parsed {
        documents: vec![root],
        flaws: reader.flaws,
    })
}

struct JsonReader<'a> {
    bytes: &'a [u8],
    text: &'a str,
    position: usize,
    line: u32,
    column: u32,
    nodes: usize,
    limits: &'a YamlLimits,
    flaws: Vec<Flaw>,
}

impl JsonReader<'_> {
    fn here(&self) -> Span {
        let at = u32::try_from(self.position).unwrap_or(u32::MAX);
        Span {
            line: self.line,
            column: self.column,
            start: at,
            end: at,
        }
    }

    fn location(&self) -> Location {
        self.here().location()
    }

    fn error(&self, message: &str) -> Flaw {
        Flaw::new(
            FlawKind::Syntax,
            self.location(),
            format!("not JSON: {message}"),
        )
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.position).copied()
    }

    /// Moves one byte on; columns count characters, so continuation bytes do not count.
    fn step(&mut self) {
        match self.peek() {
            Some(b'\n') => {
                self.line = self.line.saturating_add(1);
                self.column = 1;
            }
            Some(byte) if byte & 0xc0 != 0x80 => self.column = self.column.saturating_add(1),
            _ => {}
        }
        self.position += 1;
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.step();
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.step();
        }
        found
    }

    fn value(&mut self, depth: usize) -> Result<Node, Flaw> {
        self.nodes += 1;
        if self.nodes > self.limits.nodes_max || depth > self.limits.depth_max {
            let message = format!(
                "more than {} values or nested deeper than {} levels",
                self.limits.nodes_max, self.limits.depth_max
            );
            return Err(Flaw::new(FlawKind::Limit, self.location(), message));
        }
        let mut span = self.here();
        let value = match self.peek() {
            Some(b'{') => Value::Mapping(self.object(depth)?),
            Some(b'[') => Value::Sequence(self.array(depth)?),
            Some(b'"') => Value::Scalar(Scalar {
                text: self.string()?,
                style: Style::Quoted,
            }),
            _ => Value::Scalar(Scalar {
                text: self.word()?.to_owned(),
                style: Style::Plain,
            }),
        };
        span.end = self.here().start;
        Ok(Node { value, span })
    }

    fn object(&mut self, depth: usize) -> Result<Vec<Entry>, Flaw> {
        self.step();
        let mut entries = Entries::default();
        self.space();
        if self.take(b'}') {
            return Ok(entries.into_list());
        }
        loop {
            self.space();
            let mut key_span = self.here();
            if self.peek() != Some(b'"') {
                return Err(self.error("a key in quotes is expected"));
            }
            let key = self.string()?;
            key_span.end = self.here().start;
            self.space();
            if !self.take(b':') {
                return Err(self.error("`:` is expected"));
            }
            self.space();
            let value = self.value(depth + 1)?;
            let flaw = entries.insert(Entry {
                key,
                key_span,
                value,
            });
            self.flaws.extend(flaw);
            self.space();
            if self.take(b'}') {
                return Ok(entries.into_list());
            }
            if !self.take(b',') {
                return Err(self.error("`,` or `}` is expected"));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Vec<Node>, Flaw> {
        self.step();
        let mut items = Vec::new();
        self.space();
        if self.take(b']') {
            return Ok(items);
        }
        loop {
            self.space();
            items.push(self.value(depth + 1)?);
            self.space();
            if self.take(b']') {
                return Ok(items);
            }
            if !self.take(b',') {
                return Err(self.error("`,` or `]` is expected"));
            }
        }
    }

    fn word(&mut self) -> Result<&str, Flaw> {
        let start = self.position;
        while matches!(
            self.peek(),
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'+' | b'.')
        ) {
            self.step();
        }
        let word = self.text.get(start..self.position).unwrap_or_default();
        if matches!(word, "null" | "true" | "false") || is_number(word) {
            Ok(word)
        } else {
            Err(self.error("a value is expected"))
        }
    }

    fn string(&mut self) -> Result<String, Flaw> {
        self.step();
        let mut out = String::new();
        loop {
            let start = self.position;
            while matches!(self.peek(), Some(byte) if byte != b'"' && byte != b'\\' && byte >= 0x20)
            {
                self.step();
            }
            out.push_str(self.text.get(start..self.position).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    self.step();
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.step();
                    out.push(self.escape()?);
                }
                Some(_) => return Err(self.error("a control character in a string")),
                None => return Err(self.error("the string does not end")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Flaw> {
        let letter = self.peek();
        self.step();
        Ok(match letter {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.error("an unknown escape")),
        })
    }

    fn unicode(&mut self) -> Result<char, Flaw> {
        let mut code = self.hex()?;
        if (0xd800..0xdc00).contains(&code) && self.take(b'\\') && self.take(b'u') {
            let low = self.hex()?;
            if (0xdc00..0xe000).contains(&low) {
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            }
        }
        char::from_u32(code).ok_or_else(|| self.error("half of a surrogate pair"))
    }

    fn hex(&mut self) -> Result<u32, Flaw> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            value = value << 4
                | digit.ok_or_else(|| self.error("four hexadecimal digits are expected"))?;
            self.step();
        }
        Ok(value)
    }
}

/// The number grammar of RFC 8259 section 6.
fn is_number(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|text| digits(text.strip_prefix(['+', '-']).unwrap_or(text)))
}
