#![doc = include_str!("../README.md")]

pub mod approval;
pub mod audit;
pub mod change;
#[cfg(test)]
mod fixture;
pub mod receipt;
pub mod record;

pub use crate::approval::{
    Action, Decision, Hold, HoldError, HoldRequest, HoldState, Lapse, Ruled,
};
pub use crate::audit::DecisionAudit;
pub use crate::receipt::{Receipt, ReceiptError};
