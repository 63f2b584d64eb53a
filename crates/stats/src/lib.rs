#![doc = include_str!("../README.md")]

mod bernoulli;
pub mod dist;
mod random;
pub mod special;
mod summary;

pub use crate::bernoulli::Threshold;
pub use crate::dist::ParameterError;
pub use crate::random::{Philox, Stream};
pub use crate::summary::{Estimate, expected_shortfall, mean, quantile_sorted};
