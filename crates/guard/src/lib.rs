#![doc = include_str!("../README.md")]

mod canonical;
mod channel;
mod decide;
mod detectors;
mod engine;
mod flow;
mod joined;
mod language;
pub mod pin;
mod policy;
mod rules;
#[cfg(test)]
mod smuggling_tests;
mod stream;
mod verdict;
mod weigh;

pub use crate::channel::{Channel, Segment};
pub use crate::engine::Guard;
pub use crate::flow::{Conversation, Flow, Source};
pub use crate::policy::{
    ActionOverride, GuardLimits, GuardPolicy, PolicyError, ToolDecision, ToolRule,
};
pub use crate::stream::{StreamInspector, StreamStep};
pub use crate::verdict::{Action, Detection, Inspection, Redaction};
