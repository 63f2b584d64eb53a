//! A privileged container.
//!
//! ## What it detects
//!
//! `privileged: true` in any container, init and ephemeral ones included.
//!
//! ## Why it matters
//!
//! A privileged container is root on the node, with every other pod's models, data and credentials.
//!
//! ## What it misses
//!
//! Equivalent sums of capabilities and host paths; they have rules of their own.
//!
//! ## Example
//!
//! ```yaml
//! securityContext: {privileged: true}
//! ```
//!
//! ## Remediation
//!
//! Remove `privileged`; accelerators come through the device plugin.
//!
//! ## References
//!
//! - AIK-NB-003
//! - Pod Security Standards, baseline

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression};

pub(super) static META: RuleMeta = RuleMeta {
    id: "privileged-container",
    title: "A privileged container",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9018", "AML.T0105"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Container,
    anchors: &["privileged"],
    holds: "!has(container.securityContext) || !has(container.securityContext.privileged) || !container.securityContext.privileged",
    what: "is privileged",
    place: &["privileged"],
    fix: "Remove `privileged`; accelerators come through the device plugin.",
    covers: Covers::All,
};
