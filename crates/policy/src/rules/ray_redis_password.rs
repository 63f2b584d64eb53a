//! The password of the store of a Ray cluster is written down.
//!
//! ## What it detects
//!
//! A literal `gcsFaultToleranceOptions.redisPassword.value`.
//!
//! ## Why it matters
//!
//! Whoever reads the manifest or the object reads and changes the state of the cluster, which
//! is running code in it.
//!
//! ## What it misses
//!
//! Passwords in the annotations of older versions.
//!
//! ## Example
//!
//! ```yaml
//! gcsFaultToleranceOptions: {redisPassword: {value: secret}}
//! ```
//!
//! ## Remediation
//!
//! Refer to a Secret with `valueFrom.secretKeyRef`, and replace the password that was written
//! down.
//!
//! ## References
//!
//! - AIK-RY-007

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression, part};

pub(super) static META: RuleMeta = RuleMeta {
    id: "ray-redis-password",
    title: "The password of the store of a Ray cluster is written down",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0055", "MS-TA9027", "AIR-PREV-023"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Part(&[
        part("RayCluster", "spec"),
        part("RayJob", "spec.rayClusterSpec"),
        part("RayService", "spec.rayClusterConfig"),
        part("RayCronJob", "spec.jobTemplate.rayClusterSpec"),
    ]),
    anchors: &[],
    holds: "!has(spec.gcsFaultToleranceOptions) || !has(spec.gcsFaultToleranceOptions.redisPassword) || !has(spec.gcsFaultToleranceOptions.redisPassword.value) || spec.gcsFaultToleranceOptions.redisPassword.value == ''",
    what: "has the password of its store written down",
    place: &["value", "redisPassword"],
    fix: "Refer to a Secret with `valueFrom.secretKeyRef`, and replace the password that was written down.",
    covers: Covers::All,
};
