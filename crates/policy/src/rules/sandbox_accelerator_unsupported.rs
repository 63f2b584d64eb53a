//! A sandbox that cannot keep the accelerator apart.
//!
//! ## What it detects
//!
//! The runtime class of gVisor together with slices of an accelerator (`nvidia.com/mig-…`).
//!
//! ## Why it matters
//!
//! gVisor does not support slices: the pod fails, or somebody takes the sandbox away to make it
//! run.
//!
//! ## What it misses
//!
//! Links between accelerators of several nodes.
//!
//! ## Example
//!
//! ```yaml
//! runtimeClassName: gvisor
//! resources: {limits: {nvidia.com/mig-1g.10gb: 1}}
//! ```
//!
//! ## Remediation
//!
//! Request whole accelerators, or use a virtual machine with a device of its own.
//!
//! ## References
//!
//! - AIK-CC-004

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use seawall_config::yaml::Node;

use crate::context::{Context, Found, Out};
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "sandbox-accelerator-unsupported",
    title: "A sandbox that cannot keep the accelerator apart",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0105"],
};

const FIX: &str = "Request whole accelerators, or use a virtual machine with a device of its own.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    let class = workload
        .pod
        .text_at(&["runtimeClassName"])
        .unwrap_or_default();
    if !(class.contains("gvisor") || class.contains("runsc")) {
        return;
    }
    const WHAT: &str = "asks for a slice of an accelerator inside of gVisor";
    for container in &workload.containers {
        let limits = container
            .node
            .at(&["resources", "limits"])
            .map(Node::entries);
        let mut limits = limits.unwrap_or_default().iter();
        if let Some(slice) = limits.find(|entry| entry.key.starts_with("nvidia.com/mig-")) {
            let location = slice.value.location();
            out.report(
                &META,
                Found::container(workload, container, location, WHAT, FIX),
            );
        }
    }
}
