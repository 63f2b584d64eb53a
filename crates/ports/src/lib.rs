#![doc = include_str!("../README.md")]

use std::future::Future;

mod budgets;
mod counters;
mod holds;
mod keys;
mod ledger;
mod pins;
mod upstream;

pub use crate::budgets::{Applied, Budgets, BudgetsError};
pub use crate::counters::{Counters, CountersError, Rate, Take, Taken};
pub use crate::holds::{Holds, HoldsError, Use};
pub use crate::keys::{KeyLimits, Keys, KeysError, NewKey, VirtualKey};
pub use crate::ledger::{Inclusion, Ledger, LedgerError, Position, Record};
pub use crate::pins::{Pin, Pins, PinsError, Shown, Which};
pub use crate::upstream::{
    Upstream, UpstreamBody, UpstreamError, UpstreamRequest, UpstreamResponse,
};

/// A boxed future: what object-safe async methods return.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
