#![doc = include_str!("../README.md")]

pub mod assess;
pub mod attest;
pub mod campaign;
pub mod convert;
pub mod input;
pub mod model_tree;
pub mod review;
pub mod risk;
pub mod scan;
pub mod signing;
