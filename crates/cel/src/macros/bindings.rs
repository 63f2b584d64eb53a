//! `cel.bind`, and `cel.block` with `cel.index`, `cel.iterVar` and `cel.accuVar`: names for values
//! that are computed once.

use crate::ast::{Expr, Kind};
use crate::error::{Problem, Span};
use crate::macros::{Candidate, Expansion, folds, problem};
use crate::parse::Builder;
use crate::value::Value;

/// Expands a macro of the name space `cel`.
pub(super) fn expand<'n>(
    call: Candidate<'n>,
    build: &mut Builder,
) -> Result<Expansion<'n>, Problem> {
    let span = call.span;
    match (call.function, call.args.as_slice()) {
        ("bind", [_, _, _]) => bind(call, build).map(Expansion::Done),
        ("block", [_, _]) => block(call, build).map(Expansion::Done),
        ("index", [index]) => {
            let name = format!("@index{}", number(index)?);
            build.ident(span, &name).map(Expansion::Done)
        }
        ("iterVar" | "accuVar", [depth, unique]) => {
            let kind = if call.function == "iterVar" {
                "it"
            } else {
                "ac"
            };
            let name = format!("@{kind}:{}:{}", number(depth)?, number(unique)?);
            build.ident(span, &name).map(Expansion::Done)
        }
        _ => Ok(Expansion::NotAMacro(call)),
    }
}

fn bind(call: Candidate<'_>, build: &mut Builder) -> Result<Expr, Problem> {
    let span = call.span;
    let mut args = call.args.into_iter();
    let (Some(name), Some(value), Some(body)) = (args.next(), args.next(), args.next()) else {
        return Err(problem(
            span,
            "cel.bind takes a name, a value and an expression",
        ));
    };
    let simple = name.as_ident().filter(|name| !name.starts_with('.'));
    let Some(variable) = simple else {
        return Err(problem(
            name.span,
            "cel.bind() variable names must be simple identifiers",
        ));
    };
    folds::bound(build, span, (variable.clone(), value), body)
}

/// `cel.block([a, b], e)` binds `cel.index(0)` to `a`, then `cel.index(1)` to `b`, in `e`.
fn block(call: Candidate<'_>, build: &mut Builder) -> Result<Expr, Problem> {
    let span = call.span;
    let mut args = call.args.into_iter();
    let (Some(list), Some(mut body)) = (args.next(), args.next()) else {
        return Err(problem(span, "cel.block takes a list and an expression"));
    };
    let Kind::List(elements) = list.kind else {
        return Err(problem(
            list.span,
            "cel.block requires the first arg to be a list literal",
        ));
    };
    for (index, element) in elements.into_iter().enumerate().rev() {
        let name = format!("@index{index}").into();
        body = folds::bound(build, span, (name, element.value), body)?;
    }
    Ok(body)
}

fn number(expr: &Expr) -> Result<i64, Problem> {
    match expr.as_const() {
        Some(Value::Int(number)) if *number >= 0 => Ok(*number),
        _ => Err(named(expr.span)),
    }
}

fn named(span: Span) -> Problem {
    problem(
        span,
        "cel.index and cel.iterVar take integer literals that are not negative",
    )
}
