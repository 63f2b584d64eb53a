#![doc = include_str!("../README.md")]

mod commitment;
mod der;
pub mod dsse;
pub mod jwt;
mod key;
pub mod note;
mod pem;
mod verifying;
pub mod x509;

pub use crate::commitment::commitment;
pub use crate::der::NotDer;
pub use crate::key::SigningKey;
pub use crate::verifying::{Algorithm, BadSignature, KeyError, VerifyingKey};
