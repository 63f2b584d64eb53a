//! A role reaches the kubelet past the API server.
//!
//! ## What it detects
//!
//! Any verb on `nodes/proxy`.
//!
//! ## Why it matters
//!
//! The kubelet executes commands in every pod of its node for whoever may use the proxy, past
//! admission and past the audit log; reading is enough for that.
//!
//! ## What it misses
//!
//! Rights on the more detailed subresources of the kubelet, which are what to use instead.
//!
//! ## Example
//!
//! ```yaml
//! rules: [{apiGroups: [""], resources: [nodes/proxy], verbs: [get]}]
//! ```
//!
//! ## Remediation
//!
//! Ask for `nodes/metrics` or `nodes/stats` instead.
//!
//! ## References
//!
//! - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression, whole};

pub(super) static META: RuleMeta = RuleMeta {
    id: "node-proxy-rights",
    title: "A role reaches the kubelet past the API server",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9030", "MS-TA9006", "MS-M9003"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Part(&[whole("Role"), whole("ClusterRole")]),
    anchors: &[],
    holds: "!has(spec.rules) || spec.rules.all(rule, !has(rule.resources) || !rule.resources.exists(resource, resource == 'nodes/proxy' || resource == 'nodes/*'))",
    what: "reaches the kubelet past the API server",
    place: &["resources"],
    fix: "Ask for `nodes/metrics` or `nodes/stats` instead.",
    covers: Covers::All,
};
