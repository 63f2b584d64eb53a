//! A pod shares a namespace of its host.
//!
//! ## What it detects
//!
//! `hostNetwork`, `hostPID` or `hostIPC` set to true.
//!
//! ## Why it matters
//!
//! The pod sees the traffic, processes or memory of every other pod on the node, and network
//! policies do not hold it.
//!
//! ## What it misses
//!
//! Exceptions that high-performance networks need; those deserve a reviewed runtime class.
//!
//! ## Example
//!
//! ```yaml
//! hostNetwork: true
//! ```
//!
//! ## Remediation
//!
//! Remove the field; use a secondary network for collective communication.
//!
//! ## References
//!
//! - AIK-TR-004
//! - Pod Security Standards, baseline

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "host-namespaces",
    title: "A pod shares a namespace of its host",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0105", "MS-TA9036"],
};

const FIX: &str = "Remove the field; use a secondary network for collective communication.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    for key in ["hostNetwork", "hostPID", "hostIPC"] {
        if let Some((true, location)) = workload.pod_flag(key) {
            let message = format!(
                "{} shares a namespace of its host (`{key}`)",
                workload.object.title()
            );
            out.report(&META, Found::new(workload.object, location, message, FIX));
        }
    }
}
