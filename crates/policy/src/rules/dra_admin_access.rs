//! A resource claim asks for administrative access to devices.
//!
//! ## What it detects
//!
//! `adminAccess: true` in a `ResourceClaim` or `ResourceClaimTemplate`.
//!
//! ## Why it matters
//!
//! The claim gives access to devices that others use, their memory included.
//!
//! ## What it misses
//!
//! Whether the namespace is labelled for it, where the label is not in the set.
//!
//! ## Example
//!
//! ```yaml
//! devices: {requests: [{name: gpu, exactly: {adminAccess: true}}]}
//! ```
//!
//! ## Remediation
//!
//! Remove `adminAccess`; monitoring agents that need it belong into a namespace labelled for it.
//!
//! ## References
//!
//! - AIK-GP-007
//! - <https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression, part};

pub(super) static META: RuleMeta = RuleMeta {
    id: "dra-admin-access",
    title: "A resource claim asks for administrative access to devices",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0105", "MS-TA9018"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Part(&[
        part("ResourceClaim", "spec.devices"),
        part("ResourceClaimTemplate", "spec.spec.devices"),
    ]),
    anchors: &[],
    holds: "!has(spec.requests) || spec.requests.all(request, \
            (!has(request.adminAccess) || !request.adminAccess) && \
            (!has(request.exactly) || !has(request.exactly.adminAccess) || !request.exactly.adminAccess))",
    what: "asks for administrative access to devices",
    place: &["adminAccess"],
    fix: "Remove `adminAccess`; monitoring agents that need it belong into a namespace labelled for it.",
    covers: Covers::All,
};
