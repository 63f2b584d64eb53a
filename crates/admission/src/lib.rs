#![doc = include_str!("../README.md")]

pub mod certificate;
pub mod configuration;
pub mod controller;
mod decide;
pub mod facts;
pub mod gate;
pub mod lockout;
pub mod manifests;
pub mod preview;
mod review;
mod server;

pub use crate::decide::{Decision, Ground, Policy, decide, mutate};
pub use crate::review::{Operation, Request, ReviewError, answer, change, parse};
pub use crate::server::{Admission, AdmissionOptions, SharedFacts, serve};
