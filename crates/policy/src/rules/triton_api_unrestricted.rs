//! Triton lets every caller load and unload models.
//!
//! ## What it detects
//!
//! `--model-control-mode=explicit` without `--http-restricted-api` and
//! `--grpc-restricted-protocol` for the model repository.
//!
//! ## Why it matters
//!
//! A caller who can write anywhere the repository looks, or name another model, runs code in
//! the server.
//!
//! ## What it misses
//!
//! Gateways that refuse the paths of the repository.
//!
//! ## Example
//!
//! ```yaml
//! args: [tritonserver, --model-control-mode=explicit]
//! ```
//!
//! ## Remediation
//!
//! Add `--http-restricted-api=model-repository:key=…` and
//! `--grpc-restricted-protocol=model-repository:key=…`, or use `--model-control-mode=none`.
//!
//! ## References
//!
//! - AIK-SV-012
//! - <https://github.com/triton-inference-server/server/blob/main/docs/customization_guide/deploy.md>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::{Flag, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "triton-api-unrestricted",
    title: "Triton lets every caller load and unload models",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0049", "AML.T0018.002"],
};

const FIX: &str = "Add `--http-restricted-api=model-repository:key=…` and `--grpc-restricted-protocol=model-repository:key=…`, or use `--model-control-mode=none`.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const WHAT: &str = "lets every caller load and unload models";
    for container in &workload.containers {
        let Flag::Given(Some("explicit"), word) = container.argv.flag(&["--model-control-mode"])
        else {
            continue;
        };
        let restricted = |flag: &str| {
            let Flag::Given(Some(value), _) = container.argv.flag(&[flag]) else {
                return false;
            };
            value.contains("model-repository")
        };
        if !(restricted("--http-restricted-api") && restricted("--grpc-restricted-protocol")) {
            let location = word.location(workload.object);
            out.report(
                &META,
                Found::container(workload, container, location, WHAT, FIX),
            );
        }
    }
}
