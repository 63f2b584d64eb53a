//! Any web page may call a model server or notebook.
//!
//! ## What it detects
//!
//! `OLLAMA_ORIGINS` with `*`, `--cors-allow-origin *` of Text Generation Inference,
//! `allow_origin` of Jupyter set to `*`.
//!
//! ## Why it matters
//!
//! A page that somebody inside of the network opens acts on the server with their reach.
//!
//! ## What it misses
//!
//! Servers whose default is to allow every origin.
//!
//! ## Example
//!
//! ```yaml
//! env: [{name: OLLAMA_ORIGINS, value: "*"}]
//! ```
//!
//! ## Remediation
//!
//! Name the origins that need it.
//!
//! ## References
//!
//! - <https://docs.ollama.com/faq>
//! - <https://jupyter-server.readthedocs.io/en/latest/operators/security.html>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::{Flag, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "any-origin-allowed",
    title: "Any web page may call a model server or notebook",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0078", "MS-TA9005"],
};

const FIX: &str = "Name the origins that need it.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const FLAGS: &[&str] = &[
        "--cors-allow-origin",
        "--ServerApp.allow_origin",
        "--NotebookApp.allow_origin",
    ];
    const WHAT: &str = "lets any web page call it";
    for container in &workload.containers {
        let any = |text: &str| {
            let mut origins = text.trim_matches(['\'', '"']).split(',');
            origins.any(|origin| matches!(origin.trim(), "*" | "http://*" | "https://*"))
        };
        let place = match container.argv.flag(FLAGS) {
            Flag::Given(Some(value), word) if any(value) => Some(word.location(workload.object)),
            Flag::Given(..) | Flag::Absent => {
                let var = container.var("OLLAMA_ORIGINS");
                var.filter(|var| var.source.text().is_some_and(any))
                    .map(|var| var.node.location())
            }
        };
        if let Some(place) = place {
            out.report(
                &META,
                Found::container(workload, container, place, WHAT, FIX),
            );
        }
    }
}
