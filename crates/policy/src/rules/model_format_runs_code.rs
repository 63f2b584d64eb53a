//! A model in a format that runs code when it is loaded.
//!
//! ## What it detects
//!
//! Addresses of models that end in the suffix of a format of pickles, of Keras archives with
//! code or of TorchServe archives.
//!
//! ## Why it matters
//!
//! Loading the file executes what its author wrote into it.
//!
//! ## What it misses
//!
//! Folders, whose content the address does not tell. `seawall scan` looks into the files
//! themselves.
//!
//! ## Example
//!
//! ```yaml
//! storageUri: s3://models/classifier.pkl
//! ```
//!
//! ## Remediation
//!
//! Convert the weights to safetensors or ONNX (`seawall convert`), and scan what is left.
//!
//! ## References
//!
//! - AIK-MS-005

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::object::printable;
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "model-format-runs-code",
    title: "A model in a format that runs code when it is loaded",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0011.000", "AML.T0018.002", "LLM03:2025"],
};

const FIX: &str =
    "Convert the weights to safetensors or ONNX (`seawall convert`), and scan what is left.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const ENDS: &[&str] = &[
        ".pkl", ".pickle", ".joblib", ".pt", ".pth", ".ckpt", ".mar", ".nemo", ".keras", ".h5",
        ".dill",
    ];
    for model in &workload.models {
        let path = model.uri.split(['?', '#']).next().unwrap_or_default();
        let lower = path.to_ascii_lowercase();
        if ENDS.iter().any(|end| lower.ends_with(end)) {
            let uri = printable(&model.uri);
            let message = format!(
                "{} loads `{uri}`, a format that runs code",
                workload.object.title()
            );
            let location = model.node.location();
            out.report(&META, Found::new(workload.object, location, message, FIX));
        }
    }
}
