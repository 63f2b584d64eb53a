//! A pod takes its sandbox apart.
//!
//! ## What it detects
//!
//! A sandboxed runtime class (gVisor, Kata) together with privilege, a namespace of the host or
//! a device of the host.
//!
//! ## Why it matters
//!
//! What is handed through is not isolated: the sandbox is there in name only.
//!
//! ## What it misses
//!
//! Runtime classes whose names do not tell.
//!
//! ## Example
//!
//! ```yaml
//! runtimeClassName: gvisor
//! hostNetwork: true
//! ```
//!
//! ## Remediation
//!
//! Remove the privilege; what needs it does not belong into a sandbox.
//!
//! ## References
//!
//! - AIK-CC-002
//! - <https://gvisor.dev/docs/architecture_guide/security/>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "sandbox-undone",
    title: "A pod takes its sandbox apart",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0105", "AML.T0107", "MS-TA9018"],
};

const FIX: &str = "Remove the privilege; what needs it does not belong into a sandbox.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const CLASSES: &[&str] = &["gvisor", "runsc", "kata", "sandbox"];
    let class = workload
        .pod
        .text_at(&["runtimeClassName"])
        .unwrap_or_default();
    if !CLASSES.iter().any(|name| class.contains(name)) {
        return;
    }
    let flag = |key: &str| workload.pod_flag(key).filter(|(on, _)| *on);
    let shared = ["hostNetwork", "hostPID", "hostIPC"]
        .iter()
        .find_map(|key| flag(key));
    let privileged = || {
        let mut containers = workload.containers.iter();
        containers.find_map(|container| {
            let node = container.security("privileged")?;
            (node.as_bool() == Some(true)).then(|| node.location())
        })
    };
    let device = || {
        let mut paths = workload.volumes().iter();
        paths.find_map(|volume| {
            let path = volume.at(&["hostPath", "path"])?;
            path.text()?.starts_with("/dev").then(|| path.location())
        })
    };
    let place = shared
        .map(|(_, place)| place)
        .or_else(privileged)
        .or_else(device);
    if let Some(place) = place {
        let message = format!(
            "{} undoes the isolation of its runtime class",
            workload.object.title()
        );
        out.report(&META, Found::new(workload.object, place, message, FIX));
    }
}
