#![doc = include_str!("../README.md")]

mod skip;

pub use crate::skip::{repository, shared_data, skip};
