#![doc = include_str!("../README.md")]

mod faulty;
pub mod interleave;
mod memory;
pub mod model_file;
mod postgres;
mod skip;
pub mod traffic;

pub use crate::faulty::{FaultyUpstream, Script};
pub use crate::memory::{MemoryBudgets, MemoryCounters, MemoryHolds, MemoryKeys, MemoryLedger};
pub use crate::postgres::PostgresServer;
pub use crate::skip::{repository, shared_data, skip};
