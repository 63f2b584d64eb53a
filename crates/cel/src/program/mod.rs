//! A compiled expression: the tree with every name resolved.

mod fold;
mod node;
mod plan;

use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) use crate::program::node::{
    CallNode, FoldNode, IndexNode, Node, SelectMode, SelectNode,
};

use crate::ast::Expr;
use crate::check::{self, Checked};
use crate::cost::{CostRange, estimate};
use crate::env::{Dialect, Env};
use crate::error::{CompileError, EvalError, Problem, Span};
use crate::eval::{Bindings, Evaluation, Outcome};
use crate::limits::Limits;
use crate::parse;
use crate::regex::Regex;
use crate::types::Type;
use crate::value::Value;

/// A compiled expression, to be evaluated any number of times.
#[derive(Debug)]
pub struct Program {
    pub(crate) root: Node,
    /// Places for the variables of comprehensions.
    pub(crate) slots: usize,
    pub(crate) regexes: BTreeMap<Arc<str>, Regex>,
    pub(crate) limits: Limits,
    pub(crate) dialect: Dialect,
    source: Source,
}

/// What the cost model needs.
#[derive(Debug)]
struct Source {
    expr: Expr,
    checked: Option<Checked>,
    env: Env,
}

/// Parses, checks and plans.
pub(crate) fn compile(env: &Env, source: &str, check: bool) -> Result<Program, CompileError> {
    let failed = |problems: Vec<Problem>| {
        let mut problems: Vec<_> = problems.into_iter().map(|p| p.placed(source)).collect();
        problems.sort_by_key(|problem| problem.span);
        CompileError { problems }
    };
    let parsed = parse::parse(source, env.parse_options(), &env.limits);
    let expr = parsed.map_err(|problem| failed(vec![problem]))?;
    let checked = match check {
        true => Some(check::check(env, &expr).map_err(failed)?),
        false => None,
    };
    let planned = plan::plan(env, &expr, checked.as_ref()).map_err(failed)?;
    Ok(Program {
        root: planned.root,
        slots: planned.slots,
        regexes: planned.regexes,
        limits: env.limits,
        dialect: env.dialect,
        source: Source {
            expr,
            checked,
            env: env.clone(),
        },
    })
}

impl Program {
    /// The type of the result, where types were checked.
    #[must_use]
    pub fn result_type(&self) -> Type {
        let checked = self.source.checked.as_ref();
        let found = checked.and_then(|checked| checked.types.get(&self.source.expr.id));
        found.cloned().unwrap_or(Type::Dyn)
    }

    /// Evaluates the expression.
    ///
    /// # Errors
    /// Says why there is no value.
    pub fn eval(&self, bindings: &Bindings) -> Result<Value, EvalError> {
        self.run(bindings, self.limits.cost_max).result
    }

    /// Evaluates the expression within `budget` units of cost, and says what it cost.
    #[must_use]
    pub fn run(&self, bindings: &Bindings, budget: u64) -> Outcome {
        Evaluation::new(self, bindings, budget.min(self.limits.cost_max)).run()
    }

    /// What an evaluation costs at least and at most, from the sizes that the types declare.
    #[must_use]
    pub fn estimate_cost(&self) -> CostRange {
        estimate(
            &self.source.env,
            &self.source.expr,
            self.source.checked.as_ref(),
        )
    }

    /// The place of the whole expression.
    #[must_use]
    pub fn span(&self) -> Span {
        self.source.expr.span
    }
}
