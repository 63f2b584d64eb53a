//! Comprehensions.

use std::sync::Arc;

use crate::cost;
use crate::error::EvalError;
use crate::eval::{Evaluation, Slot};
use crate::program::{FoldNode, Node};
use crate::value::{Key, Map, Value};

impl<'p> Evaluation<'p> {
    pub(super) fn fold(&mut self, fold: &'p FoldNode) -> Result<Value, EvalError> {
        let range = self.eval(&fold.range)?;
        let initial = self.eval(&fold.initial)?;
        self.set(fold.accumulator, Slot::Value(initial));
        match &range {
            Value::List(items) => self.over_list(fold, items)?,
            Value::Map(map) => self.over_map(fold, map)?,
            other => {
                let message = format!("comprehension over '{}'", other.type_name());
                return Err(EvalError::NoSuchOverload(message));
            }
        }
        self.set(fold.slot, Slot::Empty);
        let result = self.eval(&fold.result);
        self.set(fold.accumulator, Slot::Empty);
        result
    }

    fn over_list(&mut self, fold: &'p FoldNode, items: &[Value]) -> Result<(), EvalError> {
        for (index, item) in items.iter().enumerate() {
            let first = match fold.slot2 {
                Some(second) => {
                    self.set(second, Slot::Value(item.clone()));
                    index_value(index)
                }
                None => item.clone(),
            };
            self.set(fold.slot, Slot::Value(first));
            if !self.step(fold)? {
                break;
            }
        }
        Ok(())
    }

    fn over_map(&mut self, fold: &'p FoldNode, map: &Map) -> Result<(), EvalError> {
        for (key, value) in map.iter() {
            self.set(fold.slot, Slot::Value(key.to_value()));
            if let Some(second) = fold.slot2 {
                self.set(second, Slot::Value(value.clone()));
            }
            if !self.step(fold)? {
                break;
            }
        }
        Ok(())
    }

    /// One turn; false where the loop ends.
    fn step(&mut self, fold: &'p FoldNode) -> Result<bool, EvalError> {
        if let Some(condition) = &fold.condition
            && self.eval(condition)? == Value::Bool(false)
        {
            return Ok(false);
        }
        match self.eval(&fold.step) {
            Ok(value) => self.set(fold.accumulator, Slot::Value(value)),
            Err(error) if error.is_fatal() => return Err(error),
            Err(error) => {
                self.set(fold.accumulator, Slot::Failed(error));
                // Only a condition that looks at the accumulator can make an error good again.
                return Ok(fold.condition.is_some());
            }
        }
        Ok(true)
    }

    /// Takes the accumulator out of its place, so that it is not shared and can grow where it is.
    fn taken(&mut self, slot: usize) -> Result<Value, EvalError> {
        match self
            .slots
            .get_mut(slot)
            .map(|slot| std::mem::replace(slot, Slot::Empty))
        {
            Some(Slot::Value(value)) => Ok(value),
            Some(Slot::Failed(error)) => Err(error),
            _ => Err(EvalError::UnknownVariable("out of scope".to_owned())),
        }
    }

    pub(super) fn append(&mut self, slot: usize, value: &'p Node) -> Result<Value, EvalError> {
        let value = self.eval(value)?;
        self.charge(2 + cost::LIST_CREATE)?;
        self.context.build(1)?;
        match self.taken(slot)? {
            Value::List(mut items) => {
                Arc::make_mut(&mut items).push(value);
                Ok(Value::List(items))
            }
            _ => Err(EvalError::overload("_+_")),
        }
    }

    pub(super) fn insert(
        &mut self,
        slot: usize,
        key: Option<&'p Node>,
        value: &'p Node,
    ) -> Result<Value, EvalError> {
        let key = match key {
            Some(key) => Some(Key::from_value(&self.eval(key)?)?),
            None => None,
        };
        let value = self.eval(value)?;
        self.charge(2)?;
        let Value::Map(mut map) = self.taken(slot)? else {
            return Err(EvalError::overload("cel.@mapInsert"));
        };
        let target = Arc::make_mut(&mut map);
        match (key, &value) {
            (Some(key), _) => {
                self.context.build(1)?;
                target.insert_new(key, value)?;
            }
            (None, Value::Map(entries)) => {
                self.context.build(entries.len())?;
                for (key, value) in entries.iter() {
                    target.insert_new(key, value.clone())?;
                }
            }
            _ => return Err(EvalError::overload("cel.@mapInsert")),
        }
        Ok(Value::Map(map))
    }
}

fn index_value(index: usize) -> Value {
    Value::Int(i64::try_from(index).unwrap_or(i64::MAX))
}
