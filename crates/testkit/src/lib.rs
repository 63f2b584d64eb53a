#![doc = include_str!("../README.md")]

mod faulty;
pub mod interleave;
mod memory;
pub mod model_file;
mod skip;

pub use crate::faulty::{FaultyUpstream, Script};
pub use crate::memory::{MemoryCounters, MemoryHolds, MemoryKeys, MemoryLedger};
pub use crate::skip::{repository, shared_data, skip};
