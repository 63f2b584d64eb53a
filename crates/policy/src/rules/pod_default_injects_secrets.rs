//! A default puts secrets into pods that ask with a label.
//!
//! ## What it detects
//!
//! A `PodDefault` that adds a Secret as a variable or volume, or a service account.
//!
//! ## Why it matters
//!
//! Whoever may create a pod in the namespace puts the label on it and holds the secret.
//!
//! ## What it misses
//!
//! Namespaces in which only one person creates pods.
//!
//! ## Example
//!
//! ```yaml
//! spec: {env: [{name: K, valueFrom: {secretKeyRef: {name: s, key: k}}}]}
//! ```
//!
//! ## Remediation
//!
//! Name the Secret in the workload that needs it, and give that workload an account of its own.
//!
//! ## References
//!
//! - AIK-NB-004

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression, part};

pub(super) static META: RuleMeta = RuleMeta {
    id: "pod-default-injects-secrets",
    title: "A default puts secrets into pods that ask with a label",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9027", "AML.T0055", "MS-TA9011"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Part(&[part("PodDefault", "spec")]),
    anchors: &[],
    holds: "!has(spec.serviceAccountName) && \
            (!has(spec.env) || !spec.env.exists(e, has(e.valueFrom) && has(e.valueFrom.secretKeyRef))) && \
            (!has(spec.envFrom) || !spec.envFrom.exists(e, has(e.secretRef))) && \
            (!has(spec.volumes) || !spec.volumes.exists(v, has(v.secret)))",
    what: "puts secrets into whatever pod has its label",
    place: &["serviceAccountName", "secretKeyRef", "secretRef", "secret"],
    fix: "Name the Secret in the workload that needs it, and give that workload an account of its own.",
    covers: Covers::All,
};
