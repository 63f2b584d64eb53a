//! The checker: gives every node a type, resolves names and overloads, and lists what does not fit.

mod call;
mod unify;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::ast::{Expr, Field, Fold, Kind, Select};
use crate::check::unify::{Mapping, most_general};
use crate::env::{Env, Resolved};
use crate::error::{Problem, ProblemKind, Span};
use crate::types::Type;
use crate::value::Value;

/// What the checker found out about a node.
#[derive(Clone, Debug)]
pub(crate) enum Reference {
    /// A name, or a chain of selections, that is a variable of the environment or stands for a
    /// value.
    Ident,
    /// A function under its full name. `namespaced` says that the target is part of the name.
    Function { name: Arc<str>, namespaced: bool },
    /// The key under which values hold a field.
    Field(Arc<str>),
}

/// The result of checking.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) types: BTreeMap<u32, Type>,
    pub(crate) references: BTreeMap<u32, Reference>,
}

/// Checks `expr`.
pub(crate) fn check(env: &Env, expr: &Expr) -> Result<Checked, Vec<Problem>> {
    let mut checker = Checker {
        env,
        types: BTreeMap::new(),
        references: BTreeMap::new(),
        locals: Vec::new(),
        mapping: Mapping::default(),
        problems: Vec::new(),
        fresh: 0,
        mixed: false,
    };
    checker.check(expr);
    if !checker.problems.is_empty() {
        return Err(checker.problems);
    }
    let mapping = checker.mapping;
    let settled = checker
        .types
        .iter()
        .map(|(id, ty)| (*id, mapping.settle(ty)));
    Ok(Checked {
        types: settled.collect(),
        references: checker.references,
    })
}

struct Checker<'e> {
    env: &'e Env,
    types: BTreeMap<u32, Type>,
    references: BTreeMap<u32, Reference>,
    /// Variables of comprehensions, the innermost last.
    locals: Vec<(Arc<str>, Type)>,
    mapping: Mapping,
    problems: Vec<Problem>,
    fresh: u32,
    /// Whether literals may mix types, because they are what `format` takes.
    mixed: bool,
}

impl Checker<'_> {
    fn problem(&mut self, kind: ProblemKind, span: Span, message: impl Into<String>) {
        if self.problems.len() < self.env.limits.errors_max {
            self.problems.push(Problem::new(kind, span, message));
        }
    }

    fn fresh(&mut self) -> Type {
        self.fresh += 1;
        Type::Param(format!("_{}", self.fresh).into())
    }

    fn type_of(&self, expr: &Expr) -> Type {
        self.types.get(&expr.id).cloned().unwrap_or(Type::Dyn)
    }

    fn check(&mut self, expr: &Expr) {
        let ty = match &expr.kind {
            Kind::Const(value) => literal_type(value),
            Kind::Ident(name) => self.ident(expr, name),
            Kind::Select(select) => self.select(expr, select),
            Kind::Call(call) => self.call(expr, call),
            Kind::List(elements) => {
                let elements: Vec<_> = elements.iter().map(|e| (&e.value, e.optional)).collect();
                let strict = self.env.dialect.homogeneous_literals && !self.mixed;
                Type::list(self.joined(&elements, strict))
            }
            Kind::Map(entries) => {
                let keys: Vec<_> = entries.iter().map(|entry| (&entry.key, false)).collect();
                let values: Vec<_> = entries
                    .iter()
                    .map(|entry| (&entry.value, entry.optional))
                    .collect();
                let strict = self.env.dialect.homogeneous_literals && !self.mixed;
                let key = self.joined(&keys, strict);
                Type::map(key, self.joined(&values, strict))
            }
            Kind::Struct(name, fields) => self.construction(expr, name, fields),
            Kind::Fold(fold) => self.fold(fold),
        };
        self.types.insert(expr.id, ty);
    }

    fn local(&self, name: &str) -> Option<&Type> {
        let found = self.locals.iter().rev().find(|(local, _)| &**local == name);
        found.map(|(_, ty)| ty)
    }

    fn ident(&mut self, expr: &Expr, name: &str) -> Type {
        if let Some(ty) = self.local(name) {
            return ty.clone();
        }
        if let Some(ty) = self.resolve(expr, name) {
            return ty;
        }
        let kind = self.undeclared_kind(name);
        let container = &self.env.container;
        let message = format!("undeclared reference to '{name}' (in container '{container}')");
        self.problem(kind, expr.span, message);
        Type::Error
    }

    fn undeclared_kind(&self, name: &str) -> ProblemKind {
        if self.env.may_be_a_message(name) {
            ProblemKind::UnknownType
        } else {
            ProblemKind::Undeclared
        }
    }

    /// The type of a name outside of comprehensions, with what it stands for written down.
    fn resolve(&mut self, expr: &Expr, name: &str) -> Option<Type> {
        self.references.insert(expr.id, Reference::Ident);
        match self.env.resolve_ident(name) {
            Some(Resolved::Variable(_, ty) | Resolved::Constant(_, ty)) => Some(ty),
            None => {
                self.references.remove(&expr.id);
                None
            }
        }
    }

    fn select(&mut self, expr: &Expr, select: &Select) -> Type {
        if !select.test
            && let Some(name) = expr.qualified_name()
        {
            let head = name.split('.').next().unwrap_or("");
            let shadowed = self.local(head).is_some();
            if !shadowed && let Some(ty) = self.resolve(expr, &name) {
                return ty;
            }
            if !shadowed && !name.starts_with('.') && self.is_unknown_package(&name) {
                let message = format!("undeclared reference to '{name}'");
                self.problem(ProblemKind::UnknownType, expr.span, message);
                return Type::Error;
            }
        }
        let found = self.field(expr, &select.operand, &select.field);
        if select.test { Type::Bool } else { found }
    }

    fn is_unknown_package(&self, name: &str) -> bool {
        self.env.is_unknown_message(name)
    }

    fn field(&mut self, expr: &Expr, operand: &Expr, field: &str) -> Type {
        self.check(operand);
        let operand_type = self.mapping.substitute(&self.type_of(operand));
        let inner = operand_type.unwrap_optional().cloned();
        let is_optional = inner.is_some();
        let target = inner.unwrap_or(operand_type);
        let found = match &target {
            Type::Map(_, value) => (**value).clone(),
            Type::Object(name) => self.object_field(expr, name, field),
            Type::Param(_) => {
                self.mapping.assign(&Type::Dyn, &target);
                Type::Dyn
            }
            Type::Dyn | Type::Error => Type::Dyn,
            other => {
                let message = format!("type '{other}' does not support field selection");
                self.problem(ProblemKind::Type, expr.span, message);
                Type::Error
            }
        };
        if is_optional {
            Type::optional(found)
        } else {
            found
        }
    }

    fn object_field(&mut self, expr: &Expr, name: &str, field: &str) -> Type {
        if let Some(found) = self.env.field(name, field) {
            self.references.insert(expr.id, Reference::Field(found.key));
            return found.ty;
        }
        let known = self
            .env
            .providers
            .iter()
            .any(|provider| provider.has_type(name));
        let (kind, message) = if known {
            (ProblemKind::Type, format!("undefined field '{field}'"))
        } else {
            (
                ProblemKind::UnknownType,
                format!("unknown message type '{name}'"),
            )
        };
        self.problem(kind, expr.span, message);
        Type::Error
    }

    /// The type that all of `elements` have, or `dyn`.
    fn joined(&mut self, elements: &[(&Expr, bool)], strict: bool) -> Type {
        let mut joined: Option<Type> = None;
        for (element, optional) in elements {
            self.check(element);
            let mut ty = self.type_of(element);
            if *optional {
                ty = self.unwrapped(element, &ty);
            }
            joined = Some(match joined {
                None => ty,
                Some(before) => self.join(element, (&before, &ty), strict),
            });
        }
        joined.unwrap_or_else(|| self.fresh())
    }

    fn unwrapped(&mut self, element: &Expr, ty: &Type) -> Type {
        let ty = self.mapping.substitute(ty);
        if let Some(inner) = ty.unwrap_optional() {
            return inner.clone();
        }
        if !ty.is_dyn() {
            let message = format!("expected type 'optional_type' but found '{ty}'");
            self.problem(ProblemKind::Type, element.span, message);
        }
        Type::Dyn
    }

    fn join(&mut self, element: &Expr, (before, ty): (&Type, &Type), strict: bool) -> Type {
        if self.mapping.assign(before, ty) {
            return most_general(before, ty);
        }
        if strict {
            let (before, ty) = (self.mapping.settle(before), self.mapping.settle(ty));
            let message = format!("expected type '{before}' but found '{ty}'");
            self.problem(ProblemKind::Type, element.span, message);
        }
        Type::Dyn
    }

    fn fold(&mut self, fold: &Fold) -> Type {
        self.check(&fold.range);
        self.check(&fold.initial);
        let range = self.mapping.substitute(&self.type_of(&fold.range));
        let accumulated = self.type_of(&fold.initial);
        let (key, value) = match &range {
            Type::List(item) if fold.variable2.is_some() => (Type::Int, (**item).clone()),
            Type::List(item) => ((**item).clone(), Type::Dyn),
            Type::Map(key, value) => ((**key).clone(), (**value).clone()),
            Type::Dyn | Type::Error | Type::Param(_) => {
                self.mapping.assign(&Type::Dyn, &range);
                (Type::Dyn, Type::Dyn)
            }
            other => {
                let message =
                    format!("expression of type '{other}' cannot be range of a comprehension");
                self.problem(ProblemKind::Type, fold.range.span, message);
                (Type::Error, Type::Error)
            }
        };
        let depth = self.locals.len();
        self.locals
            .push((Arc::clone(&fold.accumulator), accumulated.clone()));
        self.locals.push((Arc::clone(&fold.variable), key));
        if let Some(variable2) = &fold.variable2 {
            self.locals.push((Arc::clone(variable2), value));
        }
        self.check(&fold.condition);
        self.expect_type(&fold.condition, &Type::Bool);
        self.check(&fold.step);
        self.expect_type(&fold.step, &accumulated);
        self.locals.truncate(depth + 1);
        self.check(&fold.result);
        self.locals.truncate(depth);
        self.mapping.substitute(&self.type_of(&fold.result))
    }

    fn expect_type(&mut self, expr: &Expr, expected: &Type) {
        let found = self.type_of(expr);
        if !self.mapping.assign(&found, expected) {
            let (expected, found) = (self.mapping.settle(expected), self.mapping.settle(&found));
            let message = format!("expected type '{expected}' but found '{found}'");
            self.problem(ProblemKind::Type, expr.span, message);
        }
    }

    fn construction(&mut self, expr: &Expr, name: &str, fields: &[Field]) -> Type {
        let Some(full) = self.env.resolve_type(name) else {
            let message = format!("undeclared reference to '{name}': unknown message type");
            self.problem(ProblemKind::UnknownType, expr.span, message);
            return Type::Error;
        };
        for field in fields {
            self.check(&field.value);
            let mut found = self.type_of(&field.value);
            if field.optional {
                found = self.unwrapped(&field.value, &found);
            }
            let declared = crate::messages::field_type(&full, &field.name);
            let declared =
                declared.or_else(|| self.env.field(&full, &field.name).map(|field| field.ty));
            let Some(declared) = declared else {
                self.problem(
                    ProblemKind::Type,
                    field.value.span,
                    format!("undefined field '{}'", field.name),
                );
                continue;
            };
            if !self.mapping.assign(&found, &declared) {
                let message = format!(
                    "expected type of field '{}' is '{declared}' but provided type is '{found}'",
                    field.name
                );
                self.problem(ProblemKind::Type, field.value.span, message);
            }
        }
        let well_known = Type::well_known(&full);
        well_known.unwrap_or_else(|| Type::object(&full))
    }
}

fn literal_type(value: &Value) -> Type {
    match value {
        Value::Null => Type::Null,
        Value::Bool(_) => Type::Bool,
        Value::Int(_) => Type::Int,
        Value::Uint(_) => Type::Uint,
        Value::Double(_) => Type::Double,
        Value::String(_) => Type::String,
        Value::Bytes(_) => Type::Bytes,
        _ => Type::Dyn,
    }
}
