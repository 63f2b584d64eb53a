//! What an evaluation costs at least and at most, before it runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ast::{Call, Expr, Fold, Kind, op};
use crate::check::{Checked, Reference};
use crate::cost::functions::{self, Argument};
use crate::cost::range::CostRange;
use crate::cost::{LIST_CREATE, MAP_CREATE, STRUCT_CREATE};
use crate::env::Env;
use crate::types::Type;
use crate::value::Value;

/// Estimates the cost of `expr`.
pub(crate) fn estimate(env: &Env, expr: &Expr, checked: Option<&Checked>) -> CostRange {
    let mut estimator = Estimator {
        env,
        checked,
        locals: Vec::new(),
        facts: BTreeMap::new(),
    };
    estimator.cost(expr)
}

type Path = Vec<Arc<str>>;

/// What is known of a node: where its value comes from, and sizes.
#[derive(Clone, Debug, Default)]
struct Fact {
    path: Option<Path>,
    size: Option<CostRange>,
    entries: Option<Entries>,
}

/// Sizes of keys and values of a list or map that the expression makes.
#[derive(Clone, Copy, Debug)]
struct Entries {
    key: CostRange,
    value: CostRange,
}

struct Estimator<'e> {
    env: &'e Env,
    checked: Option<&'e Checked>,
    locals: Vec<(Arc<str>, Fact)>,
    facts: BTreeMap<u32, Fact>,
}

impl Estimator<'_> {
    fn ty(&self, expr: &Expr) -> Type {
        let found = self.checked.and_then(|checked| checked.types.get(&expr.id));
        found.cloned().unwrap_or(Type::Dyn)
    }

    fn fact(&self, expr: &Expr) -> Fact {
        let known = self.facts.get(&expr.id).cloned();
        known.unwrap_or_default()
    }

    fn set(&mut self, expr: &Expr, fact: Fact) {
        self.facts.insert(expr.id, fact);
    }

    fn cost(&mut self, expr: &Expr) -> CostRange {
        match &expr.kind {
            Kind::Const(_) => CostRange::default(),
            Kind::Ident(name) => self.ident(expr, name),
            Kind::Select(select) if select.test => {
                let presence = CostRange::fixed(self.env.dialect.presence_test_cost);
                presence.plus(self.cost(&select.operand))
            }
            Kind::Select(select) => {
                if let Some(variable) = self.qualified(expr) {
                    return self.ident(expr, &variable);
                }
                let operand = self.cost(&select.operand);
                self.extend(expr, &select.operand, &select.field);
                match self.ty(&select.operand) {
                    Type::Map(..) | Type::Object(_) => operand.plus(CostRange::fixed(1)),
                    _ => operand,
                }
            }
            Kind::Call(call) => self.call(expr, call),
            Kind::List(elements) => {
                let values: Vec<&Expr> = elements.iter().map(|element| &element.value).collect();
                let cost = self.sum(&values);
                let value = self.widest(&values);
                let key = CostRange::fixed(1);
                self.set_entries(expr, Entries { key, value });
                cost.plus(CostRange::fixed(LIST_CREATE))
            }
            Kind::Map(entries) => {
                let keys: Vec<&Expr> = entries.iter().map(|entry| &entry.key).collect();
                let values: Vec<&Expr> = entries.iter().map(|entry| &entry.value).collect();
                let cost = self.sum(&keys).plus(self.sum(&values));
                let (key, value) = (self.widest(&keys), self.widest(&values));
                self.set_entries(expr, Entries { key, value });
                cost.plus(CostRange::fixed(MAP_CREATE))
            }
            Kind::Struct(_, fields) => {
                let values: Vec<&Expr> = fields.iter().map(|field| &field.value).collect();
                self.sum(&values).plus(CostRange::fixed(STRUCT_CREATE))
            }
            Kind::Fold(fold) if fold.is_bind() => self.bind(expr, fold),
            Kind::Fold(fold) => self.fold(expr, fold),
        }
    }

    /// The dotted name of a chain of selections that is one variable.
    fn qualified(&self, expr: &Expr) -> Option<String> {
        let checked = self.checked?;
        let is_ident = matches!(checked.references.get(&expr.id), Some(Reference::Ident));
        is_ident.then(|| expr.qualified_name())?
    }

    fn ident(&mut self, expr: &Expr, name: &str) -> CostRange {
        let local = self.locals.iter().rev().find(|(local, _)| &**local == name);
        let fact = match local {
            Some((_, fact)) => fact.clone(),
            None => Fact {
                path: Some(vec![name.into()]),
                ..Fact::default()
            },
        };
        self.set(expr, fact);
        CostRange::fixed(1)
    }

    fn extend(&mut self, expr: &Expr, operand: &Expr, part: &str) {
        let mut path = self.fact(operand).path;
        if let Some(path) = &mut path {
            path.push(part.into());
        }
        let fact = Fact {
            path,
            ..Fact::default()
        };
        self.set(expr, fact);
    }

    fn sum(&mut self, exprs: &[&Expr]) -> CostRange {
        let costs = exprs.iter().map(|expr| self.cost(expr));
        costs.fold(CostRange::default(), CostRange::plus)
    }

    fn widest(&mut self, exprs: &[&Expr]) -> CostRange {
        let sizes = exprs.iter().map(|expr| self.size(expr));
        sizes.reduce(CostRange::union).unwrap_or_default()
    }

    fn set_entries(&mut self, expr: &Expr, entries: Entries) {
        let fact = Fact {
            entries: Some(entries),
            ..Fact::default()
        };
        self.set(expr, fact);
    }

    /// The size of a node's value: what the expression says, else what the schema says, else what
    /// the type says.
    fn size(&self, expr: &Expr) -> CostRange {
        self.known_size(expr).unwrap_or(CostRange::UNKNOWN)
    }

    fn known_size(&self, expr: &Expr) -> Option<CostRange> {
        let fact = self.fact(expr);
        let literal = match &expr.kind {
            Kind::Const(value) => Some(value.cost_size()),
            Kind::List(elements) => Some(elements.len() as u64),
            Kind::Map(entries) => Some(entries.len() as u64),
            _ => None,
        };
        let declared = fact
            .path
            .as_deref()
            .and_then(|path| self.declared_size(path));
        let by_type = || is_scalar(&self.ty(expr)).then(|| CostRange::fixed(1));
        let literal = literal.map(CostRange::fixed);
        literal.or(fact.size).or(declared).or_else(by_type)
    }

    fn declared_size(&self, path: &[Arc<str>]) -> Option<CostRange> {
        let found = self
            .env
            .providers
            .iter()
            .find_map(|provider| provider.size(path))?;
        Some(CostRange {
            min: found.min,
            max: found.max,
        })
    }

    fn call(&mut self, expr: &Expr, call: &Call) -> CostRange {
        let reference = self
            .checked
            .and_then(|checked| checked.references.get(&expr.id));
        let namespaced = matches!(
            reference,
            Some(Reference::Function {
                namespaced: true,
                ..
            })
        );
        let name: Arc<str> = match reference {
            Some(Reference::Function { name, .. }) => Arc::clone(name),
            _ => Arc::clone(&call.function),
        };
        let target = call.target.as_ref().filter(|_| !namespaced);
        let args: Vec<&Expr> = target.into_iter().chain(&call.args).collect();
        match (&*name, args.as_slice()) {
            (op::AND | op::OR, [a, b]) => {
                let (left, right) = (self.cost(a), self.cost(b));
                // The right side may not be looked at.
                return CostRange {
                    min: left.min,
                    max: left.plus(right).max,
                };
            }
            (op::CONDITIONAL, [condition, yes, no]) => {
                return self.conditional(expr, condition, [yes, no]);
            }
            ("dyn", [inner]) => {
                let cost = self.cost(inner);
                let fact = self.fact(inner);
                let size = self.known_size(inner);
                self.set(expr, Fact { size, ..fact });
                return cost.plus(CostRange::fixed(1));
            }
            _ => {}
        }
        let argument_cost = self.sum(&args);
        if matches!(&*name, op::INDEX | op::OPT_INDEX) {
            self.index(expr, &args);
            return argument_cost.plus(CostRange::fixed(1));
        }
        let arguments: Vec<Argument> = args.iter().map(|arg| self.argument(arg)).collect();
        let estimated = functions::estimate(&name, &arguments);
        let entries = match (&*name, args.as_slice()) {
            (op::ADD, [a, b]) => self.joint_entries([a, b]),
            _ => None,
        };
        let fact = Fact {
            path: None,
            size: estimated.result,
            entries,
        };
        self.set(expr, fact);
        argument_cost.plus(estimated.cost)
    }

    fn conditional(&mut self, expr: &Expr, condition: &Expr, branches: [&Expr; 2]) -> CostRange {
        let [yes, no] = branches;
        let condition = self.cost(condition);
        let (first, second) = (self.cost(yes), self.cost(no));
        let fact = Fact {
            path: None,
            size: Some(self.size(yes).union(self.size(no))),
            entries: self.joint_entries(branches),
        };
        self.set(expr, fact);
        condition.plus(first.union(second))
    }

    fn joint_entries(&self, [a, b]: [&Expr; 2]) -> Option<Entries> {
        let (a, b) = (self.fact(a).entries?, self.fact(b).entries?);
        Some(Entries {
            key: a.key.union(b.key),
            value: a.value.union(b.value),
        })
    }

    fn index(&mut self, expr: &Expr, args: &[&Expr]) {
        let Some(operand) = args.first() else {
            return;
        };
        let part = match self.ty(operand) {
            Type::Map(..) => "@values",
            _ => "@items",
        };
        self.extend(expr, operand, part);
        let size = self.fact(operand).entries.map(|entries| entries.value);
        if let Some(fact) = self.facts.get_mut(&expr.id) {
            fact.size = size;
        }
    }

    fn argument(&self, expr: &Expr) -> Argument {
        let fact = self.fact(expr);
        let of_items = fact.path.and_then(|mut path| {
            path.push("@items".into());
            self.declared_size(&path)
        });
        let literal = match expr.as_const() {
            Some(Value::Int(number)) => Some(u64::try_from(*number).unwrap_or(0)),
            _ => None,
        };
        Argument {
            ty: self.ty(expr),
            size: self.size(expr),
            items: of_items.unwrap_or(CostRange::UNKNOWN),
            literal,
        }
    }

    fn bind(&mut self, expr: &Expr, fold: &Fold) -> CostRange {
        let cost = self.cost(&fold.range).plus(self.cost(&fold.initial));
        let fact = Fact {
            size: self.known_size(&fold.initial),
            ..self.fact(&fold.initial)
        };
        self.locals.push((Arc::clone(&fold.accumulator), fact));
        let result = self.cost(&fold.result);
        self.locals.pop();
        let fact = Fact {
            size: self.known_size(&fold.result),
            path: None,
            entries: self.fact(&fold.result).entries,
        };
        self.set(expr, fact);
        cost.plus(result)
    }

    fn fold(&mut self, expr: &Expr, fold: &Fold) -> CostRange {
        let mut cost = self.cost(&fold.range).plus(self.cost(&fold.initial));
        let depth = self.locals.len();
        let accumulated = Fact {
            path: None,
            size: self.known_size(&fold.initial),
            entries: self.fact(&fold.initial).entries,
        };
        self.locals
            .push((Arc::clone(&fold.accumulator), accumulated));
        self.push_variables(fold);
        let turn = self.cost(&fold.condition).plus(self.cost(&fold.step));
        self.locals.truncate(depth + 1);
        cost = cost.plus(self.cost(&fold.result));
        self.locals.truncate(depth);
        let turns = self.size(&fold.range);
        let makes_container = matches!(fold.initial.kind, Kind::List(_) | Kind::Map(_));
        let fact = Fact {
            path: None,
            size: if makes_container {
                Some(turns)
            } else {
                self.known_size(&fold.initial)
            },
            entries: self.fact(&fold.step).entries.filter(|_| makes_container),
        };
        self.set(expr, fact);
        cost.plus(turns.times(turn))
    }

    fn push_variables(&mut self, fold: &Fold) {
        let range = self.fact(&fold.range);
        let is_list = matches!(self.ty(&fold.range), Type::List(_));
        let at = |part: &str, size: Option<CostRange>| {
            let mut path = range.path.clone();
            if let Some(path) = &mut path {
                path.push(part.into());
            }
            Fact {
                path,
                size,
                entries: None,
            }
        };
        let key = range.entries.map(|entries| entries.key);
        let value = range.entries.map(|entries| entries.value);
        let (first, second) = match (is_list, &fold.variable2) {
            (true, None) => (at("@items", value), None),
            (true, Some(_)) => (at("@indices", key), Some(at("@items", value))),
            (false, None) => (at("@keys", key), None),
            (false, Some(_)) => (at("@keys", key), Some(at("@values", value))),
        };
        self.locals.push((Arc::clone(&fold.variable), first));
        if let (Some(name), Some(fact)) = (&fold.variable2, second) {
            self.locals.push((Arc::clone(name), fact));
        }
    }
}

/// Whether values of a type have a size that is known from the type.
fn is_scalar(ty: &Type) -> bool {
    match ty {
        Type::Bool | Type::Double | Type::Duration | Type::Int | Type::Timestamp | Type::Uint => {
            true
        }
        Type::Wrapper(inner) => is_scalar(inner),
        other => other.unwrap_optional().is_some_and(is_scalar),
    }
}
