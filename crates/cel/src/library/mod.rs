//! The libraries: what they declare and what evaluates them.

mod conversions;
pub(crate) mod encoders;
mod format;
mod lists;
mod math;
mod network;
mod operators;
mod optionals;
mod regex;
mod sets;
mod standard;
mod strings;
mod time;

use crate::env::{Dialect, Env, Implementation};
use crate::error::EvalError;
use crate::macros::Macros;
use crate::value::Value;

/// A library.
#[derive(Debug)]
pub(crate) struct Library {
    /// Declarations in the form that `env::signature` reads.
    pub(crate) overloads: &'static [&'static str],
    /// Implementations by function; each refuses arguments that it does not take, and the next is
    /// asked.
    pub(crate) functions: &'static [(&'static str, Implementation)],
    /// Names of types.
    pub(crate) types: &'static [&'static str],
}

pub(crate) use crate::library::lists::{LISTS, LISTS_KUBERNETES};
pub(crate) use crate::library::network::{CIDR, IP};
pub(crate) use crate::library::optionals::OPTIONALS;
pub(crate) use crate::library::regex::REGEX_KUBERNETES;
pub(crate) use crate::library::sets::SETS;
pub(crate) use crate::library::strings::{STRINGS, STRINGS_FORMAT, STRINGS_REVERSE};

/// The language alone.
pub(crate) fn standard() -> Env {
    let mut env = Env::empty();
    for library in [
        &operators::OPERATORS,
        &standard::STANDARD,
        &conversions::CONVERSIONS,
        &time::TIME,
    ] {
        env.add(library);
    }
    env
}

/// The language with every library.
pub(crate) fn everything() -> Env {
    let mut env = standard();
    env.macros = Macros {
        optionals: true,
        bindings: true,
        two_variables: true,
        math: true,
        protos: true,
        sort_by: true,
    };
    env.dialect = Dialect {
        optional_syntax: true,
        ..env.dialect
    };
    for library in [
        &STRINGS,
        &STRINGS_FORMAT,
        &STRINGS_REVERSE,
        &math::MATH,
        &LISTS,
        &LISTS_KUBERNETES,
        &SETS,
        &encoders::ENCODERS,
        &OPTIONALS,
        &regex::REGEX,
        &REGEX_KUBERNETES,
        &IP,
        &CIDR,
    ] {
        env.add(library);
    }
    for library in crate::kubernetes::LIBRARIES {
        env.add(library);
    }
    env
}

/// The error of a function that does not take its arguments.
pub(crate) fn refused<T>() -> Result<T, EvalError> {
    Err(EvalError::NoSuchOverload(String::new()))
}

pub(crate) fn bool(value: bool) -> Result<Value, EvalError> {
    Ok(Value::Bool(value))
}

pub(crate) fn int(value: usize) -> Result<Value, EvalError> {
    Ok(Value::Int(i64::try_from(value).unwrap_or(i64::MAX)))
}
