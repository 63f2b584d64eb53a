//! What is wrong with a text, or could be read in two ways.

use seawall_base::{Location, Problem};

/// The sort of a [`Flaw`].
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum FlawKind {
    /// YAML 1.1 and 1.2 read a plain word differently (`yes`, `0777`).
    Ambiguous,
    /// A mapping names the same key twice; readers differ in which value they take.
    DuplicateKey,
    /// The bytes are not UTF-8.
    Encoding,
    /// A limit was reached.
    Limit,
    /// The text is not YAML, or uses something that has no meaning here.
    Syntax,
}

/// One thing that is wrong or doubtful.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Flaw {
    /// Where.
    pub at: Location,
    /// What sort.
    pub kind: FlawKind,
    /// What, in one sentence.
    pub message: String,
    /// The first of two places, for a duplicate key.
    pub first: Option<Location>,
    /// The key or word, where there is one; a whole document is broken where there is none.
    pub word: String,
}

impl Flaw {
    pub(super) const fn new(kind: FlawKind, at: Location, message: String) -> Self {
        Self {
            at,
            kind,
            message,
            first: None,
            word: String::new(),
        }
    }

    pub(super) fn duplicate(at: Location, first: Location, key: &str) -> Self {
        Self {
            first: Some(first),
            word: key.to_owned(),
            ..Self::new(
                FlawKind::DuplicateKey,
                at,
                format!(
                    "the key `{}` is given twice; the first is at line {}, column {}",
                    shorten(key),
                    first.line,
                    first.column
                ),
            )
        }
    }

    /// The flaw as a problem of `path`.
    #[must_use]
    pub fn problem(&self, path: &str) -> Problem {
        Problem {
            path: path.to_owned(),
            location: Some(self.at),
            message: self.message.clone(),
        }
    }
}

/// Keys come from outside: a message carries only so much of them, without control characters.
pub(crate) fn shorten(text: &str) -> String {
    const CHARS_MAX: usize = 60;
    seawall_base::printable(text, CHARS_MAX)
}
