//! An agent sandbox without isolation.
//!
//! ## What it detects
//!
//! Sandbox and `SandboxTemplate` objects (agents.x-k8s.io) whose pods name no runtime class.
//!
//! ## Why it matters
//!
//! A sandbox runs what a model writes. On the shared kernel one kernel bug is the node.
//!
//! ## What it misses
//!
//! Clusters whose default runtime is a sandbox.
//!
//! ## Example
//!
//! ```yaml
//! kind: SandboxTemplate
//! spec: {podTemplate: {spec: {containers: []}}}
//! ```
//!
//! ## Remediation
//!
//! Name a sandboxed runtime class such as gVisor or Kata.
//!
//! ## References
//!
//! - AIK-AG-001, AIK-CC-001

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::object::Object;

pub(super) static META: RuleMeta = RuleMeta {
    id: "agent-sandbox-open",
    title: "An agent sandbox without isolation",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0105", "AML.T0053", "LLM06:2025", "AIR-PREV-022"],
};

const FIX: &str = "Name a sandboxed runtime class such as gVisor or Kata.";

pub(super) fn check(_ctx: &Context<'_>, object: &Object, out: &mut Out) {
    if !object.group().ends_with("agents.x-k8s.io") {
        return;
    }
    if let Some(pod) = object.node.at(&["spec", "podTemplate", "spec"])
        && pod.get("runtimeClassName").is_none()
    {
        let message = format!(
            "{} runs what a model writes on the shared kernel",
            object.title()
        );
        out.report(&META, Found::new(object, pod.location(), message, FIX));
    }
}
