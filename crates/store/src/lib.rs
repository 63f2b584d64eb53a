#![doc = include_str!("../README.md")]

mod budgets;
mod counters;
mod db;
mod error;
mod file;
mod holds;
mod keys;
mod ledger;
mod lock;
mod pins;
mod run;
mod settings;
mod signer;
mod state;

pub use crate::budgets::{PostgresBudgets, SqliteBudgets};
pub use crate::error::StoreError;
pub use crate::ledger::{LedgerOptions, LogReader, Verified};
pub use crate::run::Run;
pub use crate::settings::Settings;
pub use crate::state::{Random, State};
