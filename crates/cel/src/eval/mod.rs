//! The evaluator: walks the nodes of a program.

mod bindings;
mod context;
mod fold;
mod select;

pub use crate::eval::bindings::Bindings;
pub(crate) use crate::eval::context::Context;

use std::sync::Arc;

use crate::cost;
use crate::error::EvalError;
use crate::messages;
use crate::program::{CallNode, Node, Program};
use crate::value::{Key, Map, Value};

/// What came of an evaluation.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The value, or why there is none.
    pub result: Result<Value, EvalError>,
    /// What it cost, in the units of the API server.
    pub cost: u64,
}

/// One evaluation of one program.
pub(crate) struct Evaluation<'p> {
    pub(crate) context: Context<'p>,
    program: &'p Program,
    bindings: &'p Bindings,
    slots: Vec<Slot<'p>>,
    cost: u64,
    budget: u64,
}

/// A variable of a comprehension.
#[derive(Clone, Debug)]
enum Slot<'p> {
    Empty,
    Value(Value),
    Failed(EvalError),
    /// The value of a `cel.bind` that was not asked for yet.
    Lazy(&'p Node),
}

impl<'p> Evaluation<'p> {
    pub(crate) fn new(program: &'p Program, bindings: &'p Bindings, budget: u64) -> Self {
        Self {
            context: Context::new(&program.limits, program.dialect, &program.regexes),
            program,
            bindings,
            slots: vec![Slot::Empty; program.slots],
            cost: 0,
            budget,
        }
    }

    pub(crate) fn run(mut self) -> Outcome {
        let result = self.eval(&self.program.root);
        Outcome {
            result,
            cost: self.cost,
        }
    }

    fn charge(&mut self, units: u64) -> Result<(), EvalError> {
        self.cost = self.cost.saturating_add(units);
        if self.cost > self.budget {
            return Err(EvalError::Cost(self.budget));
        }
        Ok(())
    }

    fn eval(&mut self, node: &'p Node) -> Result<Value, EvalError> {
        self.context.step(1)?;
        match node {
            Node::Const(value) => Ok(value.clone()),
            Node::Local(slot) => self.local(*slot),
            Node::Variable(name) => self.variable(name),
            Node::Fail(error) => Err(error.clone()),
            Node::Select(select) => self.select(select),
            Node::Index(index) => self.index(index),
            Node::And(terms) => self.logical(terms, false),
            Node::Or(terms) => self.logical(terms, true),
            Node::Conditional(parts) => self.conditional(parts),
            Node::NotStrictlyFalse(inner) => self.not_strictly_false(inner),
            Node::Call(call) => self.call(call),
            Node::Either(pair, unwraps) => self.either(pair, *unwraps),
            Node::Member(value, items) => {
                let value = self.eval(value)?;
                self.member(&value, items).map(Value::Bool)
            }
            Node::List(items) => self.list(items),
            Node::Map(entries) => self.map(entries),
            Node::Struct(name, fields) => self.construct(name, fields),
            Node::Fold(fold) => self.fold(fold),
            Node::Bind(bind) => {
                self.set(bind.slot, Slot::Lazy(&bind.value));
                let result = self.eval(&bind.body);
                self.set(bind.slot, Slot::Empty);
                result
            }
            Node::Append(slot, value) => self.append(*slot, value),
            Node::Insert(slot, key, value) => self.insert(*slot, key.as_deref(), value),
        }
    }

    fn set(&mut self, slot: usize, state: Slot<'p>) {
        if let Some(place) = self.slots.get_mut(slot) {
            *place = state;
        }
    }

    fn local(&mut self, slot: usize) -> Result<Value, EvalError> {
        self.charge(1)?;
        self.slot_value(slot)
    }

    fn slot_value(&mut self, slot: usize) -> Result<Value, EvalError> {
        match self.slots.get(slot) {
            Some(Slot::Value(value)) => Ok(value.clone()),
            Some(Slot::Failed(error)) => Err(error.clone()),
            Some(Slot::Lazy(node)) => {
                let node: &'p Node = node;
                let result = self.eval(node);
                let state = match &result {
                    Ok(value) => Slot::Value(value.clone()),
                    Err(error) => Slot::Failed(error.clone()),
                };
                self.set(slot, state);
                result
            }
            Some(Slot::Empty) | None => Err(EvalError::UnknownVariable("out of scope".to_owned())),
        }
    }

    fn variable(&mut self, name: &str) -> Result<Value, EvalError> {
        self.charge(1)?;
        let unbound = || EvalError::UnknownVariable(name.to_owned());
        self.bindings.get(name).cloned().ok_or_else(unbound)
    }

    /// `&&` with `decides` false, `||` with `decides` true: one term that decides outweighs an error
    /// of the other.
    fn logical(&mut self, terms: &'p [Node; 2], decides: bool) -> Result<Value, EvalError> {
        let left = self.eval(&terms[0]);
        match &left {
            Ok(Value::Bool(value)) if *value == decides => return left,
            Err(error) if error.is_fatal() => return left,
            _ => {}
        }
        let right = self.eval(&terms[1]);
        match (&left, &right) {
            (_, Ok(Value::Bool(value))) if *value == decides => right,
            (_, Err(error)) if error.is_fatal() => right,
            (Ok(Value::Bool(_)), Ok(Value::Bool(_))) => right,
            (Err(_), _) => left,
            (Ok(Value::Bool(_)), Err(_)) => right,
            _ => Err(EvalError::overload(if decides { "_||_" } else { "_&&_" })),
        }
    }

    fn conditional(&mut self, parts: &'p [Node; 3]) -> Result<Value, EvalError> {
        let [condition, yes, no] = parts;
        match self.eval(condition)? {
            Value::Bool(true) => self.part(yes),
            Value::Bool(false) => self.part(no),
            _ => Err(EvalError::overload("_?_:_")),
        }
    }

    fn either(&mut self, pair: &'p [Node; 2], unwraps: bool) -> Result<Value, EvalError> {
        let [first, second] = pair;
        match self.eval(first)? {
            Value::Optional(Some(value)) if unwraps => Ok((*value).clone()),
            value @ Value::Optional(Some(_)) => Ok(value),
            Value::Optional(None) => match self.eval(second)? {
                value if unwraps || matches!(value, Value::Optional(_)) => Ok(value),
                other => Err(no_such_overload("or", &[Value::none(), other])),
            },
            other => Err(no_such_overload("or", &[other])),
        }
    }

    /// A place that is part of another expression: reading it is counted there.
    fn part(&mut self, node: &'p Node) -> Result<Value, EvalError> {
        let is_place = matches!(
            node,
            Node::Local(_) | Node::Variable(_) | Node::Select(_) | Node::Index(_)
        );
        let result = self.eval(node);
        if is_place {
            self.cost = self.cost.saturating_sub(1);
        }
        result
    }

    /// Whether a constant list, or the keys that it was turned into, holds a value.
    fn member(&self, value: &Value, items: &Value) -> Result<bool, EvalError> {
        match items {
            Value::Map(keys) => Ok(keys.get(value).is_some()),
            Value::List(items) => self.context.contains(items, value),
            _ => Ok(false),
        }
    }

    fn not_strictly_false(&mut self, inner: &'p Node) -> Result<Value, EvalError> {
        self.charge(1)?;
        match self.eval(inner) {
            Ok(Value::Bool(value)) => Ok(Value::Bool(value)),
            Err(error) if error.is_fatal() => Err(error),
            _ => Ok(Value::Bool(true)),
        }
    }

    fn call(&mut self, call: &'p CallNode) -> Result<Value, EvalError> {
        match call.args.as_slice() {
            [a] => {
                let result = self.eval(a);
                let [a] = self.all(call, [result])?;
                self.apply(call, &[a])
            }
            [a, b] => {
                // Both are evaluated, and counted, even where the first fails.
                let results = [self.eval(a), self.eval(b)];
                let args = self.all(call, results)?;
                self.apply(call, &args)
            }
            args => {
                let args: Result<Vec<Value>, _> = args.iter().map(|arg| self.eval(arg)).collect();
                self.apply(call, &args?)
            }
        }
    }

    /// The arguments, or the first error; a call that fails so is counted all the same.
    fn all<const N: usize>(
        &mut self,
        call: &CallNode,
        results: [Result<Value, EvalError>; N],
    ) -> Result<[Value; N], EvalError> {
        let fatal =
            |result: &&Result<Value, EvalError>| matches!(result, Err(error) if error.is_fatal());
        let failed = results.iter().find(fatal);
        let failed = failed.or_else(|| results.iter().find(|result| result.is_err()));
        let Some(Err(error)) = failed.cloned() else {
            return Ok(results.map(|result| result.unwrap_or(Value::Null)));
        };
        let args = results.map(|result| result.unwrap_or(Value::Null));
        self.charge(cost::call_cost(&call.name, &args, &Value::Null))?;
        Err(error)
    }

    fn apply(&mut self, call: &CallNode, args: &[Value]) -> Result<Value, EvalError> {
        // Functions walk texts and lists; the step for the node alone would not count that.
        let walked: usize = args.iter().map(weight).sum();
        self.context.step(walked as u64 / 32)?;
        let mut result = Err(EvalError::UnknownFunction(call.name.to_string()));
        for implementation in &call.implementations {
            result = implementation(&self.context, args);
            if !matches!(result, Err(EvalError::NoSuchOverload(_))) {
                break;
            }
        }
        let counted = result.as_ref().unwrap_or(&Value::Null);
        self.charge(cost::call_cost(&call.name, args, counted))?;
        result.map_err(|error| match error {
            EvalError::NoSuchOverload(_) => no_such_overload(&call.name, args),
            other => other,
        })
    }

    fn list(&mut self, items: &'p [(Node, bool)]) -> Result<Value, EvalError> {
        let mut values = Vec::with_capacity(items.len());
        for (item, optional) in items {
            match (self.eval(item)?, optional) {
                (Value::Optional(value), true) => {
                    values.extend(value.map(|value| (*value).clone()))
                }
                (_, true) => return Err(EvalError::overload("optional element")),
                (value, false) => values.push(value),
            }
        }
        self.charge(cost::LIST_CREATE)?;
        self.context.list(values)
    }

    fn map(&mut self, entries: &'p [(Node, Node, bool)]) -> Result<Value, EvalError> {
        let mut map = Map::default();
        for (key, value, optional) in entries {
            let key = Key::from_value(&self.eval(key)?)?;
            match (self.eval(value)?, optional) {
                (Value::Optional(Some(value)), true) => map.insert_new(key, (*value).clone())?,
                (Value::Optional(None), true) => {}
                (_, true) => return Err(EvalError::overload("optional entry")),
                (value, false) => map.insert_new(key, value)?,
            }
        }
        self.charge(cost::MAP_CREATE)?;
        self.context.build(map.len())?;
        Ok(Value::Map(Arc::new(map)))
    }

    fn construct(
        &mut self,
        name: &Arc<str>,
        fields: &'p [(Arc<str>, Node, bool)],
    ) -> Result<Value, EvalError> {
        let mut values = Vec::with_capacity(fields.len());
        for (field, node, optional) in fields {
            let value = match (self.eval(node)?, optional) {
                (Value::Optional(Some(value)), true) => (*value).clone(),
                (Value::Optional(None), true) => continue,
                (_, true) => return Err(EvalError::overload("optional field")),
                (value, false) => value,
            };
            values.push((Arc::clone(field), value));
        }
        self.charge(cost::STRUCT_CREATE)?;
        messages::construct(name, values)
    }
}

/// How much a function may have to walk over.
fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(items) => items.len(),
        Value::Map(map) => map.len(),
        _ => 0,
    }
}

fn no_such_overload(name: &str, args: &[Value]) -> EvalError {
    let types: Vec<&str> = args.iter().map(Value::type_name).collect();
    EvalError::NoSuchOverload(format!("{name}({})", types.join(", ")))
}
