//! Decodes a tree by hand and keeps every problem with its place, so that a user fixes them at once.
//!
//! ```
//! use seawall_config::{Reader, yaml};
//!
//! let parsed = yaml::parse(b"name: claims\nowner: 3\n", &yaml::YamlLimits::default());
//! let reader = Reader::new("seawall.yaml");
//! let mut fields = reader.fields(&parsed.documents[0], "the system").unwrap();
//! let name = fields.required_text("name");
//! fields.finish();
//! assert_eq!(name.as_deref(), Some("claims"));
//! assert_eq!(reader.into_problems()[0].message, "unknown key `owner` in the system; known: name");
//! ```

use std::cell::RefCell;
use std::str::FromStr;

use seawall_base::{Location, Problem};

use crate::suggest::closest;
use crate::yaml::{Node, Value, shorten};

/// Collects the problems of one text while it is decoded.
#[derive(Debug)]
pub struct Reader {
    path: String,
    problems: RefCell<Vec<Problem>>,
}

/// The fields of one mapping while they are asked for; [`Fields::finish`] reports the rest.
#[derive(Debug)]
#[must_use = "call `finish`, which reports the unknown keys"]
pub struct Fields<'a> {
    reader: &'a Reader,
    node: &'a Node,
    subject: &'a str,
    asked: Vec<&'static str>,
}

impl Reader {
    /// A reader of the text that the user knows as `path`.
    #[must_use]
    pub fn new(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            problems: RefCell::default(),
        }
    }

    /// Notes a problem at a node.
    pub fn problem(&self, node: &Node, message: impl Into<String>) {
        self.problem_at(Some(node.location()), message);
    }

    /// Notes a problem at a place, or of the text as a whole.
    pub fn problem_at(&self, location: Option<Location>, message: impl Into<String>) {
        self.problems.borrow_mut().push(Problem {
            path: self.path.clone(),
            location,
            message: message.into(),
        });
    }

    /// The fields of a mapping; anything else is a problem. `subject` names it in messages.
    #[must_use]
    pub fn fields<'a>(&'a self, node: &'a Node, subject: &'a str) -> Option<Fields<'a>> {
        if !matches!(node.value, Value::Mapping(_)) {
            self.expected(node, subject, "a mapping");
            return None;
        }
        Some(Fields {
            reader: self,
            node,
            subject,
            asked: Vec::new(),
        })
    }

    /// The items of a list; anything else but null is a problem. `subject` names it in messages.
    #[must_use]
    pub fn items<'a>(&self, node: &'a Node, subject: &str) -> &'a [Node] {
        if !matches!(node.value, Value::Sequence(_)) && !node.is_null() {
            self.expected(node, subject, "a list");
        }
        node.items()
    }

    /// The text of a scalar; null, lists and mappings are problems.
    #[must_use]
    pub fn text(&self, node: &Node, subject: &str) -> Option<String> {
        let text = node.text();
        if text.is_none() {
            self.expected(node, subject, "text");
        }
        text.map(str::to_owned)
    }

    /// A value by its own [`FromStr`], whose error becomes the problem.
    #[must_use]
    pub fn parse<T: FromStr<Err: std::fmt::Display>>(
        &self,
        node: &Node,
        subject: &str,
    ) -> Option<T> {
        let text = self.text(node, subject)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.problem(node, format!("{subject}: {error}"));
                None
            }
        }
    }

    /// The number of a scalar, integer or not.
    #[must_use]
    pub fn number(&self, node: &Node, subject: &str) -> Option<f64> {
        let number = node.as_f64().filter(|number| number.is_finite());
        if number.is_none() {
            self.expected(node, subject, "a number");
        }
        number
    }

    /// A whole number that is not negative.
    #[must_use]
    pub fn count(&self, node: &Node, subject: &str) -> Option<u64> {
        let count = node.as_i64().and_then(|value| u64::try_from(value).ok());
        if count.is_none() {
            self.expected(node, subject, "a whole number that is not negative");
        }
        count
    }

    /// The boolean of a scalar.
    #[must_use]
    pub fn boolean(&self, node: &Node, subject: &str) -> Option<bool> {
        let value = node.as_bool();
        if value.is_none() {
            self.expected(node, subject, "true or false");
        }
        value
    }

    /// The value that the word at `node` names among `words`; others are a problem that lists them.
    #[must_use]
    pub fn one_of<T: Copy>(&self, node: &Node, subject: &str, words: &[(&str, T)]) -> Option<T> {
        let text = node.text().unwrap_or_default();
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return Some(*value);
        }
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let mut message = format!("{subject} must be one of {}", known.join(", "));
        match closest(text, known) {
            Some(close) => message.push_str(&format!("; did you mean `{close}`?")),
            None => message.push_str(&format!(", not {}", describe(node))),
        }
        self.problem(node, message);
        None
    }

    /// Whether nothing has gone wrong so far.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.problems.borrow().is_empty()
    }

    /// Everything that went wrong, in the order of the text.
    #[must_use]
    pub fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.sort();
        problems.dedup();
        problems
    }

    fn expected(&self, node: &Node, subject: &str, what: &str) {
        self.problem(
            node,
            format!("{subject} must be {what}, not {}", describe(node)),
        );
    }
}

impl<'a> Fields<'a> {
    /// The mapping itself.
    #[must_use]
    pub const fn node(&self) -> &'a Node {
        self.node
    }

    /// The value of `key`, where it is given and not null.
    pub fn optional(&mut self, key: &'static str) -> Option<&'a Node> {
        self.asked.push(key);
        self.node.get(key).filter(|node| !node.is_null())
    }

    /// The value of `key`; its absence is a problem.
    pub fn required(&mut self, key: &'static str) -> Option<&'a Node> {
        let node = self.optional(key);
        if node.is_none() {
            let message = format!("`{key}` is missing in {}", self.subject);
            let place = self.node.entry(key).map_or(self.node, |entry| &entry.value);
            self.reader.problem(place, message);
        }
        node
    }

    /// The text of `key`, where it is given.
    pub fn text(&mut self, key: &'static str) -> Option<String> {
        let node = self.optional(key)?;
        self.reader.text(node, &quoted(key))
    }

    /// The text of `key`; its absence is a problem.
    pub fn required_text(&mut self, key: &'static str) -> Option<String> {
        let node = self.required(key)?;
        self.reader.text(node, &quoted(key))
    }

    /// The value of `key` by its own [`FromStr`], where it is given.
    pub fn parse<T: FromStr<Err: std::fmt::Display>>(&mut self, key: &'static str) -> Option<T> {
        let node = self.optional(key)?;
        self.reader.parse(node, &quoted(key))
    }

    /// The number of `key`, where it is given.
    pub fn number(&mut self, key: &'static str) -> Option<f64> {
        let node = self.optional(key)?;
        self.reader.number(node, &quoted(key))
    }

    /// The whole, not negative number of `key`, where it is given.
    pub fn count(&mut self, key: &'static str) -> Option<u64> {
        let node = self.optional(key)?;
        self.reader.count(node, &quoted(key))
    }

    /// The boolean of `key`, where it is given.
    pub fn boolean(&mut self, key: &'static str) -> Option<bool> {
        let node = self.optional(key)?;
        self.reader.boolean(node, &quoted(key))
    }

    /// The value that the word of `key` names among `words`, where it is given.
    pub fn one_of<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let node = self.optional(key)?;
        self.reader.one_of(node, &quoted(key), words)
    }

    /// The items of the list of `key`; none where it is not given.
    pub fn items(&mut self, key: &'static str) -> &'a [Node] {
        match self.optional(key) {
            Some(node) => self.reader.items(node, &quoted(key)),
            None => &[],
        }
    }

    /// The texts of the list of `key`; none where it is not given.
    pub fn texts(&mut self, key: &'static str) -> Vec<String> {
        let subject = format!("an item of `{key}`");
        let items = self.items(key);
        items
            .iter()
            .filter_map(|item| self.reader.text(item, &subject))
            .collect()
    }

    /// Reports every key that nobody asked for, with the closest known one.
    pub fn finish(self) {
        for entry in self.node.entries() {
            let key = entry.key.as_str();
            if self.asked.contains(&key) {
                continue;
            }
            let mut message = format!("unknown key `{}` in {}", shorten(key), self.subject);
            match closest(key, self.asked.iter().copied()) {
                Some(close) => message.push_str(&format!("; did you mean `{close}`?")),
                None => {
                    let mut known = self.asked.clone();
                    known.sort_unstable();
                    known.dedup();
                    message.push_str(&format!("; known: {}", known.join(", ")));
                }
            }
            self.reader
                .problem_at(Some(entry.key_span.location()), message);
        }
    }
}

fn quoted(key: &str) -> String {
    format!("`{key}`")
}

fn describe(node: &Node) -> String {
    match (&node.value, node.text()) {
        (Value::Scalar(_), Some(text)) => format!("`{}`", shorten(text)),
        _ => node.shape().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::render_problems;
    use crate::yaml::{YamlLimits, parse};

    #[test]
    fn every_problem_is_collected_with_its_place() {
        let text = "name: [a]\nmode: shadwo\ncoutn: 1\ncount: -1\nratio: much\nflag: 3\nlist: x\n";
        let parsed = parse(text.as_bytes(), &YamlLimits::default());
        let reader = Reader::new("c.yaml");
        let mut fields = reader.fields(&parsed.documents[0], "the sample").unwrap();
        assert_eq!(fields.required_text("name"), None);
        assert_eq!(fields.required_text("owner"), None);
        assert_eq!(fields.one_of("mode", &[("shadow", 1), ("off", 2)]), None);
        assert_eq!(fields.count("count"), None);
        assert_eq!(fields.number("ratio"), None);
        assert_eq!(fields.boolean("flag"), None);
        assert!(fields.items("list").is_empty());
        fields.finish();
        assert_eq!(
            render_problems(&reader.into_problems()),
            "error: c.yaml:1:1: `owner` is missing in the sample\n\
             error: c.yaml:1:7: `name` must be text, not a list\n\
             error: c.yaml:2:7: `mode` must be one of shadow, off; did you mean `shadow`?\n\
             error: c.yaml:3:1: unknown key `coutn` in the sample; did you mean `count`?\n\
             error: c.yaml:4:8: `count` must be a whole number that is not negative, not `-1`\n\
             error: c.yaml:5:8: `ratio` must be a number, not `much`\n\
             error: c.yaml:6:7: `flag` must be true or false, not `3`\n\
             error: c.yaml:7:7: `list` must be a list, not `x`\n"
        );
    }
}
