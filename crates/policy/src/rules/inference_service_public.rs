//! An inference service is offered outside of its cluster.
//!
//! ## What it detects
//!
//! An `InferenceService` without the label `networking.kserve.io/visibility: cluster-local` and
//! without an annotation that switches authentication on.
//!
//! ## Why it matters
//!
//! KServe gives every inference service an address at the ingress gateway unless it is told not
//! to.
//!
//! ## What it misses
//!
//! Gateways that are internal, and policies of the mesh that ask who calls.
//!
//! ## Example
//!
//! ```yaml
//! kind: InferenceService
//! metadata: {name: m, labels: {}}
//! ```
//!
//! ## Remediation
//!
//! Add the label `networking.kserve.io/visibility: cluster-local`, or let a gateway that
//! authenticates stand in front.
//!
//! ## References
//!
//! - AIK-SV-022
//! - <https://kserve.github.io/website/>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression, whole};

pub(super) static META: RuleMeta = RuleMeta {
    id: "inference-service-public",
    title: "An inference service is offered outside of its cluster",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0040", "MS-TA9005", "AIR-PREV-012"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Part(&[whole("InferenceService")]),
    anchors: &[],
    holds: "has(spec.metadata) && \
            ((has(spec.metadata.labels) && ['networking.kserve.io/visibility', 'networking.knative.dev/visibility'].exists(label, label in spec.metadata.labels && spec.metadata.labels[label] == 'cluster-local')) || \
            (has(spec.metadata.annotations) && 'security.opendatahub.io/enable-auth' in spec.metadata.annotations && spec.metadata.annotations['security.opendatahub.io/enable-auth'] == 'true'))",
    what: "is offered outside of its cluster",
    place: &["name"],
    fix: "Add the label `networking.kserve.io/visibility: cluster-local`, or let a gateway that authenticates stand in front.",
    covers: Covers::All,
};
