//! Why an expression did not compile, or did not evaluate. Messages are those of the specification
//! where it names one.

use std::fmt;

/// Where in the source something stands, in bytes.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// The span from the start of `self` to the end of `other`.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self {
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }
}

/// What kind of problem the compiler found.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ProblemKind {
    /// The text is not an expression.
    Syntax,
    /// A limit was reached.
    Limit,
    /// A name that nothing declares.
    Undeclared,
    /// A message type that no provider knows.
    UnknownType,
    /// Types that do not fit.
    Type,
}

/// One problem with its place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// The kind.
    pub kind: ProblemKind,
    /// Where.
    pub span: Span,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
}

impl Problem {
    pub(crate) fn new(kind: ProblemKind, span: Span, message: impl Into<String>) -> Self {
        Self {
            kind,
            span,
            line: 0,
            column: 0,
            message: message.into(),
        }
    }

    /// Fills in line and column.
    pub(crate) fn placed(mut self, source: &str) -> Self {
        let end = (self.span.start as usize).min(source.len());
        let before = source.as_bytes().get(..end).unwrap_or_default();
        let line_start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |newline| newline + 1);
        let is_first_byte = |byte: &&u8| (**byte & 0xC0) != 0x80;
        let count = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let newlines: Vec<u8> = before.iter().filter(|b| **b == b'\n').copied().collect();
        let tail = before.get(line_start..).unwrap_or_default();
        let characters: Vec<u8> = tail.iter().filter(is_first_byte).copied().collect();
        self.line = count(&newlines).saturating_add(1);
        self.column = count(&characters).saturating_add(1);
        self
    }
}

/// Why an expression did not compile: at least one problem.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub struct CompileError {
    /// The problems, in the order of the source.
    pub problems: Vec<Problem>,
}

impl fmt::Display for CompileError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                out.write_str("; ")?;
            }
            let Problem {
                line,
                column,
                message,
                ..
            } = problem;
            write!(out, "{line}:{column}: {message}")?;
        }
        Ok(())
    }
}

impl CompileError {
    /// The type names that no provider knows, where that is all that is wrong.
    #[must_use]
    pub fn only_unknown_types(&self) -> bool {
        let unknown = |problem: &Problem| problem.kind == ProblemKind::UnknownType;
        !self.problems.is_empty() && self.problems.iter().all(unknown)
    }
}

/// Why an evaluation has no value.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// No overload of the function takes these arguments.
    #[error("no such overload: {0}")]
    NoSuchOverload(String),
    /// The program calls a function that the environment lacks.
    #[error("unbound function: {0}")]
    UnknownFunction(String),
    /// The program names a variable that is not bound.
    #[error("no such attribute: {0}")]
    UnknownVariable(String),
    /// A map without this key.
    #[error("no such key: {0}")]
    NoSuchKey(String),
    /// A message without this field.
    #[error("no such field: {0}")]
    NoSuchField(String),
    /// A list without this index.
    #[error("index out of bounds: {0}")]
    IndexOutOfBounds(String),
    /// A key of a type that cannot be a key.
    #[error("unsupported key type: {0}")]
    UnsupportedKey(&'static str),
    /// The same key twice in one map.
    #[error("failed with repeated key: {0}")]
    RepeatedKey(String),
    /// Division by zero.
    #[error("divide by zero")]
    DivideByZero,
    /// Remainder by zero.
    #[error("modulus by zero")]
    ModulusByZero,
    /// An integer, duration or timestamp beyond its range.
    #[error("range error: {0}")]
    Range(String),
    /// An argument that the function refuses.
    #[error("{0}")]
    Invalid(String),
    /// A message type that this engine has no descriptor of.
    #[error("unknown message type: {0}")]
    UnknownType(String),
    /// The cost limit was reached.
    #[error("operation cancelled: actual cost limit exceeded ({0})")]
    Cost(u64),
    /// A limit of the engine was reached.
    #[error("operation cancelled: the limit of {0} was reached")]
    Limit(&'static str),
}

impl EvalError {
    /// Whether `&&`, `||` and comprehensions may not swallow the error.
    #[must_use]
    pub const fn is_fatal(&self) -> bool {
        matches!(self, Self::Cost(_) | Self::Limit(_) | Self::UnknownType(_))
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::Invalid(message.into())
    }

    pub(crate) fn overload(function: &str) -> Self {
        Self::NoSuchOverload(function.to_owned())
    }
}
