//! The ports in memory, for tests of the services above them. They keep what they are given.

mod budgets;
mod counters;
mod holds;
mod keys;
mod ledger;

pub use budgets::MemoryBudgets;
pub use counters::MemoryCounters;
pub use holds::MemoryHolds;
pub use keys::MemoryKeys;
pub use ledger::MemoryLedger;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A test that panicked with the lock held has failed already.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
