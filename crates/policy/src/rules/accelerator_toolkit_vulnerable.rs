//! The container toolkit of the accelerators has a known escape.
//!
//! ## What it detects
//!
//! A `ClusterPolicy` of the GPU operator that names a version of the toolkit before 1.17.8.
//!
//! ## Why it matters
//!
//! A container image of an attacker becomes root on the node.
//!
//! ## What it misses
//!
//! Toolkits that are installed on the nodes, and operators that choose the version by
//! themselves.
//!
//! ## Example
//!
//! ```yaml
//! toolkit: {version: v1.16.1-ubuntu20.04}
//! ```
//!
//! ## Remediation
//!
//! Move the toolkit to 1.17.8 or later.
//!
//! ## References
//!
//! - AIK-GP-003
//! - CVE-2024-0132, CVE-2025-23359, CVE-2025-23266

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression, part};

pub(super) static META: RuleMeta = RuleMeta {
    id: "accelerator-toolkit-vulnerable",
    title: "The container toolkit of the accelerators has a known escape",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0105", "MS-TA9004"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Part(&[part("ClusterPolicy", "spec")]),
    anchors: &[],
    holds: "!has(spec.toolkit) || !has(spec.toolkit.version) || (has(spec.toolkit.enabled) && !spec.toolkit.enabled) || !spec.toolkit.version.matches('^v?(0[.]|1[.]([0-9]|1[0-6])([.]|$)|1[.]17[.][0-7]([^0-9]|$))')",
    what: "installs a container toolkit with a known escape",
    place: &["version"],
    fix: "Move the toolkit to 1.17.8 or later.",
    covers: Covers::All,
};
