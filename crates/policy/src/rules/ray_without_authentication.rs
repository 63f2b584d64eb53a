//! A Ray cluster without authentication.
//!
//! ## What it detects
//!
//! A `RayCluster`, `RayJob` or `RayService` whose `authOptions.mode` is not `token` and which does
//! not use Kubernetes tokens.
//!
//! ## Why it matters
//!
//! Every pod that reaches the head submits jobs, which run as the Ray service account.
//!
//! ## What it misses
//!
//! Meshes that authenticate in front of the head.
//!
//! ## Example
//!
//! ```yaml
//! kind: RayCluster
//! spec: {rayVersion: "2.53.0"}
//! ```
//!
//! ## Remediation
//!
//! Set `authOptions: {mode: token}` (Ray 2.52 and later) and allow the head's ports only to the
//! cluster's own pods.
//!
//! ## References
//!
//! - AIK-RY-002
//! - <https://docs.ray.io/en/latest/ray-security/index.html>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression, part};

pub(super) static META: RuleMeta = RuleMeta {
    id: "ray-without-authentication",
    title: "A Ray cluster without authentication",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0049", "MS-TA9034", "LLM03:2025"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Part(&[
        part("RayCluster", "spec"),
        part("RayJob", "spec.rayClusterSpec"),
        part("RayService", "spec.rayClusterConfig"),
        part("RayCronJob", "spec.jobTemplate.rayClusterSpec"),
    ]),
    anchors: &[],
    holds: "has(spec.authOptions) && \
            ((has(spec.authOptions.mode) && spec.authOptions.mode == 'token') || \
            (has(spec.authOptions.enableK8sTokenAuth) && spec.authOptions.enableK8sTokenAuth))",
    what: "takes jobs from whoever reaches its head",
    place: &["authOptions"],
    fix: "Set `authOptions: {mode: token}` (Ray 2.52 and later) and allow the head's ports only to the cluster's own pods.",
    covers: Covers::All,
};
