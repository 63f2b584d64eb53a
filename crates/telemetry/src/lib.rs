#![doc = include_str!("../README.md")]

mod clock;
pub mod logs;
mod metrics;
mod redacted;

pub use crate::clock::SystemClock;
pub use crate::metrics::{Metrics, Outcome, Stage, VerdictLabel};
pub use crate::redacted::Redacted;
