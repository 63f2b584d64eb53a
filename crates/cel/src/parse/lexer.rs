//! Source text to tokens.

use std::sync::Arc;

use crate::error::{Problem, ProblemKind, Span};
use crate::parse::literal;
use crate::value::Value;

/// One token with its place.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Span,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TokenKind {
    Ident(Arc<str>),
    /// A name in backticks; only a field may be named so.
    Quoted(Arc<str>),
    /// A literal that stands for itself.
    Literal(Value),
    /// Digits of an integer, whose sign the parser knows.
    Int(Digits),
    Float(f64),
    /// Operators and brackets.
    Punct(&'static str),
    End,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Digits {
    pub(crate) text: Arc<str>,
    pub(crate) radix: u32,
}

/// Longest first, so that `<=` is not read as `<`.
const PUNCTUATION: &[&str] = &[
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "[", "]", "{", "}", "(", ")", ".", ",", "-", "!",
    "?", ":", "+", "*", "/", "%",
];

/// All tokens of `source`, the last being [`TokenKind::End`].
pub(crate) fn tokens(source: &str) -> Result<Vec<Token>, Problem> {
    let mut lexer = Lexer { source, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blank();
        let start = lexer.at;
        let kind = lexer.next()?;
        let is_end = kind == TokenKind::End;
        let span = span(start, lexer.at);
        tokens.push(Token { kind, span });
        if is_end {
            return Ok(tokens);
        }
    }
}

fn span(start: usize, end: usize) -> Span {
    let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span {
        start: clamp(start),
        end: clamp(end),
    }
}

struct Lexer<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Lexer<'s> {
    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or("")
    }

    fn byte(&self, ahead: usize) -> u8 {
        *self.source.as_bytes().get(self.at + ahead).unwrap_or(&0)
    }

    fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            let blank = rest.len()
                - rest
                    .trim_start_matches([' ', '\t', '\r', '\n', '\x0C'])
                    .len();
            self.at += blank;
            if !self.rest().starts_with("//") {
                return;
            }
            let line = self.rest();
            self.at += line.find('\n').unwrap_or(line.len());
        }
    }

    fn next(&mut self) -> Result<TokenKind, Problem> {
        let Some(first) = self.rest().chars().next() else {
            return Ok(TokenKind::End);
        };
        if let Some(text) = self.string()? {
            return Ok(text);
        }
        if first.is_ascii_alphabetic() || first == '_' {
            return Ok(self.word());
        }
        if first.is_ascii_digit() || (first == '.' && self.byte(1).is_ascii_digit()) {
            return self.number();
        }
        if first == '`' {
            return self.quoted();
        }
        let rest = self.rest();
        let found = PUNCTUATION.iter().find(|punct| rest.starts_with(**punct));
        let Some(punct) = found else {
            return Err(self.problem(format!("unexpected character {first:?}")));
        };
        self.at += punct.len();
        Ok(TokenKind::Punct(punct))
    }

    fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::new(ProblemKind::Syntax, span(self.at, self.at + 1), message)
    }

    fn take(&mut self, accept: impl Fn(u8) -> bool) -> &'s str {
        let rest = self.rest();
        let end = rest.bytes().position(|byte| !accept(byte));
        let taken = rest.get(..end.unwrap_or(rest.len())).unwrap_or("");
        self.at += taken.len();
        taken
    }

    fn word(&mut self) -> TokenKind {
        let word = self.take(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        match word {
            "true" => TokenKind::Literal(Value::Bool(true)),
            "false" => TokenKind::Literal(Value::Bool(false)),
            "null" => TokenKind::Literal(Value::Null),
            "in" => TokenKind::Punct("in"),
            _ => TokenKind::Ident(word.into()),
        }
    }

    fn quoted(&mut self) -> Result<TokenKind, Problem> {
        self.at += 1;
        let accept = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-/ ".contains(&byte);
        let name = self.take(accept);
        if name.is_empty() || self.byte(0) != b'`' {
            return Err(self.problem(
                "a quoted name ends with a backtick and holds letters, digits and _.-/ only",
            ));
        }
        self.at += 1;
        Ok(TokenKind::Quoted(name.into()))
    }

    fn number(&mut self) -> Result<TokenKind, Problem> {
        let start = self.at;
        let hex = self.byte(0) == b'0' && matches!(self.byte(1), b'x' | b'X');
        let (digits, radix) = if hex {
            self.at += 2;
            (self.take(|byte| byte.is_ascii_hexdigit()), 16)
        } else {
            (self.take(|byte| byte.is_ascii_digit()), 10)
        };
        if hex && digits.is_empty() {
            return Err(self.problem("hexadecimal digits are missing after 0x"));
        }
        if !hex && self.fraction() {
            let text = self.source.get(start..self.at).unwrap_or("");
            return self.finish_float(text);
        }
        if matches!(self.byte(0), b'u' | b'U') {
            let value = u64::from_str_radix(digits, radix);
            let value = value.map_err(|_| self.problem("unsigned integer literal out of range"))?;
            self.at += 1;
            self.end_of_number()?;
            return Ok(TokenKind::Literal(Value::Uint(value)));
        }
        self.end_of_number()?;
        let text = digits.into();
        Ok(TokenKind::Int(Digits { text, radix }))
    }

    /// Takes `.digits` and the exponent; says whether there was either.
    fn fraction(&mut self) -> bool {
        let mut found = false;
        if self.byte(0) == b'.' && self.byte(1).is_ascii_digit() {
            self.at += 1;
            self.take(|byte| byte.is_ascii_digit());
            found = true;
        }
        let sign = usize::from(matches!(self.byte(1), b'+' | b'-'));
        if matches!(self.byte(0), b'e' | b'E') && self.byte(1 + sign).is_ascii_digit() {
            self.at += 1 + sign;
            self.take(|byte| byte.is_ascii_digit());
            found = true;
        }
        found
    }

    fn finish_float(&self, text: &str) -> Result<TokenKind, Problem> {
        self.end_of_number()?;
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(TokenKind::Float(value)),
            _ => Err(self.problem("floating point literal out of range")),
        }
    }

    /// `1a` is no number followed by a name.
    fn end_of_number(&self) -> Result<(), Problem> {
        if self.byte(0).is_ascii_alphanumeric() || self.byte(0) == b'_' {
            return Err(self.problem("a number ends before a letter"));
        }
        Ok(())
    }

    fn string(&mut self) -> Result<Option<TokenKind>, Problem> {
        let Some(prefix) = literal::prefix(self.rest()) else {
            return Ok(None);
        };
        let start = self.at;
        let after = self.at + prefix.len;
        let body_start = after + prefix.quote.len();
        let body = self.source.get(body_start..).unwrap_or("");
        let Some(length) = literal::closing(body, &prefix) else {
            return Err(self.problem("a string literal does not end"));
        };
        let text = body.get(..length).unwrap_or("");
        self.at = body_start + length + prefix.quote.len();
        let value = literal::value(text, &prefix);
        let value = value
            .map_err(|message| Problem::new(ProblemKind::Syntax, span(start, self.at), message))?;
        Ok(Some(TokenKind::Literal(value)))
    }
}
