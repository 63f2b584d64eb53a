//! A container sees the unmasked process file system.
//!
//! ## What it detects
//!
//! `procMount: Unmasked` in any container.
//!
//! ## Why it matters
//!
//! The masks of `/proc` hide what changes the kernel and tells about its neighbours.
//!
//! ## What it misses
//!
//! Whether the pod has a user namespace of its own, in which it is less of a danger.
//!
//! ## Example
//!
//! ```yaml
//! securityContext: {procMount: Unmasked}
//! ```
//!
//! ## Remediation
//!
//! Remove `procMount`.
//!
//! ## References
//!
//! - Pod Security Standards, baseline

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression};

pub(super) static META: RuleMeta = RuleMeta {
    id: "proc-mount-unmasked",
    title: "A container sees the unmasked process file system",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9018", "AML.T0105"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Container,
    anchors: &["procMount"],
    holds: "!has(container.securityContext) || !has(container.securityContext.procMount) || container.securityContext.procMount == 'Default'",
    what: "sees the unmasked process file system of its host",
    place: &["procMount"],
    fix: "Remove `procMount`.",
    covers: Covers::All,
};
