#![doc = include_str!("../README.md")]

pub mod certificate;
pub mod configuration;
mod decide;
mod review;
mod server;

pub use crate::decide::{Decision, Policy, decide};
pub use crate::review::{Operation, Request, ReviewError, answer, parse};
pub use crate::server::{Admission, AdmissionOptions, serve};
