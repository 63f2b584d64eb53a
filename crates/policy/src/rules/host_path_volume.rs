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

use crate::context::{Context, Found, Out};
use crate::object::printable;
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "host-path-volume",
    title: "A pod mounts a folder of its host",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9013", "AML.T0105"],
};

const FIX: &str = "Use a persistent volume claim, an image volume or the device plugin.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const CRITICAL: &[&str] = &[
        "docker.sock",
        "containerd.sock",
        "crio.sock",
        "/etc/kubernetes",
        "/var/lib/kubelet",
    ];
    for volume in workload.volumes() {
        let Some(path) = volume.at(&["hostPath", "path"]) else {
            continue;
        };
        let text = path.text().unwrap_or_default();
        let critical = text == "/" || CRITICAL.iter().any(|part| text.contains(part));
        let severity = if critical {
            Severity::Critical
        } else {
            META.severity
        };
        let message = format!(
            "{} mounts `{}` of its host",
            workload.object.title(),
            printable(text)
        );
        let found = Found::new(workload.object, path.location(), message, FIX);
        out.report_as(&META, severity, META.confidence, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::of;

    #[test]
    fn the_runtime_socket_is_critical() {
        let text = "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: c}], volumes: [{name: v, hostPath: {path: /var/run/docker.sock}}]}\n";
        assert_eq!(of(META.id, text)[0].severity, Severity::Critical);
    }
}
