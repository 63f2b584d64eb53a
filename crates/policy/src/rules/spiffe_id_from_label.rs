//! An identity is made from what its user may write.
//!
//! ## What it detects
//!
//! A `ClusterSPIFFEID` whose template reads labels or annotations of the pod.
//!
//! ## Why it matters
//!
//! Whoever creates the pod chooses its labels, and with them whom it is taken for.
//!
//! ## What it misses
//!
//! Policies that guard the labels.
//!
//! ## Example
//!
//! ```yaml
//! spiffeIDTemplate: "spiffe://{{ .TrustDomain }}/{{ index .PodMeta.Labels \"app\" }}"
//! ```
//!
//! ## Remediation
//!
//! Make the identity from the namespace and the service account.
//!
//! ## References
//!
//! - AIK-ID-007
//! - <https://github.com/spiffe/spire-controller-manager>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression, part};

pub(super) static META: RuleMeta = RuleMeta {
    id: "spiffe-id-from-label",
    title: "An identity is made from what its user may write",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0073", "ASI03", "AIR-PREV-012"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Part(&[part("ClusterSPIFFEID", "spec")]),
    anchors: &[],
    holds: "!has(spec.spiffeIDTemplate) || !spec.spiffeIDTemplate.matches('PodMeta[.](Labels|Annotations)')",
    what: "makes identities from labels or annotations",
    place: &["spiffeIDTemplate"],
    fix: "Make the identity from the namespace and the service account.",
    covers: Covers::All,
};
