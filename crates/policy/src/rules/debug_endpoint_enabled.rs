//! A model server offers endpoints for debugging.
//!
//! ## What it detects
//!
//! The profiler of vLLM (`--profiler-config`, `VLLM_TORCH_PROFILER_DIR`), its tokenizer
//! description, and the traces of Triton.
//!
//! ## Why it matters
//!
//! Profiling slows the server down at the wish of any caller and writes what it sees; the
//! tokenizer tells how to build inputs.
//!
//! ## What it misses
//!
//! Endpoints that an image switches on by itself.
//!
//! ## Example
//!
//! ```yaml
//! env: [{name: VLLM_TORCH_PROFILER_DIR, value: /tmp}]
//! ```
//!
//! ## Remediation
//!
//! Remove the setting in production.
//!
//! ## References
//!
//! - AIK-SV-010
//! - <https://docs.vllm.ai/en/latest/usage/security.html>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "debug-endpoint-enabled",
    title: "A model server offers endpoints for debugging",
    severity: Severity::Low,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9005", "AML.T0069"],
};

const FIX: &str = "Remove the setting in production.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const FLAGS: &[&str] = &["--profiler-config", "--enable-tokenizer-info-endpoint"];
    const WHAT: &str = "offers endpoints for debugging";
    for container in &workload.containers {
        let word = container.argv.switched_on(FLAGS);
        let place = word.map(|word| word.location(workload.object)).or_else(|| {
            let var = container.var_on("VLLM_TORCH_PROFILER_DIR")?;
            Some(var.node.location())
        });
        if let Some(place) = place {
            out.report(
                &META,
                Found::container(workload, container, place, WHAT, FIX),
            );
        }
    }
}
