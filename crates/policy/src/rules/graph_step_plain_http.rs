//! An inference graph sends requests over plain HTTP out of its cluster.
//!
//! ## What it detects
//!
//! A step of an `InferenceGraph` whose `serviceUrl` begins with `http://` and names a host that
//! is not one of the cluster.
//!
//! ## Why it matters
//!
//! Prompts and answers cross networks that others read and change.
//!
//! ## What it misses
//!
//! Names inside of the cluster that lead outside of it.
//!
//! ## Example
//!
//! ```yaml
//! steps: [{serviceUrl: "http://models.example.com/v1"}]
//! ```
//!
//! ## Remediation
//!
//! Use `https://`, or a service of the cluster.
//!
//! ## References
//!
//! - AIK-SV-023

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression, part};

pub(super) static META: RuleMeta = RuleMeta {
    id: "graph-step-plain-http",
    title: "An inference graph sends requests over plain HTTP out of its cluster",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0025", "AML.T0057", "AIR-RC-001"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Part(&[part("InferenceGraph", "spec")]),
    anchors: &[],
    holds: "!has(spec.nodes) || spec.nodes.all(name, !has(spec.nodes[name].steps) || spec.nodes[name].steps.all(step, \
            !has(step.serviceUrl) || !step.serviceUrl.startsWith('http://') || \
            step.serviceUrl.matches('^http://[^/:]+[.](svc|local|internal)(:[0-9]+)?(/|$)') || step.serviceUrl.matches('^http://[^./:]+([.][^./:]+)?([:/]|$)')))",
    what: "sends requests over plain HTTP out of its cluster",
    place: &["serviceUrl"],
    fix: "Use `https://`, or a service of the cluster.",
    covers: Covers::All,
};
