//! Macros: calls that the parser rewrites. Expansions are those of the specification, because the
//! cost model counts their parts.

mod bindings;
mod folds;
mod math;

use crate::ast::{Expr, Kind, Select, op};
use crate::error::{Problem, ProblemKind, Span};
use crate::parse::Builder;
use crate::value::Value;

/// Which macros beyond the standard ones an environment has.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Macros {
    pub(crate) optionals: bool,
    pub(crate) bindings: bool,
    pub(crate) two_variables: bool,
    pub(crate) math: bool,
    pub(crate) protos: bool,
    pub(crate) sort_by: bool,
}

/// A call that may be one of a macro.
pub(crate) struct Candidate<'n> {
    pub(crate) target: Option<Expr>,
    pub(crate) function: &'n str,
    pub(crate) args: Vec<Expr>,
    pub(crate) span: Span,
}

pub(crate) enum Expansion<'n> {
    Done(Expr),
    NotAMacro(Candidate<'n>),
}

/// Expands `call` if it calls a macro.
pub(crate) fn expand<'n>(
    call: Candidate<'n>,
    enabled: Macros,
    build: &mut Builder,
) -> Result<Expansion<'n>, Problem> {
    let Some(target) = &call.target else {
        if call.function == "has" && call.args.len() == 1 {
            return has(call, build).map(Expansion::Done);
        }
        return Ok(Expansion::NotAMacro(call));
    };
    if let Some(name_space) = target.as_ident() {
        let name_space = name_space.trim_start_matches('.').to_owned();
        return match &*name_space {
            "cel" if enabled.bindings => bindings::expand(call, build),
            "math" if enabled.math => math::expand(call, build),
            "proto" if enabled.protos => proto(call, build),
            _ => folds::expand(call, enabled, build),
        };
    }
    folds::expand(call, enabled, build)
}

fn has(call: Candidate<'_>, build: &mut Builder) -> Result<Expr, Problem> {
    let span = call.span;
    let argument = call.args.into_iter().next();
    match argument.map(|expr| expr.kind) {
        Some(Kind::Select(select)) if !select.test => {
            let tested = Select {
                test: true,
                ..*select
            };
            build.node(span, Kind::Select(Box::new(tested)))
        }
        _ => Err(problem(span, "invalid argument to has() macro")),
    }
}

/// `proto.hasExt(message, name)` and `proto.getExt(message, name)`.
fn proto<'n>(call: Candidate<'n>, build: &mut Builder) -> Result<Expansion<'n>, Problem> {
    let test = match call.function {
        "hasExt" => true,
        "getExt" => false,
        _ => return Ok(Expansion::NotAMacro(call)),
    };
    let span = call.span;
    let mut args = call.args.into_iter();
    let (Some(message), Some(extension), None) = (args.next(), args.next(), args.next()) else {
        return Err(problem(
            span,
            "proto macros take a message and an extension",
        ));
    };
    let Some(name) = extension.qualified_name() else {
        return Err(problem(extension.span, "invalid extension field"));
    };
    let select = Select {
        operand: message,
        field: name.into(),
        test,
    };
    build
        .node(span, Kind::Select(Box::new(select)))
        .map(Expansion::Done)
}

pub(super) fn problem(span: Span, message: &str) -> Problem {
    Problem::new(ProblemKind::Syntax, span, message)
}

pub(super) fn constant(build: &mut Builder, span: Span, value: Value) -> Result<Expr, Problem> {
    build.node(span, Kind::Const(value))
}

/// `cond ? yes : no`.
pub(super) fn conditional(build: &mut Builder, parts: [Expr; 3]) -> Result<Expr, Problem> {
    let span = parts[0].span;
    build.call(span, op::CONDITIONAL, parts.into())
}
