//! Foreign code runs on the shared kernel.
//!
//! ## What it detects
//!
//! Notebooks, and servers that execute code from a model repository, without a runtime class.
//!
//! ## Why it matters
//!
//! Code that a person, a model or a repository brings is one flaw of the kernel away from every
//! other tenant of the node.
//!
//! ## What it misses
//!
//! Clusters whose default runtime is a sandbox; pools of nodes for one tenant.
//!
//! ## Example
//!
//! ```yaml
//! kind: Notebook
//! spec: {template: {spec: {containers: [{name: n}]}}}
//! ```
//!
//! ## Remediation
//!
//! Name a sandboxed runtime class such as gVisor or Kata.
//!
//! ## References
//!
//! - AIK-CC-001

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::{Container, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "sandboxed-runtime-missing",
    title: "Foreign code runs on the shared kernel",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0105", "ASI05", "AIR-PREV-022"],
};

const FIX: &str = "Name a sandboxed runtime class such as gVisor or Kata.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    let named = workload.pod.text_at(&["runtimeClassName"]);
    if named.is_some_and(|class| !class.is_empty()) || workload.containers.is_empty() {
        return;
    }
    let trusts = |container: &Container<'_>| {
        let flag = container
            .argv
            .switched_on(&["--trust-remote-code"])
            .is_some();
        flag || container.var_on("TRUST_REMOTE_CODE").is_some()
    };
    let what = if workload.object.kind == "Notebook" {
        "a person's code"
    } else if workload.containers.iter().any(trusts) {
        "code from a model repository"
    } else {
        return;
    };
    let message = format!(
        "{} runs {what} on the shared kernel",
        workload.object.title()
    );
    let found = Found::new(workload.object, workload.pod.location(), message, FIX);
    out.report(&META, found);
}
