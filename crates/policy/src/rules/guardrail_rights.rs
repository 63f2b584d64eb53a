//! A role may change the guardrails.
//!
//! ## What it detects
//!
//! Rights to create, change or delete webhook configurations, admission policies, their
//! bindings, or exceptions of Kyverno and Seawall, not limited to named resources.
//!
//! ## Why it matters
//!
//! Who may change what admits objects may switch it off, or read and change every object that
//! passes it.
//!
//! ## What it misses
//!
//! Rights that come with wildcards, which have a rule of their own.
//!
//! ## Example
//!
//! ```yaml
//! rules: [{apiGroups: [admissionregistration.k8s.io], resources: [validatingwebhookconfigurations], verbs: [update]}]
//! ```
//!
//! ## Remediation
//!
//! Limit the rule to the configuration of the controller itself with `resourceNames`.
//!
//! ## References
//!
//! - AIK-WH-004

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression, whole};

pub(super) static META: RuleMeta = RuleMeta {
    id: "guardrail-rights",
    title: "A role may change the guardrails",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9015", "AML.T0107", "MS-M9003"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Part(&[whole("Role"), whole("ClusterRole")]),
    anchors: &[],
    holds: "!has(spec.rules) || spec.rules.all(rule, !has(rule.verbs) || !has(rule.resources) || (has(rule.resourceNames) && rule.resourceNames.size() > 0) || \
            !rule.verbs.exists(verb, verb in ['create', 'update', 'patch', 'delete', 'deletecollection', '*']) || \
            !rule.resources.exists(resource, resource in ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations', 'validatingadmissionpolicies', 'validatingadmissionpolicybindings', 'mutatingadmissionpolicies', 'mutatingadmissionpolicybindings', 'policyexceptions', 'guardrailpolicies', 'guardrailexceptions']))",
    what: "may change the guardrails of the cluster",
    place: &["resources"],
    fix: "Limit the rule to the configuration of the controller itself with `resourceNames`.",
    covers: Covers::All,
};
