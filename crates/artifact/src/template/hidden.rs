//! Text that a template adds because of what a message says, and text that nobody sees.

use std::collections::BTreeSet;

use super::lexer::{Content, Piece, Token};

/// Words from which on text is taken for a sentence.
const WORDS_MIN: usize = 4;

/// The first thing that is hidden, and where.
pub(super) fn find(pieces: &[Piece]) -> Option<(u64, &'static str)> {
    let mut state = State::default();
    pieces.iter().find_map(|piece| {
        let what = match &piece.content {
            Content::Text(text) => state.output(text),
            Content::Expression(tokens) => state.outputs(tokens),
            Content::Statement(tokens) => state.statement(tokens),
        };
        what.map(|what| (piece.byte, what))
    })
}

/// What is known at a point of the template.
#[derive(Default)]
struct State {
    /// Whether each open `if` depends on a phrase in a message.
    branches: Vec<bool>,
    /// Names that hold the content of a message.
    contents: BTreeSet<String>,
    /// Names that hold whether a message contains a phrase.
    hits: BTreeSet<String>,
}

impl State {
    fn statement(&mut self, tokens: &[Token]) -> Option<&'static str> {
        let tokens = match tokens {
            [Token::Mark('-' | '+'), rest @ ..] => rest,
            all => all,
        };
        match tokens.first().and_then(Token::word)? {
            "if" => {
                let depends = self.depends(tokens);
                self.branches.push(depends);
            }
            "elif" => {
                let depends = self.depends(tokens);
                if let Some(branch) = self.branches.last_mut() {
                    *branch = depends;
                }
            }
            "else" => {
                if let Some(branch) = self.branches.last_mut() {
                    *branch = false;
                }
            }
            "endif" => drop(self.branches.pop()),
            "set" => {
                self.assign(tokens);
                return self.outputs(tokens);
            }
            _ => {}
        }
        tokens.iter().filter_map(Token::text).find_map(unseen)
    }

    /// What a name stands for from here on.
    fn assign(&mut self, tokens: &[Token]) {
        let Some(name) = tokens.get(1).and_then(Token::word) else {
            return;
        };
        if self.depends(tokens) {
            self.hits.insert(name.to_owned());
        } else if self.mentions_content(tokens.get(2..).unwrap_or_default()) {
            self.contents.insert(name.to_owned());
        }
    }

    fn outputs(&self, tokens: &[Token]) -> Option<&'static str> {
        tokens
            .iter()
            .filter_map(Token::text)
            .find_map(|text| self.output(text))
    }

    fn output(&self, text: &str) -> Option<&'static str> {
        if let Some(what) = unseen(text) {
            return Some(what);
        }
        if text.contains("http://") || text.contains("https://") {
            return Some("the template writes an address of the network into the conversation");
        }
        let words = text
            .split(|character: char| !character.is_alphabetic())
            .filter(|word| word.chars().count() > 1)
            .count();
        (self.branches.contains(&true) && words >= WORDS_MIN)
            .then_some("the template adds text where a message contains a phrase")
    }

    /// Whether a condition asks for a phrase in the content of a message.
    fn depends(&self, tokens: &[Token]) -> bool {
        let clauses = tokens.split(|token| matches!(token.word(), Some("and" | "or")));
        clauses.into_iter().any(|clause| {
            let hit = clause
                .iter()
                .filter_map(Token::word)
                .any(|word| self.hits.contains(word));
            hit || (self.mentions_content(clause) && asks_for_phrase(clause))
        })
    }

    fn mentions_content(&self, tokens: &[Token]) -> bool {
        tokens.iter().any(|token| match token {
            Token::Word(word) => word == "content" || self.contents.contains(word),
            Token::Text(text) => text == "content",
            _ => false,
        })
    }
}

/// A string of ordinary words that is searched for or compared with.
fn asks_for_phrase(clause: &[Token]) -> bool {
    clause.iter().enumerate().any(|(index, token)| {
        let Some(text) = token.text().filter(|text| is_phrase(text)) else {
            return false;
        };
        let before = |back: usize| index.checked_sub(back).and_then(|index| clause.get(index));
        let next = clause.get(index + 1).and_then(Token::word);
        let searched = matches!(next, Some("in" | "not"));
        let called = before(1).is_some_and(|token| token.is('('))
            && matches!(
                before(2).and_then(Token::word),
                Some("startswith" | "endswith" | "find" | "count" | "index")
            );
        let compared = before(1).is_some_and(|token| token.is('='));
        text != "content" && (searched || called || compared)
    })
}

/// Ordinary words, where formats use marks such as `<think>` or `[INST]`.
fn is_phrase(text: &str) -> bool {
    let letters = text
        .chars()
        .filter(|character| character.is_alphabetic())
        .count();
    letters >= 4
        && text.chars().all(|character| {
            character.is_alphanumeric()
                || matches!(character, ' ' | '.' | ',' | '\'' | '?' | '!' | '-')
        })
}

/// Characters that no eye sees and every model reads.
fn unseen(text: &str) -> Option<&'static str> {
    let hidden = text.chars().any(|character| {
        matches!(
            character,
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}'
        )
    });
    hidden.then_some("the template holds characters that cannot be seen")
}
