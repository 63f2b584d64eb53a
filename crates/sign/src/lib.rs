#![doc = include_str!("../README.md")]

mod bundle;
mod compare;
mod manifest;
mod name;
mod seal;
mod statement;

pub use crate::bundle::{Bundle, BundleError, sign};
pub use crate::compare::{Comparison, Difference};
pub use crate::manifest::{File, Manifest, ManifestError};
pub use crate::name::{DEFAULT_IGNORED, ignores};
pub use crate::seal::seal;
pub use crate::statement::{Statement, StatementError};
