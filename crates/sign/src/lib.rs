#![doc = include_str!("../README.md")]

mod attestation;
mod bundle;
mod compare;
mod manifest;
mod material;
mod name;
mod provenance;
mod seal;
mod statement;
mod trust;

pub use crate::attestation::{Attestation, AttestationError, Subject};
pub use crate::bundle::{Bundle, BundleError, Credentials, Made, Opened, sign, sign_with};
pub use crate::compare::{Comparison, Difference};
pub use crate::manifest::{File, Manifest, ManifestError};
pub use crate::name::{DEFAULT_IGNORED, ignores};
pub use crate::provenance::{PROVENANCE, SCAN_VERDICT, ScanVerdict, TRAINING, Training};
pub use crate::seal::seal;
pub use crate::statement::{Statement, StatementError};
pub use crate::trust::{Authorities, Basis, Signer, Trust};
