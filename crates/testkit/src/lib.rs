#![doc = include_str!("../README.md")]

mod faulty;
pub mod interleave;
#[cfg(feature = "kubernetes")]
pub mod kubernetes;
mod memory;
pub mod model_file;
mod postgres;
mod skip;
pub mod traffic;

pub use crate::faulty::{FaultyUpstream, Script};
#[cfg(feature = "kubernetes")]
pub use crate::kubernetes::KubernetesServer;
pub use crate::memory::{MemoryBudgets, MemoryCounters, MemoryHolds, MemoryKeys, MemoryLedger};
pub use crate::postgres::PostgresServer;
pub use crate::skip::{repository, shared_data, skip};
