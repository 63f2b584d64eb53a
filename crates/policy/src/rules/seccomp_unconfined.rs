//! A pod switches the filter of system calls off.
//!
//! ## What it detects
//!
//! `seccompProfile` of the type `Unconfined`, at the pod or at any of its containers.
//!
//! ## Why it matters
//!
//! The filter keeps code that has taken over a container away from the rarely used system calls
//! through which kernels are attacked.
//!
//! ## What it misses
//!
//! Pods that set nothing on nodes whose default is unconfined.
//!
//! ## Example
//!
//! ```yaml
//! securityContext: {seccompProfile: {type: Unconfined}}
//! ```
//!
//! ## Remediation
//!
//! Set `seccompProfile: {type: RuntimeDefault}`.
//!
//! ## References
//!
//! - Pod Security Standards, baseline
//! - CIS Kubernetes Benchmark 5.7.2

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression};

pub(super) static META: RuleMeta = RuleMeta {
    id: "seccomp-unconfined",
    title: "A pod switches the filter of system calls off",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9018", "MS-M9011", "AML.T0105"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Pod,
    anchors: &["seccompProfile"],
    holds: "(!has(pod.securityContext) || !has(pod.securityContext.seccompProfile) || !has(pod.securityContext.seccompProfile.type) || pod.securityContext.seccompProfile.type != 'Unconfined') && \
            (!has(pod.containers) || pod.containers.all(c, !has(c.securityContext) || !has(c.securityContext.seccompProfile) || !has(c.securityContext.seccompProfile.type) || c.securityContext.seccompProfile.type != 'Unconfined')) && \
            (!has(pod.initContainers) || pod.initContainers.all(c, !has(c.securityContext) || !has(c.securityContext.seccompProfile) || !has(c.securityContext.seccompProfile.type) || c.securityContext.seccompProfile.type != 'Unconfined'))",
    what: "runs without a filter of system calls",
    place: &["seccompProfile"],
    fix: "Set `seccompProfile: {type: RuntimeDefault}`.",
    covers: Covers::All,
};
