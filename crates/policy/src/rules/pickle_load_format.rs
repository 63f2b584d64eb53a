//! Weights are loaded from a pickle format.
//!
//! ## What it detects
//!
//! `--load-format pt` or `npcache` of vLLM and SGLang, and TGI or Transformers told not to use
//! safetensors.
//!
//! ## Why it matters
//!
//! Pickle files are programs. Loading weights in this format runs whatever their author put in.
//!
//! ## What it misses
//!
//! `--load-format auto`, which prefers safetensors but falls back to pickle where there is none.
//!
//! ## Example
//!
//! ```yaml
//! args: [--model, /models/m, --load-format, pt]
//! ```
//!
//! ## Remediation
//!
//! Convert the weights to safetensors and use `--load-format safetensors`.
//!
//! ## References
//!
//! - AIK-MS-015
//! - <https://huggingface.co/docs/hub/security-pickle>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::{Flag, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "pickle-load-format",
    title: "Weights are loaded from a pickle format",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0011.000", "AML.T0018.002", "LLM03:2025"],
};

const FIX: &str = "Convert the weights to safetensors and use `--load-format safetensors`.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    for container in &workload.containers {
        if let Flag::Given(Some("pt" | "npcache"), word) = container.argv.flag(&["--load-format"]) {
            let location = word.location(workload.object);
            let what = "loads weights from a pickle format";
            out.report(
                &META,
                Found::container(workload, container, location, what, FIX),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{count, pod};

    #[test]
    fn only_pickle_formats_count() {
        assert_eq!(count(META.id, &pod("args: [--load-format=pt]")), 1);
        assert_eq!(
            count(META.id, &pod("args: [--load-format, safetensors]")),
            0
        );
    }
}
