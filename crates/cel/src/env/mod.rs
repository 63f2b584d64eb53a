//! The environment of an expression: its variables, functions, types, macros and limits.

mod provider;
mod signature;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use crate::env::provider::{FieldType, SizeRange, TypeProvider};
pub use crate::env::signature::Overload;
pub(crate) use crate::env::signature::parse_type;

use crate::error::CompileError;
use crate::eval::Context;
use crate::library::{self, Library};
use crate::limits::Limits;
use crate::macros::Macros;
use crate::program::{self, Program};
use crate::types::Type;
use crate::value::Value;
use crate::{EvalError, parse};

/// What evaluates a function.
pub(crate) type Implementation = fn(&Context<'_>, &[Value]) -> Result<Value, EvalError>;

/// A function: its overloads for the checker, its implementations for the evaluator.
#[derive(Clone, Debug, Default)]
pub(crate) struct Function {
    pub(crate) overloads: Vec<Overload>,
    pub(crate) implementations: Vec<Implementation>,
}

/// Whom to follow where the specification and the API server differ: on IPv4-mapped addresses, on
/// offsets beyond a text, on the milliseconds of a duration.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Flavour {
    Specification,
    ApiServer,
}

/// How literals of mixed types are checked and what `has()` costs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Dialect {
    /// Elements of one list literal must have one type.
    pub(crate) homogeneous_literals: bool,
    /// Whether `has()` costs one unit.
    pub(crate) presence_test_cost: u64,
    pub(crate) flavour: Flavour,
    pub(crate) optional_syntax: bool,
}

/// An environment. Copies share what is large.
#[derive(Clone, Debug)]
pub struct Env {
    pub(crate) container: Arc<str>,
    pub(crate) variables: BTreeMap<Arc<str>, Type>,
    pub(crate) functions: Arc<BTreeMap<Arc<str>, Function>>,
    /// Names that stand for types.
    pub(crate) type_names: BTreeMap<Arc<str>, Type>,
    pub(crate) providers: Vec<Arc<dyn TypeProvider>>,
    pub(crate) macros: Macros,
    pub(crate) dialect: Dialect,
    pub(crate) limits: Limits,
}

impl Default for Env {
    /// The language with every library at its newest version.
    fn default() -> Self {
        library::everything()
    }
}

impl Env {
    /// The language alone: operators, standard functions, standard macros.
    #[must_use]
    pub fn standard() -> Self {
        library::standard()
    }

    /// The environment that the API server of Kubernetes 1.`minor` gives an expression.
    #[must_use]
    pub fn kubernetes(minor: u32) -> Self {
        crate::kubernetes::environment(minor)
    }

    /// The same for an expression of a mutating policy.
    #[must_use]
    pub fn kubernetes_mutating(minor: u32) -> Self {
        crate::kubernetes::mutating_environment(minor)
    }

    pub(crate) fn empty() -> Self {
        Self {
            container: "".into(),
            variables: BTreeMap::new(),
            functions: Arc::default(),
            type_names: BTreeMap::new(),
            providers: Vec::new(),
            macros: Macros::default(),
            dialect: Dialect {
                homogeneous_literals: false,
                presence_test_cost: 1,
                flavour: Flavour::Specification,
                optional_syntax: false,
            },
            limits: Limits::default(),
        }
    }

    /// Resolves names in `container` first.
    #[must_use]
    pub fn with_container(mut self, container: &str) -> Self {
        self.container = container.into();
        self
    }

    /// Declares a variable.
    #[must_use]
    pub fn with_variable(mut self, name: &str, ty: Type) -> Self {
        self.variables.insert(name.into(), ty);
        self
    }

    /// Whether a variable of this name is declared.
    #[must_use]
    pub fn has_variable(&self, name: &str) -> bool {
        self.variables.contains_key(name)
    }

    /// Declares an overload of a function that the checker shall know; there is nothing to evaluate.
    #[must_use]
    pub fn with_declaration(mut self, function: &str, overload: Overload) -> Self {
        let functions = Arc::make_mut(&mut self.functions);
        functions
            .entry(function.into())
            .or_default()
            .overloads
            .push(overload);
        self
    }

    /// Adds object types.
    #[must_use]
    pub fn with_provider(mut self, provider: Arc<dyn TypeProvider>) -> Self {
        self.providers.push(provider);
        self
    }

    /// Sets the limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Adds a library.
    pub(crate) fn add(&mut self, library: &Library) {
        let functions = Arc::make_mut(&mut self.functions);
        for (name, overload) in library
            .overloads
            .iter()
            .filter_map(|text| signature::parse(text))
        {
            functions.entry(name).or_default().overloads.push(overload);
        }
        for (name, implementation) in library.functions {
            let function = functions.entry((*name).into()).or_default();
            function.implementations.push(*implementation);
        }
        for name in library.types {
            let found = parse_type(name).unwrap_or_else(|| Type::opaque(name));
            self.type_names.insert(found.runtime_name().into(), found);
        }
    }

    /// Parses, checks and prepares an expression.
    ///
    /// # Errors
    /// Lists what is wrong, with places.
    pub fn compile(&self, source: &str) -> Result<Program, CompileError> {
        program::compile(self, source, true)
    }

    /// Parses and prepares an expression without checking its types; what does not fit fails when
    /// it is evaluated.
    ///
    /// # Errors
    /// Says where the text is not an expression.
    pub fn compile_unchecked(&self, source: &str) -> Result<Program, CompileError> {
        program::compile(self, source, false)
    }

    pub(crate) const fn parse_options(&self) -> parse::Options {
        parse::Options {
            optional_syntax: self.dialect.optional_syntax,
            macros: self.macros,
        }
    }

    /// The names that `name` may stand for, the innermost name space first.
    pub(crate) fn candidates(&self, name: &str) -> Vec<String> {
        if let Some(rooted) = name.strip_prefix('.') {
            return vec![rooted.to_owned()];
        }
        let mut names = Vec::new();
        let mut container: &str = &self.container;
        while !container.is_empty() {
            names.push(format!("{container}.{name}"));
            container = container.rsplit_once('.').map_or("", |(outer, _)| outer);
        }
        names.push(name.to_owned());
        names
    }

    pub(crate) fn resolve_function(&self, name: &str) -> Option<(Arc<str>, &Function)> {
        let names = self.candidates(name);
        let found = names
            .iter()
            .find_map(|name| self.functions.get_key_value(name.as_str()));
        found.map(|(name, function)| (Arc::clone(name), function))
    }

    /// What a name stands for outside of comprehensions.
    pub(crate) fn resolve_ident(&self, name: &str) -> Option<Resolved> {
        self.candidates(name)
            .iter()
            .find_map(|name| self.lookup(name))
    }

    fn lookup(&self, name: &str) -> Option<Resolved> {
        if let Some((name, ty)) = self.variables.get_key_value(name) {
            return Some(Resolved::Variable(Arc::clone(name), ty.clone()));
        }
        if let Some(ty) = self.type_names.get(name) {
            let value = Value::Type(ty.runtime_name().into());
            return Some(Resolved::Constant(value, Type::of_type(ty.clone())));
        }
        if name == "google.protobuf.NullValue.NULL_VALUE" {
            return Some(Resolved::Constant(Value::Int(0), Type::Int));
        }
        if let Some(found) = Type::well_known(name) {
            let value = Value::Type(name.into());
            return Some(Resolved::Constant(value, Type::of_type(found)));
        }
        self.providers.iter().find_map(|provider| {
            if provider.has_type(name) {
                let value = Value::Type(name.into());
                return Some(Resolved::Constant(value, Type::of_type(Type::object(name))));
            }
            let value = provider.constant(name)?;
            let ty = if matches!(value, Value::Int(_)) {
                Type::Int
            } else {
                Type::Dyn
            };
            Some(Resolved::Constant(value, ty))
        })
    }

    /// The object type that a construction `name{…}` makes.
    pub(crate) fn resolve_type(&self, name: &str) -> Option<String> {
        let known = |name: &String| {
            Type::well_known(name).is_some()
                || self.providers.iter().any(|p| p.is_constructible(name))
        };
        self.candidates(name).into_iter().find(known)
    }

    /// Whether an unknown name may be one of a message or its enumeration that nobody described: it
    /// stands in a package and has a capital letter where the conventions want one.
    pub(crate) fn may_be_a_message(&self, name: &str) -> bool {
        let base = name.trim_start_matches('.');
        let in_package = !self.container.is_empty() || base.contains('.');
        let is_capital = |part: &str| part.starts_with(|c: char| c.is_ascii_uppercase());
        in_package && base.split('.').any(is_capital)
    }

    /// Whether no part of a dotted name is known, and it may be one of a message.
    pub(crate) fn is_unknown_message(&self, name: &str) -> bool {
        let ends = name
            .match_indices('.')
            .map(|(at, _)| at)
            .chain([name.len()]);
        let mut prefixes = ends.filter_map(|end| name.get(..end));
        let known =
            prefixes.any(|prefix| !prefix.is_empty() && self.resolve_ident(prefix).is_some());
        !known && self.may_be_a_message(name)
    }

    pub(crate) fn field(&self, type_name: &str, field: &str) -> Option<FieldType> {
        let found = |provider: &Arc<dyn TypeProvider>| provider.field(type_name, field);
        self.providers.iter().find_map(found)
    }
}

/// What a name stands for.
#[derive(Clone, Debug)]
pub(crate) enum Resolved {
    Variable(Arc<str>, Type),
    Constant(Value, Type),
}
