//! A training job overrides the security of its runtime.
//!
//! ## What it detects
//!
//! `runtimePatches`, `podTemplateOverrides` and `podSpecOverrides` of a TrainJob that add
//! privilege, host paths or host namespaces, or change the service account.
//!
//! ## Why it matters
//!
//! The runtime was reviewed once for everyone; the override is not.
//!
//! ## What it misses
//!
//! Overrides of other settings that widen rights indirectly.
//!
//! ## Example
//!
//! ```yaml
//! podTemplateOverrides:
//! - spec: {serviceAccountName: pipeline-admin}
//! ```
//!
//! ## Remediation
//!
//! Put the setting into a reviewed training runtime, or remove it.
//!
//! ## References
//!
//! - AIK-TR-003

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use seawall_config::yaml::Node;

use crate::context::{Context, Found, Out};
use crate::object::Object;

pub(super) static META: RuleMeta = RuleMeta {
    id: "training-override-widens",
    title: "A training job overrides the security of its runtime",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9008", "MS-TA9018", "AML.T0105"],
};

const FIX: &str = "Put the setting into a reviewed training runtime, or remove it.";

pub(super) fn check(_ctx: &Context<'_>, object: &Object, out: &mut Out) {
    if object.kind != "TrainJob" {
        return;
    }
    for key in ["runtimePatches", "podTemplateOverrides", "podSpecOverrides"] {
        if let Some(node) = object
            .node
            .at(&["spec", key])
            .and_then(|node| widening(node, 0))
        {
            let message = format!(
                "{} widens what its runtime allows through `{key}`",
                object.title()
            );
            out.report(&META, Found::new(object, node.location(), message, FIX));
        }
    }
}

fn widening(node: &Node, depth: usize) -> Option<&Node> {
    if depth > 16 {
        return None;
    }
    for entry in node.entries() {
        let switched = entry.value.as_bool() == Some(true);
        let wide = match entry.key.as_str() {
            "privileged" | "hostNetwork" | "hostPID" | "hostIPC" | "allowPrivilegeEscalation" => {
                switched
            }
            "hostPath" | "serviceAccountName" | "runtimeClassName" => true,
            _ => false,
        };
        if wide {
            return Some(&entry.value);
        }
    }
    let children = node
        .entries()
        .iter()
        .map(|entry| &entry.value)
        .chain(node.items());
    children
        .into_iter()
        .find_map(|child| widening(child, depth + 1))
}
