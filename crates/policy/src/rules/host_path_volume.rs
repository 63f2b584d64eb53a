//! A pod mounts a folder of its host.
//!
//! ## What it detects
//!
//! `hostPath` volumes; the container runtime's socket, devices of accelerators and the root are
//! critical.
//!
//! ## Why it matters
//!
//! A folder of the node outlives the pod and belongs to all pods; the runtime's socket is root on
//! the node.
//!
//! ## What it misses
//!
//! Local persistent volumes.
//!
//! ## Example
//!
//! ```yaml
//! volumes: [{name: sock, hostPath: {path: /var/run/docker.sock}}]
//! ```
//!
//! ## Remediation
//!
//! Use a persistent volume claim, an image volume or the device plugin.
//!
//! ## References
//!
//! - AIK-NB-003, AIK-GP-005
//! - Pod Security Standards, baseline

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression};

pub(super) static META: RuleMeta = RuleMeta {
    id: "host-path-volume",
    title: "A pod mounts a folder of its host",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9013", "AML.T0105"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Volume,
    anchors: &["hostPath"],
    holds: "!has(volume.hostPath)",
    what: "mounts a folder of its host",
    place: &["path"],
    fix: "Use a persistent volume claim, an image volume or the device plugin.",
    covers: Covers::All,
};
