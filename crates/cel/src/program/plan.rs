//! Tree to nodes: names to slots and variables, calls to implementations, literal patterns to
//! regular expressions.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ast::{Call, Expr, Fold, Kind, Select, op};
use crate::check::{Checked, Reference};
use crate::env::{Env, Function, Resolved};
use crate::error::{EvalError, Problem, ProblemKind};
use crate::program::fold;
use crate::program::node::{BindNode, CallNode, FoldNode, IndexNode, Node, SelectMode, SelectNode};
use crate::regex::Regex;
use crate::value::Value;

pub(super) struct Planned {
    pub(super) root: Node,
    pub(super) slots: usize,
    pub(super) regexes: BTreeMap<Arc<str>, Regex>,
}

/// Functions whose second argument is a pattern.
const PATTERN_FUNCTIONS: &[&str] = &[
    "matches",
    "find",
    "findAll",
    "regex.extract",
    "regex.extractAll",
    "regex.replace",
];

/// Plans `expr`.
pub(super) fn plan(
    env: &Env,
    expr: &Expr,
    checked: Option<&Checked>,
) -> Result<Planned, Vec<Problem>> {
    let mut planner = Planner {
        env,
        checked,
        locals: Vec::new(),
        slots: 0,
        regexes: BTreeMap::new(),
        problems: Vec::new(),
    };
    let root = planner.node(expr);
    if !planner.problems.is_empty() {
        return Err(planner.problems);
    }
    Ok(Planned {
        root,
        slots: planner.slots,
        regexes: planner.regexes,
    })
}

struct Planner<'e> {
    env: &'e Env,
    checked: Option<&'e Checked>,
    locals: Vec<(Arc<str>, usize)>,
    slots: usize,
    regexes: BTreeMap<Arc<str>, Regex>,
    problems: Vec<Problem>,
}

impl<'e> Planner<'e> {
    fn reference(&self, expr: &Expr) -> Option<&Reference> {
        self.checked
            .and_then(|checked| checked.references.get(&expr.id))
    }

    fn local(&self, name: &str) -> Option<usize> {
        let found = self.locals.iter().rev().find(|(local, _)| &**local == name);
        found.map(|(_, slot)| *slot)
    }

    fn nodes<'x>(&mut self, exprs: impl IntoIterator<Item = &'x Expr>) -> Vec<Node> {
        exprs.into_iter().map(|expr| self.node(expr)).collect()
    }

    fn node(&mut self, expr: &Expr) -> Node {
        match &expr.kind {
            Kind::Const(value) => Node::Const(value.clone()),
            Kind::Ident(name) => match self.local(name) {
                Some(slot) => Node::Local(slot),
                None => self.global(name).unwrap_or_else(|| self.unknown(name)),
            },
            Kind::Select(select) => self.select(expr, select),
            Kind::Call(call) => self.call(expr, call),
            Kind::List(elements) => {
                let nodes = elements.iter().map(|e| (self.node(&e.value), e.optional));
                fold::list(nodes.collect())
            }
            Kind::Map(entries) => {
                let node = |entry: &crate::ast::Entry| {
                    (
                        self.node(&entry.key),
                        self.node(&entry.value),
                        entry.optional,
                    )
                };
                fold::map(entries.iter().map(node).collect())
            }
            Kind::Struct(name, fields) => {
                let Some(full) = self.env.resolve_type(name) else {
                    return Node::Fail(EvalError::UnknownType(name.to_string()));
                };
                let node = |field: &crate::ast::Field| {
                    (
                        Arc::clone(&field.name),
                        self.node(&field.value),
                        field.optional,
                    )
                };
                let fields = fields.iter().map(node).collect();
                Node::Struct(full.into(), fields)
            }
            Kind::Fold(fold) if fold.is_bind() => self.bind(fold),
            Kind::Fold(fold) => self.fold(fold),
        }
    }

    fn global(&self, name: &str) -> Option<Node> {
        Some(match self.env.resolve_ident(name)? {
            Resolved::Variable(name, _) => Node::Variable(name),
            Resolved::Constant(value, _) => Node::Const(value),
        })
    }

    fn unknown(&self, name: &str) -> Node {
        if self.env.is_unknown_message(name) {
            return Node::Fail(EvalError::UnknownType(name.to_owned()));
        }
        Node::Fail(EvalError::UnknownVariable(name.to_owned()))
    }

    fn select(&mut self, expr: &Expr, select: &Select) -> Node {
        let name = expr.qualified_name();
        let head_is_local = |name: &str| {
            let head = name.split('.').next().unwrap_or("");
            self.local(head).is_some()
        };
        if let Some(name) = name.filter(|name| !head_is_local(name)) {
            if let Some(node) = self.global(&name) {
                return node;
            }
            if self.env.is_unknown_message(&name) {
                return Node::Fail(EvalError::UnknownType(name));
            }
        }
        let mode = if select.test {
            SelectMode::Test
        } else {
            SelectMode::Plain
        };
        self.selection(expr, (&select.operand, &select.field), mode)
    }

    fn selection(
        &mut self,
        expr: &Expr,
        (operand, field): (&Expr, &Arc<str>),
        mode: SelectMode,
    ) -> Node {
        let field = match self.reference(expr) {
            Some(Reference::Field(key)) => Arc::clone(key),
            _ => Arc::clone(field),
        };
        let operand = self.node(operand);
        Node::Select(Box::new(SelectNode {
            operand,
            field,
            mode,
        }))
    }

    fn call(&mut self, expr: &Expr, call: &Call) -> Node {
        if let Some(node) = self.operator(expr, call) {
            return node;
        }
        let env = self.env;
        let (resolved, with_target) = self.function(call);
        let target = call.target.as_ref().filter(|_| with_target);
        let args = self.nodes(target.into_iter().chain(&call.args));
        let (name, function) = match resolved {
            Some((name, function)) => (name, function.clone()),
            None if env.is_unknown_message(&full_name(call)) => {
                return Node::Fail(EvalError::UnknownType(full_name(call)));
            }
            None => return Node::Fail(EvalError::UnknownFunction(call.function.to_string())),
        };
        self.check_literals(&name, call, target);
        let args = match (&*name, <[Node; 2]>::try_from(args)) {
            ("or" | "orValue", Ok(pair)) => {
                return Node::Either(Box::new(pair), &*name == "orValue");
            }
            (_, Ok(pair)) => Vec::from(pair),
            (_, Err(args)) => args,
        };
        let node = CallNode {
            name,
            implementations: function.implementations,
            args,
        };
        fold::call(node, env)
    }

    /// The function that a call means, and whether its target is an argument.
    fn function(&self, call: &Call) -> (Option<(Arc<str>, &'e Function)>, bool) {
        let env: &'e Env = self.env;
        let prefix = call.target.as_ref().and_then(Expr::qualified_name);
        if let Some(prefix) = prefix {
            let head = prefix.split('.').next().unwrap_or("");
            let full = format!("{prefix}.{}", call.function);
            let found = env.resolve_function(&full);
            if self.local(head).is_none() && found.is_some() {
                return (found, false);
            }
        }
        (env.resolve_function(&call.function), true)
    }

    /// The operators that are no ordinary functions.
    fn operator(&mut self, expr: &Expr, call: &Call) -> Option<Node> {
        let args = call.args.as_slice();
        Some(match (&*call.function, args) {
            (op::AND, [a, b]) => Node::And(Box::new([self.node(a), self.node(b)])),
            (op::OR, [a, b]) => Node::Or(Box::new([self.node(a), self.node(b)])),
            (op::CONDITIONAL, [a, b, c]) => {
                Node::Conditional(Box::new([self.node(a), self.node(b), self.node(c)]))
            }
            (op::NOT_STRICTLY_FALSE, [a]) => Node::NotStrictlyFalse(Box::new(self.node(a))),
            (op::OPT_SELECT, [operand, field]) => match field.as_const() {
                Some(Value::String(name)) => {
                    self.selection(expr, (operand, name), SelectMode::Optional)
                }
                _ => Node::Fail(EvalError::overload(op::OPT_SELECT)),
            },
            (op::INDEX | op::OPT_INDEX, [operand, key]) => Node::Index(Box::new(IndexNode {
                operand: self.node(operand),
                key: self.node(key),
                optional: &*call.function == op::OPT_INDEX,
            })),
            (op::MAP_INSERT, [map, rest @ ..]) => self.insert(map, rest)?,
            (op::ADD, [a, b]) => self.append(a, b)?,
            _ => return None,
        })
    }

    fn accumulator(&self, expr: &Expr) -> Option<usize> {
        let name = expr.as_ident()?;
        (&**name == crate::ast::ACCUMULATOR).then(|| self.local(name))?
    }

    /// `accumulator + [value]`, which only a macro can have written.
    fn append(&mut self, accumulator: &Expr, list: &Expr) -> Option<Node> {
        let slot = self.accumulator(accumulator)?;
        match &list.kind {
            Kind::List(elements) => match elements.as_slice() {
                [element] if !element.optional => {
                    Some(Node::Append(slot, Box::new(self.node(&element.value))))
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn insert(&mut self, map: &Expr, rest: &[Expr]) -> Option<Node> {
        let slot = self.accumulator(map)?;
        match rest {
            [key, value] => {
                let key = Box::new(self.node(key));
                Some(Node::Insert(slot, Some(key), Box::new(self.node(value))))
            }
            [value] => Some(Node::Insert(slot, None, Box::new(self.node(value)))),
            _ => None,
        }
    }

    fn slot(&mut self) -> usize {
        self.slots += 1;
        self.slots - 1
    }

    fn bind(&mut self, fold: &Fold) -> Node {
        let value = self.node(&fold.initial);
        let slot = self.slot();
        self.locals.push((Arc::clone(&fold.accumulator), slot));
        let body = self.node(&fold.result);
        self.locals.pop();
        Node::Bind(Box::new(BindNode { slot, value, body }))
    }

    fn fold(&mut self, fold: &Fold) -> Node {
        let range = self.node(&fold.range);
        let initial = self.node(&fold.initial);
        let (accumulator, slot) = (self.slot(), self.slot());
        let depth = self.locals.len();
        self.locals
            .push((Arc::clone(&fold.accumulator), accumulator));
        self.locals.push((Arc::clone(&fold.variable), slot));
        let slot2 = fold.variable2.as_ref().map(|name| {
            let slot = self.slot();
            self.locals.push((Arc::clone(name), slot));
            slot
        });
        let condition = match self.node(&fold.condition) {
            Node::Const(Value::Bool(true)) => None,
            other => Some(other),
        };
        let step = self.node(&fold.step);
        self.locals.truncate(depth + 1);
        let result = self.node(&fold.result);
        self.locals.truncate(depth);
        Node::Fold(Box::new(FoldNode {
            range,
            slot,
            slot2,
            accumulator,
            initial,
            condition,
            step,
            result,
        }))
    }

    /// Literal patterns are compiled once, here; literal patterns, durations and timestamps that are
    /// malformed are problems of the source where types are checked.
    fn check_literals(&mut self, name: &str, call: &Call, target: Option<&Expr>) {
        let mut args = target.into_iter().chain(&call.args);
        let is_pattern = PATTERN_FUNCTIONS.contains(&name);
        let literal = if is_pattern { args.nth(1) } else { args.next() };
        let Some(Value::String(text)) = literal.and_then(Expr::as_const) else {
            return;
        };
        let mut failed = None;
        if is_pattern {
            match Regex::new(text, self.env.limits.regex_bytes_max) {
                Ok(regex) => drop(self.regexes.insert(Arc::clone(text), regex)),
                Err(error) => failed = Some(error),
            }
        }
        let validates = self.checked.is_some() && self.env.dialect.homogeneous_literals;
        if let (Some(error), Some(literal), true) = (failed, literal, validates) {
            let problem = Problem::new(ProblemKind::Type, literal.span, error.to_string());
            self.problems.push(problem);
        }
    }
}

fn full_name(call: &Call) -> String {
    let prefix = call.target.as_ref().and_then(Expr::qualified_name);
    prefix.map_or_else(
        || call.function.to_string(),
        |prefix| format!("{prefix}.{}", call.function),
    )
}
