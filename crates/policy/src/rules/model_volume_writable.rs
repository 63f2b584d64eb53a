//! A model server can write to its model volume.
//!
//! ## What it detects
//!
//! A model server that mounts a persistent volume or a host folder at its model path, or a volume
//! named for models, without `readOnly`.
//!
//! ## Why it matters
//!
//! Weights that were verified at the start can be replaced later from inside a pod that was taken
//! over, and every other server on the volume loads them.
//!
//! ## What it misses
//!
//! Volumes whose name and path do not speak of models; writers in other pods.
//!
//! ## Example
//!
//! ```yaml
//! volumeMounts: [{name: models, mountPath: /models}]
//! ```
//!
//! ## Remediation
//!
//! Set `readOnly: true` on the mount, or use an image volume pinned by digest.
//!
//! ## References
//!
//! - AIK-MS-010

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use seawall_config::yaml::Node;

use crate::context::{Context, Found, Out};
use crate::object::printable;
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "model-volume-writable",
    title: "A model server can write to its model volume",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0018", "AIR-SEC-008"],
};

const FIX: &str = "Set `readOnly: true` on the mount, or use an image volume pinned by digest.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    for container in workload
        .containers
        .iter()
        .filter(|container| container.server.is_some())
    {
        let mounts = container
            .node
            .get("volumeMounts")
            .map(Node::items)
            .unwrap_or_default();
        for mount in mounts {
            let name = mount.text_at(&["name"]).unwrap_or_default();
            let path = mount.text_at(&["mountPath"]).unwrap_or_default();
            let holds_models = name.contains("model") || path.contains("model");
            let read_only = mount.get("readOnly").and_then(Node::as_bool) == Some(true);
            if holds_models && !read_only && is_shared(workload, name) {
                let what = format!("can write to the models at `{}`", printable(path));
                let found = Found::container(workload, container, mount.location(), &what, FIX);
                out.report(&META, found);
            }
        }
    }
}

/// Scratch volumes go with the pod; what outlives it or is shared is what matters.
fn is_shared(workload: &Workload<'_>, name: &str) -> bool {
    workload.volumes().iter().any(|volume| {
        let claim = volume.get("persistentVolumeClaim");
        volume.text_at(&["name"]) == Some(name)
            && (volume.get("hostPath").is_some()
                || claim.is_some_and(|claim| {
                    claim.get("readOnly").and_then(Node::as_bool) != Some(true)
                }))
    })
}
