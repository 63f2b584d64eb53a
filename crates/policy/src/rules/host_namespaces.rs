//! A pod shares a namespace of its host.
//!
//! ## What it detects
//!
//! `hostNetwork`, `hostPID` or `hostIPC` set to true.
//!
//! ## Why it matters
//!
//! The pod sees the traffic, processes or memory of every other pod on the node, and network
//! policies do not hold it.
//!
//! ## What it misses
//!
//! Exceptions that high-performance networks need; those deserve a reviewed runtime class.
//!
//! ## Example
//!
//! ```yaml
//! hostNetwork: true
//! ```
//!
//! ## Remediation
//!
//! Remove the field; use a secondary network for collective communication.
//!
//! ## References
//!
//! - AIK-TR-004
//! - Pod Security Standards, baseline

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression};

pub(super) static META: RuleMeta = RuleMeta {
    id: "host-namespaces",
    title: "A pod shares a namespace of its host",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0105", "MS-TA9036"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Pod,
    anchors: &["hostNetwork", "hostPID", "hostIPC"],
    holds: "(!has(pod.hostNetwork) || !pod.hostNetwork) && (!has(pod.hostPID) || !pod.hostPID) && \
            (!has(pod.hostIPC) || !pod.hostIPC)",
    what: "shares a namespace of its host",
    place: &["hostNetwork", "hostPID", "hostIPC"],
    fix: "Remove the field; use a secondary network for collective communication.",
    covers: Covers::All,
};
