//! Tests of the real binary: what a user types, sees, and gets as exit code.
#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests stop the test, and reach for files and processes"
)]

mod admission;
mod budgets;
mod ledger;
mod model;
mod modelling;
mod running;
mod support;
mod wrong_input;
