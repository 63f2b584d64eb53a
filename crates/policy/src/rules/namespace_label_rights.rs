//! A role may relabel namespaces.
//!
//! ## What it detects
//!
//! The verbs `update` and `patch` on namespaces, not limited to named ones.
//!
//! ## Why it matters
//!
//! The labels of a namespace choose its pod security level and which policies, webhooks and
//! exceptions hold in it.
//!
//! ## What it misses
//!
//! Policies that guard the labels.
//!
//! ## Example
//!
//! ```yaml
//! rules: [{apiGroups: [""], resources: [namespaces], verbs: [patch]}]
//! ```
//!
//! ## Remediation
//!
//! Limit the rule with `resourceNames`, or guard the labels with a policy of their own.
//!
//! ## References
//!
//! - AIK-WH-003

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression, whole};

pub(super) static META: RuleMeta = RuleMeta {
    id: "namespace-label-rights",
    title: "A role may relabel namespaces",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0107", "MS-M9003"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Part(&[whole("Role"), whole("ClusterRole")]),
    anchors: &[],
    holds: "!has(spec.rules) || spec.rules.all(rule, !has(rule.verbs) || !has(rule.resources) || (has(rule.resourceNames) && rule.resourceNames.size() > 0) || \
            !rule.verbs.exists(verb, verb in ['update', 'patch']) || !rule.resources.exists(resource, resource == 'namespaces'))",
    what: "may relabel namespaces, and with it choose their guardrails",
    place: &["resources"],
    fix: "Limit the rule with `resourceNames`, or guard the labels with a policy of their own.",
    covers: Covers::All,
};
