//! Tests of the store against real files and real processes.
#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test, and reach for files, processes and time"
)]

mod budgets;
mod crash;
mod damage;
mod disk;
mod holds;
mod ledger;
mod modes;
mod state;
mod support;
