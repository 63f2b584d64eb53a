//! A service takes addresses that it does not own.
//!
//! ## What it detects
//!
//! `externalIPs` of a Service.
//!
//! ## Why it matters
//!
//! Whoever may create Services takes over traffic of the cluster to any address, without
//! anybody checking that it is theirs.
//!
//! ## What it misses
//!
//! Addresses that a load balancer reports into the status.
//!
//! ## Example
//!
//! ```yaml
//! spec: {externalIPs: [203.0.113.7]}
//! ```
//!
//! ## Remediation
//!
//! Use a load balancer or a gateway.
//!
//! ## References
//!
//! - CVE-2020-8554

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression, part};

pub(super) static META: RuleMeta = RuleMeta {
    id: "service-external-address",
    title: "A service takes addresses that it does not own",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9034", "MS-M9008"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Part(&[part("Service", "spec")]),
    anchors: &[],
    holds: "!has(spec.externalIPs) || spec.externalIPs.size() == 0",
    what: "takes addresses that it does not own",
    place: &["externalIPs"],
    fix: "Use a load balancer or a gateway.",
    covers: Covers::All,
};
