#![doc = include_str!("../README.md")]

pub mod approval;
pub mod change;
pub mod receipt;

pub use crate::approval::{Action, Decision, Hold, HoldError, HoldRequest, HoldState, Ruling};
pub use crate::receipt::Receipt;
