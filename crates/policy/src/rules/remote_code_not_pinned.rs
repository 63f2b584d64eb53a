//! Code from a branch of a model repository is executed.
//!
//! ## What it detects
//!
//! Trust in remote code together with a model that names no full commit, and no
//! `--code-revision` that does.
//!
//! ## Why it matters
//!
//! Whoever may push to the repository runs code in the server at its next start.
//!
//! ## What it misses
//!
//! Repositories that the server copies from elsewhere.
//!
//! ## Example
//!
//! ```yaml
//! args: [--model, org/m, --trust-remote-code]
//! ```
//!
//! ## Remediation
//!
//! Remove the trust, or name the full commit for both the model and its code.
//!
//! ## References
//!
//! - AIK-MS-008
//! - CVE-2026-114053, CVE-2026-47155

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::{Flag, ModelRef, Pin, Use, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "remote-code-not-pinned",
    title: "Code from a branch of a model repository is executed",
    severity: Severity::Critical,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.003", "AML.T0109", "LLM03:2025"],
};

const FIX: &str = "Remove the trust, or name the full commit for both the model and its code.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const WHAT: &str = "executes code from a model repository that names no commit";
    let floating =
        |model: &ModelRef<'_>| model.pin == Pin::Floating && model.purpose != Use::Dataset;
    if !workload.models.iter().any(floating) {
        return;
    }
    for container in &workload.containers {
        let commit = match container.argv.flag(&["--code-revision"]) {
            Flag::Given(Some(text), _) => text.len() == 40,
            Flag::Given(None, _) | Flag::Absent => false,
        };
        let word = container.argv.switched_on(&["--trust-remote-code"]);
        if let Some(word) = word.filter(|_| !commit) {
            let location = word.location(workload.object);
            out.report(
                &META,
                Found::container(workload, container, location, WHAT, FIX),
            );
        }
    }
}
