//! Words and signs of the DOT language.

use seawall_base::Location;

/// A word or sign.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Token {
    /// A bare word or number.
    Word(String),
    /// A quoted or HTML text: never a keyword.
    Text(String),
    Sign(&'static str),
}

const SIGNS: &[&str] = &["->", "--", "{", "}", "[", "]", ";", ",", "=", ":", "+"];

/// The words and signs of a text, each with its place.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, Location)>, (Location, String)> {
    let mut cursor = Cursor {
        rest: text,
        byte: 0,
        line: 1,
        column: 1,
    };
    let mut found = Vec::new();
    loop {
        cursor.skip()?;
        let place = cursor.place();
        let Some(first) = cursor.rest.chars().next() else {
            return Ok(found);
        };
        if let Some(sign) = SIGNS.iter().find(|sign| cursor.rest.starts_with(**sign)) {
            cursor.advance(sign.len());
            found.push((Token::Sign(sign), place));
        } else if first == '"' {
            found.push((Token::Text(cursor.quoted()?), place));
        } else if first == '<' {
            found.push((Token::Text(cursor.html()?), place));
        } else {
            let length = word_length(cursor.rest);
            if length == 0 {
                return Err((
                    place,
                    format!("`{}` cannot stand here", first.escape_default()),
                ));
            }
            let word = cursor.rest.get(..length).unwrap_or_default().to_owned();
            cursor.advance(length);
            found.push((Token::Word(word), place));
        }
    }
}

/// How many bytes the word at the beginning of a text has.
fn word_length(text: &str) -> usize {
    let is_word = |own: char| own.is_alphanumeric() || matches!(own, '_' | '.' | '-');
    let end = text.find(|own| !is_word(own)).unwrap_or(text.len());
    // An arrow ends a word even without white space.
    let word = text
        .get(..end.saturating_add(1))
        .or_else(|| text.get(..end))
        .unwrap_or_default();
    let arrow = [word.find("->"), word.find("--")]
        .into_iter()
        .flatten()
        .min();
    arrow.map_or(end, |arrow| arrow.min(end))
}

struct Cursor<'a> {
    rest: &'a str,
    byte: u64,
    line: u32,
    column: u32,
}

impl Cursor<'_> {
    const fn place(&self) -> Location {
        Location {
            line: self.line,
            column: self.column,
            byte: self.byte,
        }
    }

    fn advance(&mut self, bytes: usize) {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        for own in taken.chars() {
            if own == '\n' {
                self.line = self.line.saturating_add(1);
                self.column = 1;
            } else {
                self.column = self.column.saturating_add(1);
            }
        }
        self.byte += taken.len() as u64;
        self.rest = rest;
    }

    /// White space and comments; a line that begins with `#` is one.
    fn skip(&mut self) -> Result<(), (Location, String)> {
        loop {
            let blank = self.rest.len() - self.rest.trim_start().len();
            self.advance(blank);
            let is_line = self.rest.starts_with("//") || self.rest.starts_with('#');
            if is_line {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.advance(end);
            } else if self.rest.starts_with("/*") {
                let end = self.rest.find("*/");
                let end =
                    end.ok_or_else(|| (self.place(), "the comment does not end".to_owned()))?;
                self.advance(end + 2);
            } else {
                return Ok(());
            }
        }
    }

    fn quoted(&mut self) -> Result<String, (Location, String)> {
        let place = self.place();
        let mut text = String::new();
        let mut escaped = false;
        let mut length = 1;
        for own in self.rest.chars().skip(1) {
            length += own.len_utf8();
            match (escaped, own) {
                (false, '"') => {
                    self.advance(length);
                    return Ok(text);
                }
                (false, '\\') => escaped = true,
                // Line breaks of labels are layout.
                (true, 'n' | 'l' | 'r') => {
                    text.push(' ');
                    escaped = false;
                }
                (true, '\n') => escaped = false,
                (_, own) => {
                    text.push(own);
                    escaped = false;
                }
            }
        }
        Err((place, "the text does not end".to_owned()))
    }

    fn html(&mut self) -> Result<String, (Location, String)> {
        let place = self.place();
        let (mut depth, mut length, mut text) = (0_u32, 0, String::new());
        for own in self.rest.chars() {
            length += own.len_utf8();
            match own {
                '<' => depth += 1,
                '>' => {
                    depth -= 1;
                    text.push(' ');
                }
                own if depth == 1 => text.push(own),
                _ => {}
            }
            if depth == 0 {
                self.advance(length);
                return Ok(text);
            }
        }
        Err((place, "the text does not end".to_owned()))
    }
}
