//! Calls: which function a name means and which of its overloads fit.

use std::sync::Arc;

use crate::ast::{Call, Expr, op};
use crate::check::unify::Mapping;
use crate::check::{Checker, Reference};
use crate::env::Function;
use crate::error::ProblemKind;
use crate::types::Type;
use crate::value::Value;

impl Checker<'_> {
    pub(super) fn call(&mut self, expr: &Expr, call: &Call) -> Type {
        if &*call.function == op::OPT_SELECT {
            return self.optional_select(expr, call);
        }
        let Some(target) = &call.target else {
            return self.plain_call(expr, &call.function, &call.args);
        };
        if let Some(found) = self.namespaced_call(expr, target, call) {
            return found;
        }
        self.check(target);
        let outer = self.mixed;
        self.mixed |= &*call.function == "format";
        for arg in &call.args {
            self.check(arg);
        }
        self.mixed = outer;
        let env = self.env;
        let Some((name, function)) = env.resolve_function(&call.function) else {
            let message = format!("undeclared reference to '{}'", call.function);
            self.problem(ProblemKind::Undeclared, expr.span, message);
            return Type::Error;
        };
        let args: Vec<&Expr> = std::iter::once(target).chain(&call.args).collect();
        self.overload(expr, (&name, function), &args, Style::Member)
    }

    fn plain_call(&mut self, expr: &Expr, function: &str, args: &[Expr]) -> Type {
        for arg in args {
            self.check(arg);
        }
        let env = self.env;
        let Some((name, function)) = env.resolve_function(function) else {
            let kind = self.undeclared_kind(function);
            let message = format!("undeclared reference to '{function}'");
            self.problem(kind, expr.span, message);
            return Type::Error;
        };
        let args: Vec<&Expr> = args.iter().collect();
        self.overload(expr, (&name, function), &args, Style::Global)
    }

    /// `a.b.c()` where `a.b.c` is the name of a function.
    fn namespaced_call(&mut self, expr: &Expr, target: &Expr, call: &Call) -> Option<Type> {
        let prefix = target.qualified_name()?;
        let head = prefix.split('.').next().unwrap_or("");
        if self.local(head).is_some() {
            return None;
        }
        let env = self.env;
        let full = format!("{prefix}.{}", call.function);
        let Some((name, function)) = env.resolve_function(&full) else {
            if self.is_unknown_package(&full) && env.resolve_ident(&prefix).is_none() {
                let message = format!("undeclared reference to '{full}'");
                self.problem(ProblemKind::UnknownType, expr.span, message);
                return Some(Type::Error);
            }
            return None;
        };
        for arg in &call.args {
            self.check(arg);
        }
        let args: Vec<&Expr> = call.args.iter().collect();
        Some(self.overload(expr, (&name, function), &args, Style::Namespaced))
    }

    fn optional_select(&mut self, expr: &Expr, call: &Call) -> Type {
        let [operand, field] = call.args.as_slice() else {
            return Type::Error;
        };
        let Some(Value::String(name)) = field.as_const() else {
            self.problem(
                ProblemKind::Type,
                field.span,
                "unsupported optional field selection",
            );
            return Type::Error;
        };
        self.types.insert(field.id, Type::String);
        let found = self.field(expr, operand, name);
        if found.unwrap_optional().is_some() && self.operand_is_optional(operand) {
            return found;
        }
        Type::optional(found)
    }

    fn operand_is_optional(&self, operand: &Expr) -> bool {
        let ty = self.mapping.substitute(&self.type_of(operand));
        ty.unwrap_optional().is_some()
    }

    fn overload(
        &mut self,
        expr: &Expr,
        (name, function): (&Arc<str>, &Function),
        args: &[&Expr],
        style: Style,
    ) -> Type {
        let types: Vec<Type> = args.iter().map(|arg| self.type_of(arg)).collect();
        let mut result: Option<Type> = None;
        for overload in &function.overloads {
            if overload.member != (style == Style::Member) {
                continue;
            }
            let mut fresh = Mapping::default();
            for param in overload.type_params() {
                let variable = self.fresh();
                fresh.set(param, variable);
            }
            let params: Vec<Type> = overload
                .params
                .iter()
                .map(|param| fresh.substitute(param))
                .collect();
            if !self.mapping.assign_all(&types, &params) {
                continue;
            }
            let found = self.mapping.substitute(&fresh.substitute(&overload.result));
            result = Some(match result {
                Some(before) if before != found => Type::Dyn,
                _ => found,
            });
        }
        let Some(result) = result else {
            self.no_overload(expr, name, &types, style);
            return Type::Error;
        };
        let reference = Reference::Function {
            name: Arc::clone(name),
            namespaced: style == Style::Namespaced,
        };
        self.references.insert(expr.id, reference);
        result
    }

    fn no_overload(&mut self, expr: &Expr, name: &str, types: &[Type], style: Style) {
        let settled: Vec<String> = types
            .iter()
            .map(|ty| self.mapping.settle(ty).to_string())
            .collect();
        let applied = match (style, settled.split_first()) {
            (Style::Member, Some((target, rest))) => format!("{target}.({})", rest.join(", ")),
            _ => format!("({})", settled.join(", ")),
        };
        let message = format!("found no matching overload for '{name}' applied to '{applied}'");
        self.problem(ProblemKind::Type, expr.span, message);
    }
}

/// How a function is called.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Style {
    Global,
    Member,
    Namespaced,
}
