//! A role is bound to everybody.
//!
//! ## What it detects
//!
//! A binding whose subject is the group of all users, of all service accounts, of those who did
//! not log in, or the anonymous user.
//!
//! ## Why it matters
//!
//! Any pod of the cluster, and for the anonymous user anybody who reaches the API server, holds
//! the role.
//!
//! ## What it misses
//!
//! Groups of the identity provider that everybody is in. The bindings that Kubernetes itself
//! makes for discovery are left out.
//!
//! ## Example
//!
//! ```yaml
//! subjects: [{kind: Group, name: system:authenticated}]
//! ```
//!
//! ## Remediation
//!
//! Bind the role to the accounts that need it.
//!
//! ## References
//!
//! - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>
//! - CIS Kubernetes Benchmark 4.2.1

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression, whole};

pub(super) static META: RuleMeta = RuleMeta {
    id: "role-bound-to-everybody",
    title: "A role is bound to everybody",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9019", "AML.T0012", "MS-M9003"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Part(&[whole("RoleBinding"), whole("ClusterRoleBinding")]),
    anchors: &[],
    holds: "!has(spec.subjects) || (has(spec.roleRef) && has(spec.roleRef.name) && spec.roleRef.name in ['system:discovery', 'system:basic-user', 'system:public-info-viewer', 'system:service-account-issuer-discovery', 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient']) || \
            !spec.subjects.exists(subject, has(subject.name) && subject.name in ['system:authenticated', 'system:unauthenticated', 'system:anonymous', 'system:serviceaccounts'])",
    what: "binds a role to everybody",
    place: &["subjects"],
    fix: "Bind the role to the accounts that need it.",
    covers: Covers::All,
};
