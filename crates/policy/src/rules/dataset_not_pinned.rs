//! Training data is not pinned to one content.
//!
//! ## What it detects
//!
//! Dataset references of training jobs that name a branch or a tag instead of a full commit or a
//! digest.
//!
//! ## Why it matters
//!
//! Whoever can change the dataset between review and training decides what the model learns, and
//! nobody can tell later which data it was.
//!
//! ## What it misses
//!
//! Datasets in buckets and volumes, and those that a training script names itself.
//!
//! ## Example
//!
//! ```yaml
//! initializer:
//!   dataset: {storageUri: hf://datasets/claims}
//! ```
//!
//! ## Remediation
//!
//! Name the full commit or the digest of the dataset.
//!
//! ## References
//!
//! - AIK-TR-001
//! - <https://www.kubeflow.org/docs/components/trainer/>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::object::printable;
use crate::workload::{Pin, Use, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "dataset-not-pinned",
    title: "Training data is not pinned to one content",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0020", "AML.T0010.002", "LLM04:2025", "AIR-SEC-009"],
};

const FIX: &str = "Name the full commit or the digest of the dataset.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    for data in &workload.models {
        if data.pin != Pin::Floating || data.purpose != Use::Dataset {
            continue;
        }
        let message = format!(
            "{} trains on `{}`, which names no commit or digest",
            workload.object.title(),
            printable(&data.uri)
        );
        out.report(
            &META,
            Found::new(workload.object, data.node.location(), message, FIX),
        );
    }
}
