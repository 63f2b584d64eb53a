//! The algebra as a whole: every interleaving of small scenarios, and simulated traffic.
#![expect(clippy::panic, reason = "helpers of tests stop the test")]

mod interleavings;
mod runaways;
