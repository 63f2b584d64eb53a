#![doc = include_str!("../README.md")]

pub mod assess;
pub mod campaign;
pub mod review;
pub mod risk;
pub mod scan;
