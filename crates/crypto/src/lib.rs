#![doc = include_str!("../README.md")]

mod commitment;
pub mod dsse;
pub mod jwt;
mod key;
pub mod note;
mod pem;
mod verifying;

pub use crate::commitment::commitment;
pub use crate::key::SigningKey;
pub use crate::verifying::{Algorithm, BadSignature, KeyError, VerifyingKey};
