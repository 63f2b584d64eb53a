//! The serving pod runs the demonstration tool server.
//!
//! ## What it detects
//!
//! `--tool-server demo` of vLLM.
//!
//! ## Why it matters
//!
//! It gives the model a browser and a code interpreter without network isolation, inside the trust
//! boundary of the server.
//!
//! ## What it misses
//!
//! Other tool servers, whose isolation the manifest does not show.
//!
//! ## Example
//!
//! ```yaml
//! args: [--tool-server, demo]
//! ```
//!
//! ## Remediation
//!
//! Run tools in a sandbox of their own and name its address.
//!
//! ## References
//!
//! - AIK-SV-008
//! - <https://docs.vllm.ai/en/latest/usage/security.html>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::{Flag, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "demo-tool-server",
    title: "The serving pod runs the demonstration tool server",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0053", "AML.T0050", "LLM06:2025"],
};

const FIX: &str = "Run tools in a sandbox of their own and name its address.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const WHAT: &str = "gives the model the demonstration tools, a code interpreter among them";
    for container in &workload.containers {
        if let Flag::Given(Some(value), word) = container.argv.flag(&["--tool-server"])
            && value.split(',').any(|server| server == "demo")
        {
            let location = word.location(workload.object);
            out.report(
                &META,
                Found::container(workload, container, location, WHAT, FIX),
            );
        }
    }
}
