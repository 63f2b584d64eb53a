//! Conformance vectors: an expression with its types, bindings and options as JSON, and the answer.
//! The command line and the conformance tests share it.

use serde_json::{Value as Json, json};

use crate::env::Env;
use crate::error::EvalError;
use crate::eval::Bindings;
use crate::types::Type;
use crate::wire::{self, WireError};

/// The answer to a vector.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// The value.
    Value(Json),
    /// The type, where the vector asks for no more.
    Type(Json),
    /// The expression does not compile.
    CompileError(String),
    /// The evaluation fails.
    RuntimeError(String),
    /// A message type that the engine has no descriptor of.
    Unsupported(String),
    /// The vector itself is malformed.
    Malformed(String),
}

impl Answer {
    /// The answer as one line of JSON.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Value(value) => json!({ "value": value }),
            Self::Type(ty) => json!({ "typed_result": { "deduced_type": ty } }),
            Self::CompileError(why) => json!({ "error": format!("compile: {why}") }),
            Self::RuntimeError(why) => json!({ "error": format!("evaluate: {why}") }),
            Self::Unsupported(why) => json!({ "unsupported": why }),
            Self::Malformed(why) => json!({ "error": format!("vector: {why}") }),
        }
    }
}

/// Answers `vector` in `env`.
#[must_use]
pub fn answer(env: &Env, vector: &Json) -> Answer {
    match evaluate(env, vector) {
        Ok(answer) => answer,
        Err(WireError::UnknownType(name)) => Answer::Unsupported(format!("message type {name}")),
        Err(error @ WireError::Malformed(_)) => Answer::Malformed(error.to_string()),
    }
}

fn evaluate(env: &Env, vector: &Json) -> Result<Answer, WireError> {
    let text = |name: &str| vector.get(name).and_then(Json::as_str);
    let flag = |name: &str| vector.get(name).and_then(Json::as_bool).unwrap_or(false);
    let source = text("expr").ok_or(WireError::Malformed("vector: no expression"))?;
    let checked = !flag("disable_check");
    let bindings = bindings(vector)?;
    let mut env = declared(env.clone(), vector)?.with_container(text("container").unwrap_or(""));
    for name in bindings.names() {
        if !checked && !env.has_variable(name) {
            env = env.with_variable(name, Type::Dyn);
        }
    }
    let compiled = if checked {
        env.compile(source)
    } else {
        env.compile_unchecked(source)
    };
    let program = match compiled {
        Ok(program) => program,
        Err(error) if error.only_unknown_types() => {
            return Ok(Answer::Unsupported(error.to_string()));
        }
        Err(error) => return Ok(Answer::CompileError(error.to_string())),
    };
    if flag("check_only") {
        return Ok(Answer::Type(wire::type_to_json(&program.result_type())));
    }
    match program.eval(&bindings) {
        Ok(value) => wire::value_to_json(&value).map(Answer::Value),
        Err(EvalError::UnknownType(name)) => Err(WireError::UnknownType(name)),
        Err(error) => Ok(Answer::RuntimeError(error.to_string())),
    }
}

fn bindings(vector: &Json) -> Result<Bindings, WireError> {
    let mut bindings = Bindings::new();
    let given = vector.get("bindings").and_then(Json::as_object);
    for (name, binding) in given.into_iter().flatten() {
        let value = binding
            .get("value")
            .ok_or(WireError::Malformed("binding"))?;
        bindings.set(name, wire::value_from_json(value)?);
    }
    Ok(bindings)
}

fn declared(mut env: Env, vector: &Json) -> Result<Env, WireError> {
    let declarations = vector.get("type_env").and_then(Json::as_array);
    for declaration in declarations.into_iter().flatten() {
        let name = declaration.get("name").and_then(Json::as_str);
        let name = name.ok_or(WireError::Malformed("declaration"))?;
        if let Some(ident) = declaration.get("ident") {
            let ty = ident
                .get("type")
                .map_or(Ok(Type::Dyn), wire::type_from_json)?;
            env = env.with_variable(name, ty);
        }
        let overloads = declaration
            .pointer("/function/overloads")
            .and_then(Json::as_array);
        for overload in overloads.into_iter().flatten() {
            env = env.with_declaration(name, wire::overload_from_json(overload)?);
        }
    }
    Ok(env)
}
