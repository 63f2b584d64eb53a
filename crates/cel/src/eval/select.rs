//! Selections and indexes, on values and through optionals.

use std::sync::Arc;

use crate::error::EvalError;
use crate::eval::Evaluation;
use crate::program::{IndexNode, Node, SelectMode, SelectNode};
use crate::value::{Value, double_to_int};

impl<'p> Evaluation<'p> {
    pub(super) fn select(&mut self, select: &'p SelectNode) -> Result<Value, EvalError> {
        let operand = self.operand(&select.operand)?;
        let field = &*select.field;
        if select.mode == SelectMode::Test {
            self.charge(self.context.dialect.presence_test_cost)?;
            return has(&operand, field).map(Value::Bool);
        }
        match &operand {
            Value::Optional(None) => Ok(Value::none()),
            Value::Optional(Some(inner)) => self.optional(find_field(inner, field)?),
            other if select.mode == SelectMode::Optional => {
                self.optional(find_field(other, field)?)
            }
            other => {
                self.charge(1)?;
                find_field(other, field)?.ok_or_else(|| missing(other, field))
            }
        }
    }

    pub(super) fn index(&mut self, index: &'p IndexNode) -> Result<Value, EvalError> {
        let operand = self.operand(&index.operand)?;
        if matches!(operand, Value::Optional(None)) {
            return Ok(Value::none());
        }
        let key = self.part(&index.key)?;
        match &operand {
            Value::Optional(Some(inner)) => self.optional(find_index(inner, &key)?),
            other if index.optional => self.optional(find_index(other, &key)?),
            other => {
                self.charge(1)?;
                find_index(other, &key)?.ok_or_else(|| no_index(other, &key))
            }
        }
    }

    /// What an optional selection found; only what is there is counted.
    fn optional(&mut self, found: Option<Value>) -> Result<Value, EvalError> {
        self.charge(u64::from(found.is_some()))?;
        Ok(Value::Optional(found.map(Arc::new)))
    }

    /// What is selected from; what is no place costs one unit more, because it becomes one.
    fn operand(&mut self, node: &'p Node) -> Result<Value, EvalError> {
        let value = self.eval(node)?;
        if !node.is_attribute() {
            self.charge(1)?;
        }
        Ok(value)
    }
}

fn missing(operand: &Value, field: &str) -> EvalError {
    match operand {
        Value::Object(_) => EvalError::NoSuchField(field.to_owned()),
        _ => EvalError::NoSuchKey(field.to_owned()),
    }
}

fn find_field(operand: &Value, field: &str) -> Result<Option<Value>, EvalError> {
    match operand {
        Value::Map(map) => Ok(map.text(field).cloned()),
        Value::Object(object) => Ok(object.field(field).cloned()),
        other => {
            let message = format!(
                "type '{}' does not support field selection",
                other.type_name()
            );
            Err(EvalError::NoSuchOverload(message))
        }
    }
}

fn has(operand: &Value, field: &str) -> Result<bool, EvalError> {
    match operand {
        Value::Optional(None) => Ok(false),
        Value::Optional(Some(inner)) => has(inner, field),
        other => find_field(other, field).map(|found| found.is_some()),
    }
}

fn find_index(operand: &Value, key: &Value) -> Result<Option<Value>, EvalError> {
    match operand {
        Value::List(items) => {
            let position = position(key)?;
            let found = usize::try_from(position).ok().and_then(|at| items.get(at));
            Ok(found.cloned())
        }
        Value::Map(map) => Ok(map.get(key).cloned()),
        other => {
            let message = format!("_[_]({}, {})", other.type_name(), key.type_name());
            Err(EvalError::NoSuchOverload(message))
        }
    }
}

/// A position in a list: any number that is whole.
fn position(key: &Value) -> Result<i64, EvalError> {
    let found = match key {
        Value::Int(position) => Some(*position),
        Value::Uint(position) => i64::try_from(*position).ok(),
        Value::Double(position) => double_to_int(*position),
        _ => None,
    };
    found.ok_or_else(|| {
        let what = key.describe();
        EvalError::invalid(format!(
            "invalid_argument: unsupported index {what} in list"
        ))
    })
}

fn no_index(operand: &Value, key: &Value) -> EvalError {
    let key = key.describe();
    match operand {
        Value::List(_) => EvalError::IndexOutOfBounds(key),
        _ => EvalError::NoSuchKey(key),
    }
}
