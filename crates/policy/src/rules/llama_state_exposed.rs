//! llama.cpp offers the state of other callers.
//!
//! ## What it detects
//!
//! `--slots`, `--slot-save-path` and `--props` of the server of llama.cpp.
//!
//! ## Why it matters
//!
//! The slots hold the prompts that are being answered; saving and restoring them reads and
//! writes files at the wish of a caller.
//!
//! ## What it misses
//!
//! Servers in front of which a proxy refuses these paths.
//!
//! ## Example
//!
//! ```yaml
//! command: [llama-server, --slots]
//! ```
//!
//! ## Remediation
//!
//! Remove the flags, or set `--no-slots`.
//!
//! ## References
//!
//! - <https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::{ServerKind, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "llama-state-exposed",
    title: "llama.cpp offers the state of other callers",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0057", "MS-TA9005"],
};

const FIX: &str = "Remove the flags, or set `--no-slots`.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const FLAGS: &[&str] = &["--slots", "--slot-save-path", "--props"];
    const WHAT: &str = "offers the state of other callers";
    let servers = workload.containers.iter();
    for container in servers.filter(|own| own.runs(ServerKind::LlamaCpp)) {
        if let Some(word) = container.argv.switched_on(FLAGS) {
            let location = word.location(workload.object);
            out.report(
                &META,
                Found::container(workload, container, location, WHAT, FIX),
            );
        }
    }
}
