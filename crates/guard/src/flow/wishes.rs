//! What people ask for: a person's wish for a tool is recognised by the words of the tool's kind, or
//! by the tool's own name.

use super::tools::{Kind, MEANINGS, name_words};
use super::words::{hash_of, words};

/// What the words of people ask for.
#[derive(Clone, Debug, Default)]
pub(super) struct Wishes {
    /// Hashes of the words, sorted.
    words: Vec<u32>,
    /// Letters and digits of what was said, to find a tool's own name.
    bare: String,
    operator: String,
}

impl Wishes {
    /// Adds words of the user.
    pub(super) fn user(&mut self, text: &str) {
        for sentence in text.split_inclusive(ENDS) {
            if !is_enquiry(sentence) {
                self.sentence(sentence);
            }
        }
        self.bare.extend(bare(text));
        self.bare.push(' ');
    }

    fn sentence(&mut self, text: &str) {
        let (mut before, mut earlier) = ("", "");
        for word in text.split_whitespace() {
            let bare = word.trim_matches(|mark: char| !mark.is_alphanumeric());
            let named = is_article(before) || is_article(earlier) || is_reading(before);
            if !named {
                self.words
                    .extend(words(bare).into_iter().map(|word| word.hash));
            }
            // What a mark sets apart begins anew.
            (earlier, before) = match word.ends_with(SETS_APART) {
                true => ("", ""),
                false => (before, bare),
            };
        }
    }

    /// Adds words of the operator, who wishes for a tool only by its name.
    pub(super) fn operator(&mut self, text: &str) {
        self.operator.extend(bare(text));
        self.operator.push(' ');
    }

    /// Makes the words ready to be asked for.
    pub(super) fn ready(&mut self) {
        self.words.sort_unstable();
        self.words.dedup();
    }

    /// Whether somebody who may wish for it wished for a tool of this name and kind.
    pub(super) fn cover(&self, name: &str, kind: Kind) -> bool {
        let own: String = bare(name).collect();
        if own.len() >= 4 && (self.bare.contains(&own) || self.operator.contains(&own)) {
            return true;
        }
        let says =
            |word: &str| forms(word).any(|form| self.words.binary_search(&hash_of(&form)).is_ok());
        if kind == Kind::Unknown {
            let long = name_words(name).into_iter().filter(|word| word.len() >= 4);
            return long.into_iter().any(|word| says(&word));
        }
        let meaning = MEANINGS.iter().find(|meaning| meaning.kind == kind);
        meaning.is_some_and(|meaning| {
            let mut words = meaning.names.iter().chain(meaning.wishes);
            words.any(|word| says(word))
        })
    }
}

/// Marks after which no article reaches on.
const SETS_APART: [char; 7] = ['.', ',', ';', ':', '!', '?', ')'];

/// Words before a name of a thing: "the mail" is no wish to mail.
fn is_article(word: &str) -> bool {
    const ARTICLES: [&str; 18] = [
        "the", "this", "that", "these", "those", "my", "your", "his", "her", "its", "our", "their",
        "which", "what", "whose", "of", "from", "about",
    ];
    ARTICLES
        .iter()
        .any(|article| word.eq_ignore_ascii_case(article))
}

/// Marks that end a sentence.
const ENDS: [char; 4] = ['.', '!', '?', '\n'];

/// Whether a sentence wants to know something rather than have something done: "What does it say?". What
/// begins "how about" or "why not" asks for a deed.
fn is_enquiry(sentence: &str) -> bool {
    const ASKS: [&str; 8] = [
        "what", "which", "who", "whose", "when", "where", "how", "why",
    ];
    let mut words = sentence.split_whitespace();
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    let asks = ASKS.iter().any(|word| first.eq_ignore_ascii_case(word));
    let proposes = ["about", "not", "don't"];
    asks && sentence.ends_with('?')
        && !proposes
            .iter()
            .any(|word| second.eq_ignore_ascii_case(word))
}

/// Verbs of reading, whose object is a thing: "read message 7" is no wish to message anybody. Verbs that
/// people also use for doing ("get a refund", "make a payment") are not among them.
fn is_reading(word: &str) -> bool {
    const READING: [&str; 14] = [
        "read",
        "open",
        "show",
        "view",
        "check",
        "find",
        "search",
        "fetch",
        "load",
        "describe",
        "summarise",
        "summarize",
        "list",
        "inspect",
    ];
    READING.iter().any(|verb| word.eq_ignore_ascii_case(verb))
}

fn bare(text: &str) -> impl Iterator<Item = char> {
    let letters = text.chars().filter(|mark| mark.is_alphanumeric());
    letters.flat_map(char::to_lowercase)
}

/// A word as people bend it.
fn forms(word: &str) -> impl Iterator<Item = String> {
    let stem = word.strip_suffix('e').unwrap_or(word);
    let doubled = word.chars().next_back().unwrap_or_default();
    [
        word.to_owned(),
        format!("{word}s"),
        format!("{stem}ing"),
        format!("{stem}ed"),
        format!("{word}{doubled}ing"),
        format!("{word}{doubled}ed"),
    ]
    .into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_no_wish() {
        let covers = |text: &str| {
            let mut wishes = Wishes::default();
            wishes.user(text);
            wishes.ready();
            wishes.cover("send_email", Kind::Send)
        };
        assert!(!covers("What is in the last email of my uncle?"));
        assert!(!covers("Please read message M-17. What does it say?"));
        assert!(!covers("Open contact 12. Is the name right?"));
        assert!(covers("Read message M-17 and message Ann about it."));
        assert!(covers("How about sending Ann an email?"));
        assert!(covers("Could you tell Ann?"));
        assert!(covers("Read the note, email it to Ann."));
        assert!(covers("Email the note to Ann."));
    }

    #[test]
    fn a_wish_is_a_word_of_the_same_kind_or_the_name() {
        let mut wishes = Wishes::default();
        wishes.user("Could you please forward the notes, then frobnicate them?");
        wishes.operator("You may use purge_cache when asked.");
        wishes.ready();
        assert!(wishes.cover("send_email", Kind::Send));
        assert!(wishes.cover("frobnicate", Kind::Unknown));
        assert!(wishes.cover("purge_cache", Kind::Destroy));
        assert!(!wishes.cover("delete_file", Kind::Destroy));
    }
}
