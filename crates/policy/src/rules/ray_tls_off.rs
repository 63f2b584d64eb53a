//! A Ray cluster sends its token in clear text.
//!
//! ## What it detects
//!
//! `authOptions` that ask for a token while `tlsOptions.enabled` is not true.
//!
//! ## Why it matters
//!
//! The token that admits jobs crosses the network where every pod of the node may read it.
//!
//! ## What it misses
//!
//! Meshes that encrypt between the pods.
//!
//! ## Example
//!
//! ```yaml
//! authOptions: {mode: token}
//! tlsOptions: {enabled: false}
//! ```
//!
//! ## Remediation
//!
//! Set `tlsOptions: {enabled: true}`, or encrypt between the pods with a mesh.
//!
//! ## References
//!
//! - AIK-RY-005
//! - <https://docs.ray.io/en/latest/ray-security/index.html>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression, part};

pub(super) static META: RuleMeta = RuleMeta {
    id: "ray-tls-off",
    title: "A Ray cluster sends its token in clear text",
    severity: Severity::Low,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0055", "MS-TA9034"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Part(&[
        part("RayCluster", "spec"),
        part("RayJob", "spec.rayClusterSpec"),
        part("RayService", "spec.rayClusterConfig"),
        part("RayCronJob", "spec.jobTemplate.rayClusterSpec"),
    ]),
    anchors: &[],
    holds: "!has(spec.authOptions) || !((has(spec.authOptions.mode) && spec.authOptions.mode == 'token') || (has(spec.authOptions.enableK8sTokenAuth) && spec.authOptions.enableK8sTokenAuth)) || \
            (has(spec.tlsOptions) && has(spec.tlsOptions.enabled) && spec.tlsOptions.enabled)",
    what: "sends its token in clear text",
    place: &["authOptions"],
    fix: "Set `tlsOptions: {enabled: true}`, or encrypt between the pods with a mesh.",
    covers: Covers::All,
};
