#![doc = include_str!("../README.md")]

mod ast;
mod check;
mod cost;
mod env;
mod error;
mod eval;
pub mod kubernetes;
mod library;
mod limits;
mod macros;
mod messages;
mod opaque;
mod parse;
mod program;
mod regex;
mod types;
mod value;
pub mod vector;
pub mod wire;

pub use crate::cost::CostRange;
pub use crate::env::{Env, FieldType, Overload, SizeRange, TypeProvider};
pub use crate::error::{CompileError, EvalError, Problem, ProblemKind, Span};
pub use crate::eval::{Bindings, Outcome};
pub use crate::limits::{
    Limits, MATCH_CONDITIONS_COST_BUDGET, MESSAGE_BYTES_MAX, PER_CALL_LIMIT, RUNTIME_COST_BUDGET,
};
pub use crate::opaque::{Cidr, Opaque};
pub use crate::program::Program;
pub use crate::types::Type;
pub use crate::value::{Duration, Key, Map, Object, Timestamp, Value};
