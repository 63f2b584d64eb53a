#![doc = include_str!("../README.md")]

mod bound;
mod bucket;
mod reservation;

pub use crate::bound::{call_tokens_max, prompt_tokens_max};
pub use crate::bucket::{Refused, TokenBucket};
pub use crate::reservation::{Reservation, Settled};
