//! The lexer: text, and the tokens of expressions and statements, with strings unescaped.

/// Tokens kept for one template.
const TOKENS_MAX: usize = 200_000;

/// A part of a template.
#[derive(Debug)]
pub(super) struct Piece {
    /// Where it begins.
    pub(super) byte: u64,
    pub(super) content: Content,
}

/// What a part is.
#[derive(Debug)]
pub(super) enum Content {
    /// Written out as it stands.
    Text(String),
    /// `{{ … }}`.
    Expression(Vec<Token>),
    /// `{% … %}`.
    Statement(Vec<Token>),
}

/// A token of an expression or a statement.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Token {
    Word(String),
    Text(String),
    Number,
    Mark(char),
}

impl Token {
    /// Whether it is this mark.
    pub(super) fn is(&self, mark: char) -> bool {
        *self == Self::Mark(mark)
    }

    /// The word, if it is one.
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }

    /// The string, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Splits a template; `None` where a block has no end or there are too many tokens.
pub(super) fn lex(template: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    let mut tokens = 0;
    let at = |rest: &str| (template.len() - rest.len()) as u64;
    let mut raw = false;
    while !rest.is_empty() {
        let open = match raw {
            false => next_open(rest),
            true => raw_end(rest),
        };
        let (text, block) = rest.split_at(open.unwrap_or(rest.len()));
        if !text.is_empty() {
            pieces.push(Piece {
                byte: at(rest),
                content: Content::Text(text.to_owned()),
            });
        }
        if block.is_empty() {
            break;
        }
        let byte = at(block);
        if let Some(comment) = block.strip_prefix("{#") {
            rest = comment.split_once("#}")?.1;
            continue;
        }
        let statement = block.starts_with("{%");
        let (found, behind) = tokens_of(block.get(2..)?, if statement { '%' } else { '}' })?;
        tokens += found.len() + 1;
        if tokens > TOKENS_MAX {
            return None;
        }
        raw = statement && found.first().and_then(Token::word) == Some("raw");
        rest = behind;
        pieces.push(Piece {
            byte,
            content: match statement {
                true => Content::Statement(found),
                false => Content::Expression(found),
            },
        });
    }
    Some(pieces)
}

fn next_open(text: &str) -> Option<usize> {
    text.match_indices('{')
        .map(|(index, _)| index)
        .find(|index| {
            let next = text.as_bytes().get(index + 1);
            matches!(next, Some(b'{' | b'%' | b'#'))
        })
}

/// Where the statement begins that ends raw text.
fn raw_end(text: &str) -> Option<usize> {
    text.match_indices("{%")
        .map(|(index, _)| index)
        .find(|index| {
            let inner = text.get(index + 2..).unwrap_or_default();
            inner
                .trim_start_matches(['-', '+'])
                .trim_start()
                .starts_with("endraw")
        })
}

/// The tokens up to the end of a block, and what stands behind it.
fn tokens_of(block: &str, close: char) -> Option<(Vec<Token>, &str)> {
    let mut tokens = Vec::new();
    let mut rest = block;
    let mut depth = 0_u32;
    loop {
        let trimmed = rest.trim_start();
        let first = trimmed.chars().next()?;
        let behind = trimmed.get(first.len_utf8()..)?;
        // A brace closes a dictionary before it closes the block.
        if first == close && behind.starts_with('}') && (close == '%' || depth == 0) {
            return Some((tokens, behind.get(1..)?));
        }
        rest = behind;
        match first {
            '\'' | '"' => {
                let (text, behind) = string(rest, first)?;
                tokens.push(Token::Text(text));
                rest = behind;
            }
            '0'..='9' => {
                rest = rest.trim_start_matches(|character: char| {
                    character.is_ascii_alphanumeric() || character == '_'
                });
                tokens.push(Token::Number);
            }
            _ if first.is_alphabetic() || first == '_' => {
                let end = trimmed
                    .find(|character: char| !character.is_alphanumeric() && character != '_')
                    .unwrap_or(trimmed.len());
                let (word, behind) = trimmed.split_at(end);
                tokens.push(Token::Word(word.to_owned()));
                rest = behind;
            }
            mark => {
                match mark {
                    '{' => depth += 1,
                    '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                tokens.push(Token::Mark(mark));
            }
        }
    }
}

/// A string up to its quote, with the escapes of Python resolved.
fn string(rest: &str, quote: char) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut characters = rest.char_indices();
    while let Some((index, character)) = characters.next() {
        if character == quote {
            return Some((text, rest.get(index + 1..)?));
        }
        if character != '\\' {
            text.push(character);
            continue;
        }
        let (_, escape) = characters.next()?;
        let digits = match escape {
            'n' => {
                text.push('\n');
                continue;
            }
            'x' => 2,
            'u' => 4,
            'U' => 8,
            '0'..='7' => {
                // Up to three octal digits, the first of which is read already.
                let more = rest.get(index + 2..)?;
                let count = more
                    .bytes()
                    .take(2)
                    .take_while(|byte| matches!(byte, b'0'..=b'7'))
                    .count();
                let octal = rest.get(index + 1..index + 2 + count)?;
                text.extend(u32::from_str_radix(octal, 8).ok().and_then(char::from_u32));
                characters.by_ref().take(count).for_each(|_| ());
                continue;
            }
            other => {
                text.push(other);
                continue;
            }
        };
        let code = rest
            .get(index + 2..index + 2 + digits)
            .and_then(|hex| u32::from_str_radix(hex, 16).ok())
            .and_then(char::from_u32);
        match code {
            Some(code) => {
                text.push(code);
                characters.by_ref().take(digits).for_each(|_| ());
            }
            None => text.push(escape),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn blocks_strings_and_dictionaries_are_told_apart() {
        let pieces = lex("a{{ {'k': {'}}': 1}} }}b{% raw %}{{ x }}{% endraw %}{# {{ #}c").unwrap();
        assert_eq!(pieces.len(), 7);
        assert!(matches!(&pieces[6].content, Content::Text(text) if text == "c"));
        assert!(lex("{{ 'open }}").is_none());
        let pieces = lex(r"{{ '\x5f\u005f\137\n\'' }}").unwrap();
        assert!(
            matches!(&pieces[0].content, Content::Expression(tokens) if tokens[0].text() == Some("___\n'"))
        );
    }

    proptest! {
        #[test]
        fn never_panics(text in "[{}%#'\"\\\\xu0-9a-z_~|.ü \\[\\]()-]{0,60}") {
            drop(lex(&text));
        }
    }
}
