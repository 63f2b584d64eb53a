//! The loop macros, with one and with two variables, and those of optionals.

use std::sync::Arc;

use crate::ast::{ACCUMULATOR, Element, Expr, Fold, Kind, UNUSED, op};
use crate::error::{Problem, Span};
use crate::macros::{Candidate, Expansion, Macros, conditional, constant, problem};
use crate::parse::Builder;
use crate::value::Value;

/// How a macro's name and number of arguments are expanded.
#[derive(Clone, Copy)]
enum Shape {
    All,
    Exists,
    ExistsOne,
    Map,
    Filter,
    InsertValue,
    InsertEntry,
}

/// Expands a loop macro.
pub(super) fn expand<'n>(
    call: Candidate<'n>,
    enabled: Macros,
    build: &mut Builder,
) -> Result<Expansion<'n>, Problem> {
    if enabled.optionals && matches!(call.function, "optMap" | "optFlatMap") && call.args.len() == 2
    {
        return optional(call, build).map(Expansion::Done);
    }
    if enabled.sort_by && call.function == "sortBy" && call.args.len() == 2 {
        return sort_by(call, build).map(Expansion::Done);
    }
    let count = call.args.len();
    let (shape, variables) = match (call.function, count) {
        ("all", 2) => (Shape::All, 1),
        ("exists", 2) => (Shape::Exists, 1),
        ("exists_one" | "existsOne", 2) => (Shape::ExistsOne, 1),
        ("map", 2 | 3) => (Shape::Map, 1),
        ("filter", 2) => (Shape::Filter, 1),
        ("all", 3) if enabled.two_variables => (Shape::All, 2),
        ("exists", 3) if enabled.two_variables => (Shape::Exists, 2),
        ("exists_one" | "existsOne", 3) if enabled.two_variables => (Shape::ExistsOne, 2),
        ("transformList", 3 | 4) if enabled.two_variables => (Shape::Map, 2),
        ("transformMap", 3 | 4) if enabled.two_variables => (Shape::InsertValue, 2),
        ("transformMapEntry", 3 | 4) if enabled.two_variables => (Shape::InsertEntry, 2),
        _ => return Ok(Expansion::NotAMacro(call)),
    };
    let span = call.span;
    let Some(target) = call.target else {
        return Err(problem(span, "a loop macro needs a target"));
    };
    let mut args = call.args;
    let body = args.split_off(variables);
    let names = loop_variables(&args)?;
    let mut make = Make { build, span };
    make.fold(shape, target, names, body).map(Expansion::Done)
}

type Names = (Arc<str>, Option<Arc<str>>);

fn loop_variables(args: &[Expr]) -> Result<Names, Problem> {
    let mut names = Vec::new();
    for arg in args {
        let name = arg.as_ident().filter(|name| !name.starts_with('.'));
        let name = name.ok_or_else(|| problem(arg.span, "argument must be a simple name"))?;
        if &**name == ACCUMULATOR || names.contains(name) {
            return Err(problem(
                arg.span,
                "iteration variable overwrites another variable",
            ));
        }
        names.push(Arc::clone(name));
    }
    let mut names = names.into_iter();
    let first = names.next().unwrap_or_else(|| UNUSED.into());
    Ok((first, names.next()))
}

struct Make<'b> {
    build: &'b mut Builder,
    span: Span,
}

/// What differs between the loop macros.
struct Parts {
    initial: Expr,
    condition: Expr,
    step: Expr,
    result: Expr,
}

impl Make<'_> {
    fn fold(
        &mut self,
        shape: Shape,
        range: Expr,
        names: Names,
        body: Vec<Expr>,
    ) -> Result<Expr, Problem> {
        let mut body = body.into_iter();
        let (first, second) = (body.next(), body.next());
        let Some(first) = first else {
            return Err(problem(self.span, "a loop macro needs a body"));
        };
        let parts = match shape {
            Shape::All => self.all(first)?,
            Shape::Exists => self.exists(first)?,
            Shape::ExistsOne => self.exists_one(first)?,
            Shape::Filter => {
                let element = self.build.ident(self.span, &names.0)?;
                self.collect(shape, Some(first), element)?
            }
            Shape::Map | Shape::InsertValue | Shape::InsertEntry => {
                let (filter, value) = match second {
                    Some(second) => (Some(first), second),
                    None => (None, first),
                };
                match shape {
                    Shape::InsertValue => self.insert_value(&names, filter, value)?,
                    _ => self.collect(shape, filter, value)?,
                }
            }
        };
        let fold = Fold {
            range,
            variable: names.0,
            variable2: names.1,
            accumulator: ACCUMULATOR.into(),
            initial: parts.initial,
            condition: parts.condition,
            step: parts.step,
            result: parts.result,
        };
        self.build.fold(self.span, fold)
    }

    fn accumulator(&mut self) -> Result<Expr, Problem> {
        self.build.ident(self.span, ACCUMULATOR)
    }

    fn constant(&mut self, value: Value) -> Result<Expr, Problem> {
        constant(self.build, self.span, value)
    }

    fn call(&mut self, function: &str, args: Vec<Expr>) -> Result<Expr, Problem> {
        self.build.call(self.span, function, args)
    }

    fn all(&mut self, predicate: Expr) -> Result<Parts, Problem> {
        let accumulator = self.accumulator()?;
        let condition = self.call(op::NOT_STRICTLY_FALSE, vec![accumulator])?;
        let accumulator = self.accumulator()?;
        Ok(Parts {
            initial: self.constant(Value::Bool(true))?,
            condition,
            step: self.call(op::AND, vec![accumulator, predicate])?,
            result: self.accumulator()?,
        })
    }

    fn exists(&mut self, predicate: Expr) -> Result<Parts, Problem> {
        let accumulator = self.accumulator()?;
        let not = self.call(op::NOT, vec![accumulator])?;
        let condition = self.call(op::NOT_STRICTLY_FALSE, vec![not])?;
        let accumulator = self.accumulator()?;
        Ok(Parts {
            initial: self.constant(Value::Bool(false))?,
            condition,
            step: self.call(op::OR, vec![accumulator, predicate])?,
            result: self.accumulator()?,
        })
    }

    fn exists_one(&mut self, predicate: Expr) -> Result<Parts, Problem> {
        let accumulator = self.accumulator()?;
        let one = self.constant(Value::Int(1))?;
        let added = self.call(op::ADD, vec![accumulator, one])?;
        let accumulator = self.accumulator()?;
        let step = conditional(self.build, [predicate, added, accumulator])?;
        let accumulator = self.accumulator()?;
        let one = self.constant(Value::Int(1))?;
        Ok(Parts {
            initial: self.constant(Value::Int(0))?,
            condition: self.constant(Value::Bool(true))?,
            step,
            result: self.call(op::EQUALS, vec![accumulator, one])?,
        })
    }

    /// `map`, `filter`, `transformList`, `transformMapEntry`: the accumulator takes one more value.
    fn collect(
        &mut self,
        shape: Shape,
        filter: Option<Expr>,
        value: Expr,
    ) -> Result<Parts, Problem> {
        let accumulator = self.accumulator()?;
        let (initial, added) = if matches!(shape, Shape::InsertEntry) {
            let initial = self.build.node(self.span, Kind::Map(Vec::new()))?;
            (
                initial,
                self.call(op::MAP_INSERT, vec![accumulator, value])?,
            )
        } else {
            let element = Element {
                value,
                optional: false,
            };
            let one = self.build.node(self.span, Kind::List(vec![element]))?;
            let initial = self.build.node(self.span, Kind::List(Vec::new()))?;
            (initial, self.call(op::ADD, vec![accumulator, one])?)
        };
        self.collecting(initial, filter, added)
    }

    fn insert_value(
        &mut self,
        names: &Names,
        filter: Option<Expr>,
        value: Expr,
    ) -> Result<Parts, Problem> {
        let accumulator = self.accumulator()?;
        let key = self.build.ident(self.span, &names.0)?;
        let initial = self.build.node(self.span, Kind::Map(Vec::new()))?;
        let added = self.call(op::MAP_INSERT, vec![accumulator, key, value])?;
        self.collecting(initial, filter, added)
    }

    fn collecting(
        &mut self,
        initial: Expr,
        filter: Option<Expr>,
        added: Expr,
    ) -> Result<Parts, Problem> {
        let step = match filter {
            Some(filter) => {
                let accumulator = self.accumulator()?;
                conditional(self.build, [filter, added, accumulator])?
            }
            None => added,
        };
        Ok(Parts {
            initial,
            condition: self.constant(Value::Bool(true))?,
            step,
            result: self.accumulator()?,
        })
    }
}

/// `target.optMap(v, e)` is `target.hasValue() ? optional.of(bind(v, target.value(), e)) :
/// optional.none()`; `optFlatMap` leaves the outer `optional.of` out.
fn optional(call: Candidate<'_>, build: &mut Builder) -> Result<Expr, Problem> {
    let span = call.span;
    let flat = call.function == "optFlatMap";
    let mut args = call.args.into_iter();
    let (Some(target), Some(name), Some(body)) = (call.target, args.next(), args.next()) else {
        return Err(problem(span, "optMap takes a name and an expression"));
    };
    let (variable, _) = loop_variables(std::slice::from_ref(&name))?;
    let again = build.copy(&target)?;
    let has_value = build.member(target, "hasValue", Vec::new())?;
    let value = build.member(again, "value", Vec::new())?;
    let mut mapped = bound(build, span, (variable, value), body)?;
    let name_space = build.ident(span, "optional")?;
    let none = build.member(name_space, "none", Vec::new())?;
    if !flat {
        let name_space = build.ident(span, "optional")?;
        mapped = build.member(name_space, "of", vec![mapped])?;
    }
    conditional(build, [has_value, mapped, none])
}

/// `target.sortBy(v, key)` sorts a name for the target by what `key` maps its elements to.
fn sort_by(call: Candidate<'_>, build: &mut Builder) -> Result<Expr, Problem> {
    let span = call.span;
    let mut args = call.args.into_iter();
    let (Some(target), Some(name), Some(key)) = (call.target, args.next(), args.next()) else {
        return Err(problem(span, "sortBy takes a name and an expression"));
    };
    let names = loop_variables(std::slice::from_ref(&name))?;
    let input: Arc<str> = "@__sortBy_input__".into();
    let list = build.ident(span, &input)?;
    let mut make = Make { build, span };
    let keys = make.fold(Shape::Map, list, names, vec![key])?;
    let list = build.ident(span, &input)?;
    let sorted = build.member(list, "@sortByAssociatedKeys", vec![keys])?;
    bound(build, span, (input, target), sorted)
}

/// `body` with a name for a value.
pub(super) fn bound(
    build: &mut Builder,
    span: Span,
    (name, value): (Arc<str>, Expr),
    body: Expr,
) -> Result<Expr, Problem> {
    let fold = Fold {
        range: build.node(span, Kind::List(Vec::new()))?,
        variable: UNUSED.into(),
        variable2: None,
        initial: value,
        condition: constant(build, span, Value::Bool(false))?,
        step: build.ident(span, &name)?,
        accumulator: name,
        result: body,
    };
    build.fold(span, fold)
}
