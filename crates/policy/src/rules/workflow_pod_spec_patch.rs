//! A workflow patches the pods that run it.
//!
//! ## What it detects
//!
//! `podSpecPatch`, `artifactGC.podSpecPatch` and templates with them in Argo Workflows.
//!
//! ## Why it matters
//!
//! The patch is applied after policies have looked at the workflow: it can make the pod privileged
//! or change its account.
//!
//! ## What it misses
//!
//! Patches in workflow templates that are not in the set.
//!
//! ## Example
//!
//! ```yaml
//! kind: Workflow
//! spec: {podSpecPatch: '{"hostPID": true}'}
//! ```
//!
//! ## Remediation
//!
//! Write the settings into the template, where they can be checked.
//!
//! ## References
//!
//! - AIK-ID-002
//! - CVE-2026-31892, CVE-2026-54526

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use seawall_config::yaml::Node;

use crate::context::{Context, Found, Out};
use crate::object::Object;

pub(super) static META: RuleMeta = RuleMeta {
    id: "workflow-pod-spec-patch",
    title: "A workflow patches the pods that run it",
    severity: Severity::Critical,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9008", "AML.T0105"],
};

const FIX: &str = "Write the settings into the template, where they can be checked.";

pub(super) fn check(_ctx: &Context<'_>, object: &Object, out: &mut Out) {
    if object.group() != "argoproj.io" {
        return;
    }
    if let Some(node) = object.node.get("spec").and_then(|spec| patch(spec, 0)) {
        let message = format!(
            "{} patches the pods that run it, past policy",
            object.title()
        );
        out.report(&META, Found::new(object, node.location(), message, FIX));
    }
}

fn patch(node: &Node, depth: usize) -> Option<&Node> {
    if depth > 8 {
        return None;
    }
    if let Some(found) = node
        .get("podSpecPatch")
        .filter(|node| node.text().is_some())
    {
        return Some(found);
    }
    let children = node
        .entries()
        .iter()
        .map(|entry| &entry.value)
        .chain(node.items());
    children
        .into_iter()
        .find_map(|child| patch(child, depth + 1))
}
