//! A model or adapter is not pinned to one content.
//!
//! ## What it detects
//!
//! Hugging Face and ModelScope references without a full commit, and OCI references without a
//! digest: in KServe fields, in adapters, and in the arguments of vLLM, SGLang, TGI and the KServe
//! Hugging Face server.
//!
//! ## Why it matters
//!
//! A branch or a tag names whatever stands there when the pod starts. Weights that were reviewed
//! are not the weights that serve after the next restart.
//!
//! ## What it misses
//!
//! Buckets, volumes and plain URLs, which have no way to name a content: verify those by digest and
//! signature.
//!
//! ## Example
//!
//! ```yaml
//! storageUri: hf://meta-llama/Llama-3.1-8B-Instruct
//! ```
//!
//! ## Remediation
//!
//! Name the full commit (`hf://owner/model:<40 hex digits>`, `--revision <commit>`) or the digest
//! (`oci://…@sha256:…`).
//!
//! ## References
//!
//! - AIK-MS-002, AIK-MS-003, AIK-MS-009
//! - <https://github.com/kserve/kserve/issues/5789>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::object::printable;
use crate::workload::{Pin, Use, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "model-not-pinned",
    title: "A model or adapter is not pinned to one content",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.003", "AML.T0109", "LLM03:2025", "AIR-PREV-010"],
};

const FIX: &str = "Name the full commit (`hf://owner/model:<40 hex digits>`, `--revision <commit>`) or the digest (`oci://…@sha256:…`).";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    for model in &workload.models {
        if model.pin != Pin::Floating || model.purpose == Use::Dataset {
            continue;
        }
        let what = if model.purpose == Use::Adapter {
            "adapter"
        } else {
            "model"
        };
        let message = format!(
            "{} takes the {what} `{}` without naming a commit or digest",
            workload.object.title(),
            printable(&model.uri)
        );
        let location = workload.object.locate(model.node, &model.uri);
        out.report(&META, Found::new(workload.object, location, message, FIX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{count, pod};

    #[test]
    fn hub_models_in_arguments_need_a_commit() {
        let commit = "c".repeat(40);
        let image = "image: vllm/vllm-openai:v0.14.0";
        for args in ["--model, org/m", "--model=org/m, --revision, main", "org/m"] {
            assert_eq!(
                count(META.id, &pod(&format!("{image}, args: [{args}]"))),
                1,
                "{args}"
            );
        }
        for args in [
            format!("--model, org/m, --revision, {commit}"),
            "--model=/models/m".into(),
        ] {
            assert_eq!(
                count(META.id, &pod(&format!("{image}, args: [{args}]"))),
                0,
                "{args}"
            );
        }
    }
}
