//! Nobody limits the network of an agent sandbox.
//!
//! ## What it detects
//!
//! A sandbox template whose `networkPolicyManagement` is `Unmanaged`.
//!
//! ## Why it matters
//!
//! What a model writes runs in the sandbox; without a policy it reaches every service of the
//! cluster and sends out what it finds.
//!
//! ## What it misses
//!
//! Policies that somebody else keeps for the namespace.
//!
//! ## Example
//!
//! ```yaml
//! networkPolicyManagement: Unmanaged
//! ```
//!
//! ## Remediation
//!
//! Set `networkPolicyManagement: Managed` and name the destinations that the agent needs.
//!
//! ## References
//!
//! - AIK-AG-001

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression, part};

pub(super) static META: RuleMeta = RuleMeta {
    id: "sandbox-network-unmanaged",
    title: "Nobody limits the network of an agent sandbox",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0053", "AML.T0086", "ASI05", "AIR-PREV-022"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Part(&[
        part("SandboxTemplate", "spec"),
        part("Sandbox", "spec"),
        part("SandboxWarmPool", "spec"),
    ]),
    anchors: &[],
    holds: "!has(spec.networkPolicyManagement) || spec.networkPolicyManagement != 'Unmanaged'",
    what: "has no limits on its network",
    place: &["networkPolicyManagement"],
    fix: "Set `networkPolicyManagement: Managed` and name the destinations that the agent needs.",
    covers: Covers::All,
};
