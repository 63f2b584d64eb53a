//! `math.greatest` and `math.least`: any number of arguments, or one list.

use crate::ast::{Element, Expr, Kind};
use crate::error::Problem;
use crate::macros::{Candidate, Expansion, problem};
use crate::parse::Builder;
use crate::value::Value;

/// Expands a macro of the name space `math`.
pub(super) fn expand<'n>(
    call: Candidate<'n>,
    build: &mut Builder,
) -> Result<Expansion<'n>, Problem> {
    let function = match call.function {
        "greatest" => "math.@max",
        "least" => "math.@min",
        _ => return Ok(Expansion::NotAMacro(call)),
    };
    let (span, name) = (call.span, call.function);
    if call.args.is_empty() {
        return Err(problem(
            span,
            &format!("math.{name}() requires at least one argument"),
        ));
    }
    let several = call.args.len() > 1;
    for arg in &call.args {
        if !may_be_a_number(arg, several) {
            let message = format!("math.{name}() invalid argument: a number was expected");
            return Err(problem(arg.span, &message));
        }
    }
    let args = if call.args.len() > 2 {
        let element = |value| Element {
            value,
            optional: false,
        };
        let elements = call.args.into_iter().map(element).collect();
        vec![build.node(span, Kind::List(elements))?]
    } else {
        call.args
    };
    build.call(span, function, args).map(Expansion::Done)
}

/// Whether an argument can turn out to be a number, or be a list of them where it stands alone.
fn may_be_a_number(expr: &Expr, several: bool) -> bool {
    let is_number =
        |value: &Value| matches!(value, Value::Int(_) | Value::Uint(_) | Value::Double(_));
    match &expr.kind {
        Kind::Const(value) => is_number(value),
        Kind::List(elements) => {
            let is_one = |element: &Element| may_be_a_number(&element.value, true);
            !several && !elements.is_empty() && elements.iter().all(is_one)
        }
        Kind::Map(_) | Kind::Struct(..) => false,
        Kind::Ident(_) | Kind::Select(_) | Kind::Call(_) | Kind::Fold(_) => true,
    }
}
