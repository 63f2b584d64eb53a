//! A pod mounts what controls its host.
//!
//! ## What it detects
//!
//! A `hostPath` volume of the root folder, of the socket of a container runtime, or of the
//! folders of the kubelet and of the control plane.
//!
//! ## Why it matters
//!
//! Whoever reaches the volume starts privileged containers, reads every secret of the node and
//! every credential of the cluster.
//!
//! ## What it misses
//!
//! The same folders reached through a persistent volume of the type `local`. The folders in
//! which device plug-ins register are left out.
//!
//! ## Example
//!
//! ```yaml
//! volumes: [{name: v, hostPath: {path: /var/run/docker.sock}}]
//! ```
//!
//! ## Remediation
//!
//! Remove the volume; build images with a rootless builder and read node facts from the API.
//!
//! ## References
//!
//! - AIK-NB-003, AIK-AG-002
//! - Pod Security Standards, baseline
//! - CIS Kubernetes Benchmark 5.2.11

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression};

pub(super) static META: RuleMeta = RuleMeta {
    id: "host-control-mounted",
    title: "A pod mounts what controls its host",
    severity: Severity::Critical,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9013", "AML.T0105", "MS-TA9030"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Volume,
    anchors: &["hostPath"],
    holds: "!has(volume.hostPath) || !has(volume.hostPath.path) || \
            !(volume.hostPath.path.matches('^/+$') || \
            volume.hostPath.path.matches('/(docker|containerd|crio|cri-dockerd|podman|buildkitd)[.]sock/?$') || \
            volume.hostPath.path.matches('^/etc/kubernetes(/|$)') || \
            volume.hostPath.path.matches('^/(etc|root|proc|boot|var|var/run|run|var/lib)/?$') || \
            volume.hostPath.path.matches('^/var/lib/(kubelet|etcd|docker|containerd)/?$') || \
            volume.hostPath.path.matches('^/var/lib/kubelet/(pki|pods)(/|$)'))",
    what: "mounts what controls its host",
    place: &["path"],
    fix: "Remove the volume; build images with a rootless builder and read node facts from the API.",
    covers: Covers::All,
};
