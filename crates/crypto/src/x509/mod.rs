//! X.509 certificates (RFC 5280): read, built into chains up to an authority that the caller trusts,
//! and judged by a policy.
//!
//! Only what signing needs is supported. A certificate that says something critical which is not
//! understood here is refused, so that no limit of its authority is passed over.

mod certificate;
mod chain;
mod crl;
mod signature;
#[cfg(test)]
mod tests;
pub mod timestamp;

pub use self::certificate::{AlternativeName, Certificate, CertificateError};
pub use self::chain::{Chain, ChainError, Policy, Usage, verify};
pub use self::crl::{Crl, CrlError};
