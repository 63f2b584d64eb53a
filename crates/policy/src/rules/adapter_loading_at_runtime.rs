//! Adapters can be loaded while the server runs.
//!
//! ## What it detects
//!
//! `VLLM_ALLOW_RUNTIME_LORA_UPDATING` switched on.
//!
//! ## Why it matters
//!
//! Whoever reaches the endpoint changes what the model answers, without a deployment, a review or a
//! trace.
//!
//! ## What it misses
//!
//! Adapters loaded through plugins (`VLLM_PLUGINS` resolvers).
//!
//! ## Example
//!
//! ```yaml
//! env: [{name: VLLM_ALLOW_RUNTIME_LORA_UPDATING, value: "True"}]
//! ```
//!
//! ## Remediation
//!
//! Remove the variable and name pinned adapters in the deployment.
//!
//! ## References
//!
//! - AIK-MS-009
//! - <https://docs.vllm.ai/en/latest/features/lora.html>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::expression::{Covers, Each, Expression};
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "adapter-loading-at-runtime",
    title: "Adapters can be loaded while the server runs",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0018", "LLM03:2025", "AIR-SEC-008"],
};

const FIX: &str = "Remove the variable and name pinned adapters in the deployment.";

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Container,
    anchors: &["env"],
    holds: "!has(container.env) || !container.env.exists(e, e.name == 'VLLM_ALLOW_RUNTIME_LORA_UPDATING' && has(e.value) && \
            !(e.value.lowerAscii() in ['', '0', 'false', 'no', 'off', 'none']))",
    what: "loads adapters on request",
    place: &[],
    fix: FIX,
    covers: Covers::Part,
};

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const WHAT: &str = "lets anyone who reaches it load adapters while it serves";
    for container in &workload.containers {
        if let Some(var) = container.var_on("VLLM_ALLOW_RUNTIME_LORA_UPDATING") {
            let found = Found::container(workload, container, var.node.location(), WHAT, FIX);
            out.report(&META, found);
        }
    }
}
