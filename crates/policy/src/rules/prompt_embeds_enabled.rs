//! A model server takes embeddings in place of prompts.
//!
//! ## What it detects
//!
//! `--enable-prompt-embeds`.
//!
//! ## Why it matters
//!
//! Requests carry serialised tensors, whose reader had memory errors, and text that no filter
//! of prompts sees.
//!
//! ## What it misses
//!
//! Servers that take tensors by default.
//!
//! ## Example
//!
//! ```yaml
//! args: [--enable-prompt-embeds]
//! ```
//!
//! ## Remediation
//!
//! Remove the flag, or offer that server to nobody but the service that computes the
//! embeddings.
//!
//! ## References
//!
//! - AIK-SV-009
//! - CVE-2025-62164, CVE-2026-56340

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "prompt-embeds-enabled",
    title: "A model server takes embeddings in place of prompts",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0049", "AML.T0043"],
};

const FIX: &str =
    "Remove the flag, or offer that server to nobody but the service that computes the embeddings.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const FLAGS: &[&str] = &["--enable-prompt-embeds"];
    const WHAT: &str = "takes embeddings in place of prompts";
    for container in &workload.containers {
        if let Some(word) = container.argv.switched_on(FLAGS) {
            let location = word.location(workload.object);
            out.report(
                &META,
                Found::container(workload, container, location, WHAT, FIX),
            );
        }
    }
}
