//! A role lets its holder become somebody else.
//!
//! ## What it detects
//!
//! Rules of a role with the verbs `escalate`, `bind` or `impersonate`, or with the right to
//! create tokens of service accounts, not limited to named resources.
//!
//! ## Why it matters
//!
//! These verbs step over what the role itself allows: their holder takes any role, any user or
//! any service account.
//!
//! ## What it misses
//!
//! Aggregated roles whose parts are not in the set. Wildcards have a rule of their own.
//!
//! ## Example
//!
//! ```yaml
//! rules: [{apiGroups: [""], resources: [serviceaccounts/token], verbs: [create]}]
//! ```
//!
//! ## Remediation
//!
//! Remove the verb, or limit it with `resourceNames`.
//!
//! ## References
//!
//! - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>
//! - CIS Kubernetes Benchmark 5.1.8, 5.1.13

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression, whole};

pub(super) static META: RuleMeta = RuleMeta {
    id: "escalation-rights",
    title: "A role lets its holder become somebody else",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9019", "AML.T0012", "MS-M9003"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Part(&[whole("Role"), whole("ClusterRole")]),
    anchors: &[],
    holds: "!has(spec.rules) || spec.rules.all(rule, !has(rule.verbs) || !has(rule.resources) || (has(rule.resourceNames) && rule.resourceNames.size() > 0) || \
            !((rule.verbs.exists(verb, verb in ['escalate', 'bind']) && rule.resources.exists(resource, resource in ['roles', 'clusterroles', '*'])) || \
            (rule.verbs.exists(verb, verb == 'impersonate') && rule.resources.exists(resource, resource in ['users', 'groups', 'serviceaccounts', '*'])) || \
            (rule.verbs.exists(verb, verb in ['create', '*']) && rule.resources.exists(resource, resource == 'serviceaccounts/token'))))",
    what: "lets its holder become somebody else",
    place: &["verbs"],
    fix: "Remove the verb, or limit it with `resourceNames`.",
    covers: Covers::All,
};
