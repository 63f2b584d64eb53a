#![doc = include_str!("../README.md")]

mod context;
pub mod export;
pub mod expression;
pub mod fix;
mod lookup;
mod object;
pub mod pattern;
pub mod pod_security;
mod rule;
pub mod rules;
mod target;
pub mod workload;

pub use crate::context::Scope;
pub use crate::object::{COULD_NOT_ANALYSE, Object, Reading, read, read_node};
pub use crate::rules::{RULES, Rule, check, check_scoped};
pub use crate::target::{NOT_SERVED, POD_SECURITY, Target, check_target};
pub use crate::workload::{Workload, workloads};
