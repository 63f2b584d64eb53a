//! Accelerators are taken past the device plugin.
//!
//! ## What it detects
//!
//! `NVIDIA_VISIBLE_DEVICES` set to `all` or to devices in a container that does not request
//! accelerators.
//!
//! ## Why it matters
//!
//! The container sees accelerators that belong to others, their memory included, and escapes quota.
//!
//! ## What it misses
//!
//! Images that set the variable; runtimes that ignore it for unprivileged containers.
//!
//! ## Example
//!
//! ```yaml
//! env: [{name: NVIDIA_VISIBLE_DEVICES, value: all}]
//! ```
//!
//! ## Remediation
//!
//! Remove the variable and request accelerators in `resources.limits`.
//!
//! ## References
//!
//! - AIK-GP-001

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::expression::{Covers, Each, Expression};
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "gpu-isolation-bypass",
    title: "Accelerators are taken past the device plugin",
    severity: Severity::Critical,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0105", "MS-TA9018"],
};

const FIX: &str = "Remove the variable and request accelerators in `resources.limits`.";

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Container,
    anchors: &["env"],
    holds: "!has(container.env) || !container.env.exists(e, e.name == 'NVIDIA_VISIBLE_DEVICES' && has(e.value) && \
            !(e.value in ['', 'void', 'none'])) || \
            (has(container.resources) && has(container.resources.limits) && \
            container.resources.limits.exists(name, name.startsWith('nvidia.com/')))",
    what: "takes accelerators without requesting them",
    place: &[],
    fix: FIX,
    covers: Covers::Part,
};

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const NAME: &str = "NVIDIA_VISIBLE_DEVICES";
    const WHAT: &str = "takes accelerators without requesting them";
    for container in workload
        .containers
        .iter()
        .filter(|container| container.gpus == 0)
    {
        let takes = container
            .value(NAME)
            .is_some_and(|value| !matches!(value, "" | "void" | "none"));
        if let Some(var) = container.var(NAME).filter(|_| takes) {
            let found = Found::container(workload, container, var.node.location(), WHAT, FIX);
            out.report(&META, found);
        }
    }
}
