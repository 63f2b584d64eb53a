//! Ways out of the sandbox of a template: private attributes, computed keys, other templates.

use super::lexer::{Content, Piece, Token};

/// A construct that no chat template needs.
pub(super) struct Escape {
    pub(super) byte: u64,
    pub(super) what: &'static str,
    pub(super) word: String,
}

/// Names that lead from any object to the program around it.
const CHAIN: &[&str] = &[
    "__base__",
    "__bases__",
    "__builtins__",
    "__call__",
    "__class__",
    "__code__",
    "__dict__",
    "__getattribute__",
    "__getitem__",
    "__globals__",
    "__import__",
    "__init__",
    "__loader__",
    "__mro__",
    "__reduce__",
    "__self__",
    "__spec__",
    "__subclasses__",
    "cr_frame",
    "f_builtins",
    "f_globals",
    "func_globals",
    "gi_code",
    "gi_frame",
    "mro",
    "tb_frame",
];

/// Functions and objects that engines provide; their attributes are of no use to a template.
const PROVIDED: &[&str] = &[
    "cycler",
    "dict",
    "get_flashed_messages",
    "joiner",
    "lipsum",
    "namespace",
    "raise_exception",
    "range",
    "self",
    "strftime_now",
    "url_for",
];

/// Filters whose result is a number, as an index is.
const NUMERIC: &[&str] = &["abs", "count", "int", "length"];

/// The first construct that is one.
pub(super) fn find(pieces: &[Piece]) -> Option<Escape> {
    let underscored = pieces.iter().any(has_underscored);
    pieces.iter().find_map(|piece| {
        let (tokens, statement) = match &piece.content {
            Content::Text(_) => return None,
            Content::Expression(tokens) => (tokens, false),
            Content::Statement(tokens) => (tokens, true),
        };
        let keyword = tokens
            .iter()
            .find(|token| !matches!(token, Token::Mark('-' | '+')));
        let keyword = keyword.and_then(Token::word).unwrap_or_default();
        let other = matches!(keyword, "include" | "import" | "from" | "extends");
        let found = match statement && other {
            true => Some(("reads another template by", keyword.to_owned())),
            false => chain(tokens).or_else(|| computed(tokens, underscored)),
        };
        found.map(|(what, word)| Escape {
            byte: piece.byte,
            what,
            word,
        })
    })
}

/// Whether a string begins or ends with an underscore, as parts of such a name do.
fn has_underscored(piece: &Piece) -> bool {
    let (Content::Expression(tokens) | Content::Statement(tokens)) = &piece.content else {
        return false;
    };
    tokens
        .iter()
        .filter_map(Token::text)
        .any(|text| text.starts_with('_') || text.ends_with('_'))
}

/// A private name written down, whole or in pieces.
fn chain(tokens: &[Token]) -> Option<(&'static str, String)> {
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| tokens.get(index));
        let next = tokens.get(index + 1);
        match token {
            Token::Word(word)
                if before.is_some_and(|token| token.is('.'))
                    && (word.starts_with('_') || CHAIN.contains(&word.as_str())) =>
            {
                return Some(("uses the private attribute", word.clone()));
            }
            Token::Word(word) if word == "attr" && before.is_some_and(|token| token.is('|')) => {
                return Some(("looks attributes up with the filter", word.clone()));
            }
            Token::Word(word)
                if PROVIDED.contains(&word.as_str())
                    && next.is_some_and(|token| token.is('.') || token.is('[')) =>
            {
                return Some(("looks into the function", word.clone()));
            }
            Token::Word(word)
                if word == "attribute"
                    && next.is_some_and(|token| token.is('='))
                    && !matches!(tokens.get(index + 2), Some(Token::Text(_) | Token::Number)) =>
            {
                return Some(("computes the name for", word.clone()));
            }
            _ => {}
        }
    }
    folded(tokens)
        .find(|text| {
            CHAIN
                .iter()
                .any(|name| name.starts_with("__") && text.contains(name))
        })
        .map(|text| ("spells the private attribute", text))
}

/// The strings of an expression, with those joined that `~` or `+` joins.
fn folded(tokens: &[Token]) -> impl Iterator<Item = String> {
    let mut runs: Vec<String> = Vec::new();
    let mut open = false;
    for (index, token) in tokens.iter().enumerate() {
        match token {
            Token::Text(text) => match runs.last_mut() {
                Some(run) if open => run.push_str(text),
                _ => runs.push(text.clone()),
            },
            Token::Mark('~' | '+') if index > 0 => continue,
            _ => {}
        }
        open = matches!(token, Token::Text(_));
    }
    runs.into_iter()
}

/// A key in brackets that is neither a word nor a number but put together there.
fn computed(tokens: &[Token], underscored: bool) -> Option<(&'static str, String)> {
    let mut subscripts: Vec<bool> = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| tokens.get(index));
        let next = tokens.get(index + 1);
        match token {
            Token::Mark('[') => {
                let is_key = matches!(before, Some(Token::Word(word)) if !is_keyword(word))
                    || matches!(before, Some(Token::Text(_) | Token::Mark(']' | ')')));
                subscripts.push(is_key);
            }
            Token::Mark(']') => drop(subscripts.pop()),
            _ if subscripts.last() != Some(&true) => {}
            Token::Mark('~') => return Some(("computes a key with", "~".to_owned())),
            Token::Mark('+') if underscored && !matches!(next, Some(Token::Number)) => {
                return Some(("computes a key with", "+".to_owned()));
            }
            Token::Mark('|') => {
                let filter = next.and_then(Token::word).unwrap_or_default();
                if !NUMERIC.contains(&filter) {
                    return Some(("computes a key with the filter", filter.to_owned()));
                }
            }
            Token::Text(text) => {
                let bent =
                    next.is_some_and(|token| matches!(token, Token::Mark('.' | '[' | '%' | '|')));
                if bent || text.starts_with("__") {
                    return Some(("computes a key from", text.clone()));
                }
            }
            _ => {}
        }
    }
    None
}

fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "and" | "elif" | "else" | "if" | "in" | "is" | "not" | "or" | "set"
    )
}
