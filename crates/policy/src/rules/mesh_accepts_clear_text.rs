//! A mesh takes requests without the identity of their sender.
//!
//! ## What it detects
//!
//! A `PeerAuthentication` with the mode `PERMISSIVE` or `DISABLE`.
//!
//! ## Why it matters
//!
//! Headers such as `kubeflow-userid` are believed because the mesh says who sent them; without
//! mutual TLS any pod writes them.
//!
//! ## What it misses
//!
//! Meshes other than Istio.
//!
//! ## Example
//!
//! ```yaml
//! spec: {mtls: {mode: PERMISSIVE}}
//! ```
//!
//! ## Remediation
//!
//! Set `mtls: {mode: STRICT}` and an `AuthorizationPolicy` that names the callers; except single
//! ports that need it.
//!
//! ## References
//!
//! - AIK-ID-005
//! - <https://github.com/kubeflow/kubeflow/issues/7032>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression, part};

pub(super) static META: RuleMeta = RuleMeta {
    id: "mesh-accepts-clear-text",
    title: "A mesh takes requests without the identity of their sender",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0073", "MS-TA9034", "ASI07"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Part(&[part("PeerAuthentication", "spec")]),
    anchors: &[],
    holds: "!has(spec.mtls) || !has(spec.mtls.mode) || !(spec.mtls.mode in ['PERMISSIVE', 'DISABLE'])",
    what: "takes requests without the identity of their sender",
    place: &["mode"],
    fix: "Set `mtls: {mode: STRICT}` and an `AuthorizationPolicy` that names the callers; except single ports that need it.",
    covers: Covers::All,
};
