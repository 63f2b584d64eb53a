//! The workers of an MPI job let root log in.
//!
//! ## What it detects
//!
//! An `MPIJob` of version 2 whose keys are mounted for root, which is where they are without
//! `sshAuthMountPath`.
//!
//! ## Why it matters
//!
//! Every worker runs an SSH server as root, which takes the one key that all of the job's pods
//! hold.
//!
//! ## What it misses
//!
//! Jobs that run on another user's path and still as root.
//!
//! ## Example
//!
//! ```yaml
//! kind: MPIJob
//! spec: {sshAuthMountPath: /root/.ssh}
//! ```
//!
//! ## Remediation
//!
//! Set `sshAuthMountPath: /mpi/.ssh` and run as that user.
//!
//! ## References
//!
//! - AIK-TR-007
//! - <https://github.com/kubeflow/mpi-operator>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression, whole};

pub(super) static META: RuleMeta = RuleMeta {
    id: "mpi-ssh-as-root",
    title: "The workers of an MPI job let root log in",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9010", "MS-TA9018"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Part(&[whole("MPIJob")]),
    anchors: &[],
    holds: "!has(spec.apiVersion) || spec.apiVersion != 'kubeflow.org/v2beta1' || !has(spec.spec) || (has(spec.spec.sshAuthMountPath) && !spec.spec.sshAuthMountPath.startsWith('/root'))",
    what: "lets root log in to its workers",
    place: &["sshAuthMountPath", "name"],
    fix: "Set `sshAuthMountPath: /mpi/.ssh` and run as that user.",
    covers: Covers::All,
};
