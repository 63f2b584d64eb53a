//! A model server writes prompts into its log.
//!
//! ## What it detects
//!
//! Flags that log requests or answers: `--enable-log-requests`, `--enable-log-outputs`,
//! `--log-requests`.
//!
//! ## Why it matters
//!
//! Prompts hold personal data and secrets, and logs go where more people read.
//!
//! ## What it misses
//!
//! Servers that log them by default; tracing of whole requests.
//!
//! ## Example
//!
//! ```yaml
//! args: [--enable-log-requests]
//! ```
//!
//! ## Remediation
//!
//! Remove the flag, or log counts and digests.
//!
//! ## References
//!
//! - AIK-SV-024

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "prompts-logged",
    title: "A model server writes prompts into its log",
    severity: Severity::Low,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0057", "LLM02:2025"],
};

const FIX: &str = "Remove the flag, or log counts and digests.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const FLAGS: &[&str] = &[
        "--enable-log-requests",
        "--enable-log-outputs",
        "--log-requests",
    ];
    const WHAT: &str = "writes what it is asked into its log";
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
