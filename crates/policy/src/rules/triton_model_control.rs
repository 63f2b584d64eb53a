//! Triton loads models on request.
//!
//! ## What it detects
//!
//! Triton with `--model-control-mode` `explicit` or `poll`.
//!
//! ## Why it matters
//!
//! Who reaches the control interface, or writes to the repository, makes the server load a model,
//! and a Python model is code.
//!
//! ## What it misses
//!
//! Restricted endpoints in front of the control interface are not weighed.
//!
//! ## Example
//!
//! ```yaml
//! args: [tritonserver, --model-control-mode=explicit]
//! ```
//!
//! ## Remediation
//!
//! Use `--model-control-mode=none` and mount the repository read-only.
//!
//! ## References
//!
//! - AIK-SV-011, AIK-SV-012
//! - <https://github.com/triton-inference-server/server/blob/main/docs/customization_guide/deploy.md>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::expression::{Covers, Each, Expression};
use crate::workload::{Flag, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "triton-model-control",
    title: "Triton loads models on request",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0049", "AML.T0018.002", "LLM03:2025"],
};

const FIX: &str = "Use `--model-control-mode=none` and mount the repository read-only.";

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Container,
    anchors: &["args", "command"],
    holds: "(!has(container.args) || !container.args.exists(a, a.matches('^--model-control-mode=(explicit|poll)$'))) && \
            (!has(container.command) || !container.command.exists(a, a.matches('^--model-control-mode=(explicit|poll)$')))",
    what: "loads models while it runs",
    place: &[],
    fix: FIX,
    covers: Covers::Part,
};

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    for container in &workload.containers {
        if let Flag::Given(Some(mode @ ("explicit" | "poll")), word) =
            container.argv.flag(&["--model-control-mode"])
        {
            let what = format!("loads models while it runs (`{mode}`)");
            let location = word.location(workload.object);
            out.report(
                &META,
                Found::container(workload, container, location, &what, FIX),
            );
        }
    }
}
