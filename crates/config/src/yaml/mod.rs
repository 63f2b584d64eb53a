//! YAML and JSON as a tree with spans: every node knows where it stands, nothing is decided for you.
//!
//! Scalars keep their text and style; their meaning is asked for (`as_bool`, `as_i64`) and follows
//! the reading of the Kubernetes API server's YAML library, because that is who acts on the text.

mod build;
mod entries;
mod flaw;
mod json;
mod scalar;

use seawall_base::Location;

pub(crate) use self::flaw::shorten;
pub use self::flaw::{Flaw, FlawKind};
pub use self::scalar::{Plain, Scalar, Style};

/// A node of the tree.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Node {
    /// What it holds.
    pub value: Value,
    /// Where it stands. For what an alias stands for, the place of the anchor.
    pub span: Span,
}

/// What a node holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Value {
    /// A single value, null included.
    Scalar(Scalar),
    /// An ordered list.
    Sequence(Vec<Node>),
    /// Keys and values in the order of the text; a duplicate key keeps its last value.
    Mapping(Vec<Entry>),
}

/// One key of a mapping and its value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// The key as text.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

/// A stretch of the text: where it begins and the byte at which it ends.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Span {
    /// Line of the beginning, from 1.
    pub line: u32,
    /// Column of the beginning in characters, from 1.
    pub column: u32,
    /// Byte offset of the beginning.
    pub start: u32,
    /// Byte offset after the end.
    pub end: u32,
}

/// What one text may hold at most.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct YamlLimits {
    /// Bytes of the text.
    pub bytes_max: usize,
    /// Containers inside containers.
    pub depth_max: usize,
    /// Nodes of all documents together, aliases counted as what they expand to.
    pub nodes_max: usize,
    /// Documents of the stream.
    pub documents_max: usize,
}

/// The documents of one text, and what is wrong or doubtful about it.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The documents that could be read, in order. A broken document is left out, as a whole.
    pub documents: Vec<Node>,
    /// What could not be read, or could be read in two ways.
    pub flaws: Vec<Flaw>,
}

/// Reads YAML (or JSON, which a text that begins with `{` or `[` is tried as first).
#[must_use]
pub fn parse(bytes: &[u8], limits: &YamlLimits) -> Parsed {
    if bytes.len() > limits.bytes_max || u32::try_from(bytes.len()).is_err() {
        return Parsed::broken(
            FlawKind::Limit,
            format!("the text is longer than {} bytes", limits.bytes_max),
        );
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let mut parsed = Parsed::broken(FlawKind::Encoding, "the text is not UTF-8".into());
            if let Some(flaw) = parsed.flaws.first_mut() {
                flaw.at.byte = error.valid_up_to() as u64;
            }
            return parsed;
        }
    };
    // Strict JSON is also YAML; reading it by its own grammar is faster and has no YAML traps.
    // Anything else that begins with a bracket is a YAML flow collection.
    if let Some(parsed) = json::parse(text, limits) {
        return parsed;
    }
    build::parse(text, limits)
}

/// Reads strict JSON only: for bodies that must not be read as YAML.
///
/// # Errors
/// The flaw that makes the text something else than one JSON value within the limits.
pub fn parse_json(bytes: &[u8], limits: &YamlLimits) -> Result<Parsed, Flaw> {
    if bytes.len() > limits.bytes_max || u32::try_from(bytes.len()).is_err() {
        return Err(Flaw::new(
            FlawKind::Limit,
            Location::at_byte(0),
            format!("the text is longer than {} bytes", limits.bytes_max),
        ));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Flaw::new(
            FlawKind::Encoding,
            Location::at_byte(error.valid_up_to() as u64),
            "the text is not UTF-8".into(),
        )
    })?;
    json::parse_strict(text, limits)
}

impl Default for YamlLimits {
    fn default() -> Self {
        Self {
            bytes_max: 32 << 20,
            depth_max: 100,
            nodes_max: 2_000_000,
            documents_max: 20_000,
        }
    }
}

impl Span {
    /// The place where it begins, as findings and problems name it.
    #[must_use]
    pub fn location(&self) -> Location {
        Location {
            line: self.line,
            column: self.column,
            byte: u64::from(self.start),
        }
    }
}

impl Parsed {
    /// The flaws that make the reading incomplete or ambiguous, as problems of `path`.
    /// YAML 1.1 words are left out: they are doubtful, not wrong.
    #[must_use]
    pub fn problems(&self, path: &str) -> Vec<seawall_base::Problem> {
        self.flaws
            .iter()
            .filter(|flaw| flaw.kind != FlawKind::Ambiguous)
            .map(|flaw| flaw.problem(path))
            .collect()
    }

    fn broken(kind: FlawKind, message: String) -> Self {
        Self {
            documents: Vec::new(),
            flaws: vec![Flaw::new(
                kind,
                Location {
                    line: 1,
                    column: 1,
                    byte: 0,
                },
                message,
            )],
        }
    }
}

impl Node {
    /// The value of `key`, if this is a mapping that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of `key`, if this is a mapping that has it.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The node that a path of keys leads to.
    #[must_use]
    pub fn at(&self, keys: &[&str]) -> Option<&Self> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The entries of a mapping; none for anything else.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Mapping(entries) => entries,
            Value::Scalar(_) | Value::Sequence(_) => &[],
        }
    }

    /// The items of a sequence; none for anything else.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::Sequence(items) => items,
            Value::Scalar(_) | Value::Mapping(_) => &[],
        }
    }

    /// The scalar, if it is one.
    #[must_use]
    pub const fn scalar(&self) -> Option<&Scalar> {
        match &self.value {
            Value::Scalar(scalar) => Some(scalar),
            Value::Sequence(_) | Value::Mapping(_) => None,
        }
    }

    /// The text of any scalar but null, whatever its type: `"1"` and `1` both give `1`.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.scalar()
            .filter(|scalar| !scalar.is_null())
            .map(|scalar| scalar.text.as_str())
    }

    /// The text at the end of a path of keys, as [`Self::text`] reads it.
    #[must_use]
    pub fn text_at(&self, keys: &[&str]) -> Option<&str> {
        self.at(keys).and_then(Self::text)
    }

    /// The boolean, as Kubernetes reads it.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.scalar()?.plain() {
            Plain::Bool(value) => Some(value),
            Plain::Null | Plain::Integer(_) | Plain::Float | Plain::Text => None,
        }
    }

    /// The integer, as Kubernetes reads it.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self.scalar()?.plain() {
            Plain::Integer(value) => Some(value),
            Plain::Null | Plain::Bool(_) | Plain::Float | Plain::Text => None,
        }
    }

    /// The number, integer or not.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        self.scalar()?.number()
    }

    /// Whether it is null or empty text without quotes.
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.scalar().is_some_and(Scalar::is_null)
    }

    /// The same value as JSON, as Kubernetes converts it. Of keys that stand twice the last counts;
    /// readers that care look at the flaws.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;

        match &self.value {
            Value::Mapping(entries) => entries
                .iter()
                .map(|entry| (entry.key.clone(), entry.value.to_json()))
                .collect(),
            Value::Sequence(items) => items.iter().map(Self::to_json).collect(),
            Value::Scalar(scalar) => match scalar.plain() {
                Plain::Null => Json::Null,
                Plain::Bool(value) => value.into(),
                Plain::Integer(value) => value.into(),
                Plain::Float => scalar
                    .number()
                    .map_or_else(|| scalar.text.clone().into(), Json::from),
                Plain::Text => scalar.text.clone().into(),
            },
        }
    }

    /// The place where it begins.
    #[must_use]
    pub fn location(&self) -> Location {
        self.span.location()
    }

    /// A word for its shape, for messages.
    #[must_use]
    pub fn shape(&self) -> &'static str {
        match &self.value {
            Value::Mapping(_) => "a mapping",
            Value::Sequence(_) => "a list",
            Value::Scalar(scalar) => match scalar.plain() {
                Plain::Null => "nothing",
                Plain::Bool(_) => "a boolean",
                Plain::Integer(_) | Plain::Float => "a number",
                Plain::Text => "text",
            },
        }
    }
}

#[cfg(test)]
mod tests;
