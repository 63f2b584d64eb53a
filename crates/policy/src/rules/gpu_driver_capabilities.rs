//! A container asks for every driver capability.
//!
//! ## What it detects
//!
//! `NVIDIA_DRIVER_CAPABILITIES=all` and `NVIDIA_DISABLE_REQUIRE`.
//!
//! ## Why it matters
//!
//! Graphics, display and NGX libraries of the host are mounted into the container; each widens the
//! surface of the escapes that the container toolkit has had.
//!
//! ## What it misses
//!
//! Images that set the variables.
//!
//! ## Example
//!
//! ```yaml
//! env: [{name: NVIDIA_DRIVER_CAPABILITIES, value: all}]
//! ```
//!
//! ## Remediation
//!
//! Ask for `compute,utility` only.
//!
//! ## References
//!
//! - AIK-GP-002
//! - CVE-2024-0132, CVE-2025-23266

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::expression::{Covers, Each, Expression};
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "gpu-driver-capabilities",
    title: "A container asks for every driver capability",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0105", "MS-TA9018"],
};

const FIX: &str = "Ask for `compute,utility` only.";

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Container,
    anchors: &["env"],
    holds: "!has(container.env) || !container.env.exists(e, e.name == 'NVIDIA_DRIVER_CAPABILITIES' && has(e.value) && \
            e.value.matches('(^|,)all(,|$)'))",
    what: "asks for every capability of the accelerator driver",
    place: &[],
    fix: FIX,
    covers: Covers::Part,
};

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const WHAT: &str = "asks for every capability of the accelerator driver";
    for container in &workload.containers {
        let all = container
            .value("NVIDIA_DRIVER_CAPABILITIES")
            .is_some_and(|value| value.split(',').any(|part| part == "all"));
        let var = container
            .var("NVIDIA_DRIVER_CAPABILITIES")
            .filter(|_| all)
            .or_else(|| container.var_on("NVIDIA_DISABLE_REQUIRE"));
        if let Some(var) = var {
            let found = Found::container(workload, container, var.node.location(), WHAT, FIX);
            out.report(&META, found);
        }
    }
}
