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
        self.charge(1)?;
        match (&operand, select.mode) {
            (Value::Optional(None), _) => Ok(Value::none()),
            (Value::Optional(Some(inner)), _) => Ok(optional(find_field(inner, field)?)),
            (_, SelectMode::Optional) => Ok(optional(find_field(&operand, field)?)),
            _ => find_field(&operand, field)?.ok_or_else(|| missing(&operand, field)),
        }
    }

    pub(super) fn index(&mut self, index: &'p IndexNode) -> Result<Value, EvalError> {
        let operand = self.operand(&index.operand)?;
        let key = self.eval(&index.key)?;
        self.charge(1)?;
        match &operand {
            Value::Optional(None) => Ok(Value::none()),
            Value::Optional(Some(inner)) => Ok(optional(find_index(inner, &key)?)),
            _ if index.optional => Ok(optional(find_index(&operand, &key)?)),
            _ => find_index(&operand, &key)?.ok_or_else(|| no_index(&operand, &key)),
        }
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

fn optional(value: Option<Value>) -> Value {
    Value::Optional(value.map(Arc::new))
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
