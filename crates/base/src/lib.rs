#![doc = include_str!("../README.md")]

mod canonical;
mod clock;
mod code;
mod digest;
mod finding;
mod id;
pub mod json;
mod limits;
mod on_error;
mod principal;
mod printable;
mod reader;
mod rule;
mod secret;

pub use jiff::{SignedDuration, Timestamp, civil::Date};

pub use crate::canonical::canonical_json;
pub use crate::clock::{Clock, FixedClock};
pub use crate::code::ErrorCode;
pub use crate::digest::{Digest, Hasher, ParseDigestError};
pub use crate::finding::{Confidence, Finding, Location, Problem, Severity, Verdict};
pub use crate::id::{Id, IdSource};
pub use crate::limits::Limits;
pub use crate::on_error::OnError;
pub use crate::principal::{NoPrincipal, Principal, PrincipalKind};
pub use crate::printable::{is_unseen, printable, visible};
pub use crate::reader::{ByteReader, OutOfBounds};
pub use crate::rule::{RuleMeta, RuleStatus};
pub use crate::secret::Secret;
