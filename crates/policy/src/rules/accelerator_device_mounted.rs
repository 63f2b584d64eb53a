//! A pod mounts accelerator devices from its host.
//!
//! ## What it detects
//!
//! A `hostPath` volume of device files or run-time folders of accelerators and of RDMA
//! (`/dev/nvidia*`, `/dev/infiniband`, `/dev/kfd`, `/dev/dri`, `/run/nvidia`).
//!
//! ## Why it matters
//!
//! The device plug-in hands out devices one by one; the folder gives all of them, with the
//! memory that others left in them.
//!
//! ## What it misses
//!
//! Devices that a privileged container sees anyway.
//!
//! ## Example
//!
//! ```yaml
//! volumes: [{name: v, hostPath: {path: /dev/nvidia0}}]
//! ```
//!
//! ## Remediation
//!
//! Request the device in `resources.limits` and let the device plug-in or a resource claim
//! mount it.
//!
//! ## References
//!
//! - AIK-GP-005
//! - <https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/device-plugins/>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression};

pub(super) static META: RuleMeta = RuleMeta {
    id: "accelerator-device-mounted",
    title: "A pod mounts accelerator devices from its host",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0105", "MS-TA9013"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Volume,
    anchors: &["hostPath"],
    holds: "!has(volume.hostPath) || !has(volume.hostPath.path) || \
            !volume.hostPath.path.matches('^/(dev/(nvidia|infiniband|kfd|dri|vfio|habanalabs|accel)|run/nvidia|var/run/nvidia)')",
    what: "takes accelerator devices from its host past the device plug-in",
    place: &["path"],
    fix: "Request the device in `resources.limits` and let the device plug-in or a resource claim mount it.",
    covers: Covers::All,
};
