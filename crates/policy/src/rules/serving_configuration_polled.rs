//! TensorFlow Serving reloads its models when a file changes.
//!
//! ## What it detects
//!
//! `--model_config_file_poll_wait_seconds` above zero.
//!
//! ## Why it matters
//!
//! A saved model is a program: whoever can write the file runs code in the server, without a
//! deployment.
//!
//! ## What it misses
//!
//! Folders of versions, which are watched by default.
//!
//! ## Example
//!
//! ```yaml
//! args: [--model_config_file=/c/models.config, --model_config_file_poll_wait_seconds=60]
//! ```
//!
//! ## Remediation
//!
//! Remove the flag and deploy a new version instead; mount the configuration read-only.
//!
//! ## References
//!
//! - AIK-SV-016

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::{Flag, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "serving-configuration-polled",
    title: "TensorFlow Serving reloads its models when a file changes",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0018.002", "AML.T0074"],
};

const FIX: &str =
    "Remove the flag and deploy a new version instead; mount the configuration read-only.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const WHAT: &str = "loads other models when a file changes";
    for container in &workload.containers {
        let flag = container
            .argv
            .flag(&["--model_config_file_poll_wait_seconds"]);
        if let Flag::Given(Some(value), word) = flag
            && value.parse::<u64>().is_ok_and(|seconds| seconds > 0)
        {
            let location = word.location(workload.object);
            out.report(
                &META,
                Found::container(workload, container, location, WHAT, FIX),
            );
        }
    }
}
