//! An AI workload without a memory limit.
//!
//! ## What it detects
//!
//! Containers of AI workloads without a memory limit.
//!
//! ## Why it matters
//!
//! One long prompt or one large batch takes the node down with everything on it.
//!
//! ## What it misses
//!
//! Limits that a `LimitRange` sets.
//!
//! ## Example
//!
//! ```yaml
//! resources: {}
//! ```
//!
//! ## Remediation
//!
//! Set `resources.limits.memory`.
//!
//! ## References
//!
//! - AIK-GP-010

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::{Role, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "resource-limits-missing",
    title: "An AI workload without a memory limit",
    severity: Severity::Low,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0029", "MS-M9029", "LLM10:2025"],
};

const FIX: &str = "Set `resources.limits.memory`.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    if !workload.is_ai() {
        return;
    }
    for container in workload
        .containers
        .iter()
        .filter(|container| container.role == Role::Main)
    {
        if container
            .node
            .at(&["resources", "limits", "memory"])
            .is_none()
        {
            let location = container.node.location();
            let what = "has no memory limit";
            out.report(
                &META,
                Found::container(workload, container, location, what, FIX),
            );
        }
    }
}
