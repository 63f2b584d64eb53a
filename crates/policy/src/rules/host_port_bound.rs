//! A container binds a port of its host.
//!
//! ## What it detects
//!
//! `hostPort` in any container.
//!
//! ## Why it matters
//!
//! The port is reachable at the address of the node, where network policies of the namespace
//! often do not hold.
//!
//! ## What it misses
//!
//! Pods in the network of the host, of which every port is one.
//!
//! ## Example
//!
//! ```yaml
//! ports: [{containerPort: 8000, hostPort: 8000}]
//! ```
//!
//! ## Remediation
//!
//! Remove `hostPort` and offer the port through a Service.
//!
//! ## References
//!
//! - Pod Security Standards, baseline
//! - CIS Kubernetes Benchmark 5.2.13

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression};

pub(super) static META: RuleMeta = RuleMeta {
    id: "host-port-bound",
    title: "A container binds a port of its host",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9005", "MS-M9008"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Container,
    anchors: &["hostPort"],
    holds: "!has(container.ports) || !container.ports.exists(port, has(port.hostPort) && port.hostPort != 0)",
    what: "binds a port of its host",
    place: &["hostPort"],
    fix: "Remove `hostPort` and offer the port through a Service.",
    covers: Covers::All,
};
