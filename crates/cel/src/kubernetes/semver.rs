//! Semantic versions, strict or normalised.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use crate::error::EvalError;
use crate::eval::Context;
use crate::library::{Library, bool, refused};
use crate::opaque::Opaque;
use crate::value::Value;

pub(crate) static SEMVER: Library = Library {
    overloads: &[
        "string_to_semver = semver(string): kubernetes.Semver",
        "string_bool_to_semver = semver(string, bool): kubernetes.Semver",
        "is_semver_string = isSemver(string): bool",
        "is_semver_string_bool = isSemver(string, bool): bool",
        "semver_is_greater_than = kubernetes.Semver->isGreaterThan(kubernetes.Semver): bool",
        "semver_is_less_than = kubernetes.Semver->isLessThan(kubernetes.Semver): bool",
        "semver_compare_to = kubernetes.Semver->compareTo(kubernetes.Semver): int",
        "semver_major = kubernetes.Semver->major(): int",
        "semver_minor = kubernetes.Semver->minor(): int",
        "semver_patch = kubernetes.Semver->patch(): int",
    ],
    functions: &[
        ("semver", semver),
        ("isSemver", |_, args| bool(parsed(args)?.is_some())),
        ("isGreaterThan", |_, args| {
            bool(order(args)? == Ordering::Greater)
        }),
        ("isLessThan", |_, args| bool(order(args)? == Ordering::Less)),
        ("compareTo", |_, args| Ok(Value::Int(order(args)? as i64))),
        ("major", |_, args| {
            number(args, |version| version.numbers[0])
        }),
        ("minor", |_, args| {
            number(args, |version| version.numbers[1])
        }),
        ("patch", |_, args| {
            number(args, |version| version.numbers[2])
        }),
    ],
    types: &["kubernetes.Semver"],
};

/// A version. Build metadata is kept but has no part in the order.
#[derive(Clone, Debug)]
pub struct Semver {
    numbers: [u64; 3],
    pre_release: Vec<Identifier>,
    build: Vec<String>,
}

/// Numbers come before words.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Identifier {
    Number(u64),
    Word(String),
}

impl Semver {
    /// The version that a text names, by the letter of the specification.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (rest, build) = match text.split_once('+') {
            Some((rest, build)) => (
                rest,
                build.split('.').map(word).collect::<Option<Vec<_>>>()?,
            ),
            None => (text, Vec::new()),
        };
        let (numbers, pre_release) = match rest.split_once('-') {
            Some((numbers, pre)) => (
                numbers,
                pre.split('.').map(identifier).collect::<Option<Vec<_>>>()?,
            ),
            None => (rest, Vec::new()),
        };
        let mut parts = numbers.split('.').map(number_of);
        let numbers = [parts.next()??, parts.next()??, parts.next()??];
        if parts.next().is_some() {
            return None;
        }
        Some(Self {
            numbers,
            pre_release,
            build,
        })
    }

    /// The same with a leading `v`, leading zeros and missing numbers allowed.
    #[must_use]
    pub fn parse_normalized(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let mut parts: Vec<String> = text.splitn(3, '.').map(without_zeros).collect();
        if parts.len() < 3 {
            if parts.last()?.contains(['+', '-']) {
                return None;
            }
            parts.resize(3, "0".to_owned());
        }
        Self::parse(&parts.join("."))
    }

    fn precedence(&self, other: &Self) -> Ordering {
        let numbers = self.numbers.cmp(&other.numbers);
        numbers.then_with(
            || match (self.pre_release.is_empty(), other.pre_release.is_empty()) {
                (true, true) => Ordering::Equal,
                // A pre-release comes before the release.
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => self.pre_release.cmp(&other.pre_release),
            },
        )
    }
}

fn without_zeros(part: &str) -> String {
    if part.len() <= 1 {
        return part.to_owned();
    }
    let stripped = part.trim_start_matches('0');
    if stripped.starts_with(|first: char| first.is_ascii_digit()) {
        return stripped.to_owned();
    }
    format!("0{stripped}")
}

fn number_of(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = text.len() > 1 && text.starts_with('0');
    (digits && !leading_zero).then(|| text.parse().ok())?
}

fn word(text: &str) -> Option<String> {
    let valid = !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    valid.then(|| text.to_owned())
}

fn identifier(text: &str) -> Option<Identifier> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return number_of(text).map(Identifier::Number);
    }
    word(text).map(Identifier::Word)
}

impl PartialEq for Semver {
    fn eq(&self, other: &Self) -> bool {
        self.precedence(other) == Ordering::Equal
    }
}

impl fmt::Display for Semver {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(out, "{major}.{minor}.{patch}")?;
        for (index, identifier) in self.pre_release.iter().enumerate() {
            out.write_str(if index == 0 { "-" } else { "." })?;
            match identifier {
                Identifier::Number(number) => write!(out, "{number}")?,
                Identifier::Word(word) => out.write_str(word)?,
            }
        }
        for (index, word) in self.build.iter().enumerate() {
            write!(out, "{}{word}", if index == 0 { "+" } else { "." })?;
        }
        Ok(())
    }
}

fn parsed(args: &[Value]) -> Result<Option<Semver>, EvalError> {
    match args {
        [Value::String(text)] | [Value::String(text), Value::Bool(false)] => {
            Ok(Semver::parse(text))
        }
        [Value::String(text), Value::Bool(true)] => Ok(Semver::parse_normalized(text)),
        _ => refused(),
    }
}

fn semver(_: &Context<'_>, args: &[Value]) -> Result<Value, EvalError> {
    let malformed = || EvalError::invalid("the text is no semantic version");
    let version = parsed(args)?.ok_or_else(malformed)?;
    Ok(Value::Opaque(Opaque::Semver(Arc::new(version))))
}

fn order(args: &[Value]) -> Result<Ordering, EvalError> {
    match args {
        [
            Value::Opaque(Opaque::Semver(a)),
            Value::Opaque(Opaque::Semver(b)),
        ] => Ok(a.precedence(b)),
        _ => refused(),
    }
}

fn number(args: &[Value], part: fn(&Semver) -> u64) -> Result<Value, EvalError> {
    match args {
        [Value::Opaque(Opaque::Semver(version))] => {
            let range = |_| EvalError::Range("version number".to_owned());
            i64::try_from(part(version)).map(Value::Int).map_err(range)
        }
        _ => refused(),
    }
}
