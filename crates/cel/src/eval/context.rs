//! What functions may use while they run: limits that they count against, and regular expressions.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::env::Dialect;
use crate::error::EvalError;
use crate::limits::Limits;
use crate::regex::Regex;
use crate::value::{self, Value};

/// The state of one evaluation that functions see.
#[derive(Debug)]
pub(crate) struct Context<'p> {
    pub(crate) limits: &'p Limits,
    pub(crate) dialect: Dialect,
    regexes: &'p BTreeMap<Arc<str>, Regex>,
    steps_left: Cell<u64>,
    built_left: Cell<usize>,
}

impl<'p> Context<'p> {
    pub(crate) fn new(
        limits: &'p Limits,
        dialect: Dialect,
        regexes: &'p BTreeMap<Arc<str>, Regex>,
    ) -> Self {
        Self {
            limits,
            dialect,
            regexes,
            steps_left: Cell::new(limits.steps_max),
            built_left: Cell::new(limits.built_max),
        }
    }

    /// Counts steps.
    pub(crate) fn step(&self, count: u64) -> Result<(), EvalError> {
        let left = self.steps_left.get().checked_sub(count);
        self.steps_left.set(left.unwrap_or(0));
        left.map(|_| ()).ok_or(EvalError::Limit("steps"))
    }

    /// Counts bytes of text or elements of lists and maps before they are built.
    pub(crate) fn build(&self, count: usize) -> Result<(), EvalError> {
        let left = self.built_left.get().checked_sub(count);
        self.built_left.set(left.unwrap_or(0));
        left.map(|_| ()).ok_or(EvalError::Limit("built values"))
    }

    /// A text as a value, counted.
    pub(crate) fn text(&self, text: String) -> Result<Value, EvalError> {
        self.build(text.len())?;
        Ok(Value::String(text.into()))
    }

    /// A list as a value, counted.
    pub(crate) fn list(&self, items: Vec<Value>) -> Result<Value, EvalError> {
        self.build(items.len())?;
        Ok(Value::list(items))
    }

    /// Whether two values are equal, counted.
    pub(crate) fn equal(&self, a: &Value, b: &Value) -> Result<bool, EvalError> {
        let mut fuel = self.steps_left.get();
        let equal = value::equal(a, b, &mut fuel);
        self.steps_left.set(fuel);
        equal.ok_or(EvalError::Limit("steps"))
    }

    /// Whether `items` hold a value equal to `wanted`, counted.
    pub(crate) fn contains(&self, items: &[Value], wanted: &Value) -> Result<bool, EvalError> {
        for item in items {
            if self.equal(item, wanted)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The regular expression of a pattern, which is compiled already if it stands in the source.
    pub(crate) fn regex(&self, pattern: &str) -> Result<Cow<'_, Regex>, EvalError> {
        if let Some(regex) = self.regexes.get(pattern) {
            return Ok(Cow::Borrowed(regex));
        }
        self.step(1_000)?;
        Regex::new(pattern, self.limits.regex_bytes_max).map(Cow::Owned)
    }
}
