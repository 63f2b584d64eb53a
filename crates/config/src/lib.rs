#![doc = include_str!("../README.md")]

mod conduct;
mod guarding;
mod problem;
mod process;
mod reader;
mod suggest;
pub mod yaml;

pub use crate::conduct::{ACTIONS, CallLimits, DETECTORS, RunawayActions};
pub use crate::guarding::{GuardConfig, OverrideConfig, RequestLimits};
pub use crate::problem::render_problems;
pub use crate::process::{
    GuardMode, Listen, ProcessConfig, RouteConfig, ToolRuleConfig, ToolRuleDecision,
    UpstreamDialect, UpstreamReach, UpstreamUrl,
};
pub use crate::reader::{Fields, Reader};
pub use crate::suggest::closest;
