//! A pipeline step downloads a model or a dataset and checks nothing.
//!
//! ## What it detects
//!
//! Steps of GitHub workflows that fetch weights or data (`curl`, `wget`, `huggingface-cli download`,
//! `hf download`, `snapshot_download`, `aws s3 cp`, `gsutil cp`, `mlflow artifacts download`) in a job
//! where no step compares a digest or verifies a signature, and that pin no revision.
//!
//! ## Why it matters
//!
//! Whoever can change the file at its source puts code or a backdoor into what the pipeline builds.
//!
//! ## What it misses
//!
//! Downloads inside scripts, images and other programs; verification that comes after the job.
//!
//! ## Example
//!
//! ```yaml
//! jobs: {train: {steps: [{run: "curl -LO https://models.example/base.safetensors"}]}}
//! ```
//!
//! ## Remediation
//!
//! Pin the revision and verify the file (`sha256sum -c`, `seawall verify`) before it is used.
//!
//! ## References
//!
//! - <https://github.com/ossf/model-signing-spec>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use seawall_config::yaml::Node;

use crate::context::{Context, Found, Out};
use crate::object::Object;

pub(super) static META: RuleMeta = RuleMeta {
    id: "ci-unverified-download",
    title: "A pipeline step downloads a model or a dataset and checks nothing",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.003", "AML.T0010.002", "LLM03:2025"],
};

const FIX: &str =
    "Pin the revision and verify the file (`sha256sum -c`, `seawall verify`) before it is used.";
/// Fetch models or data by what they are.
const HUBS: &[&str] = &[
    "huggingface-cli download",
    "hf download",
    "snapshot_download(",
    "hf_hub_download(",
    "mlflow artifacts download",
];
/// Fetch anything; they count when the file looks like a model or a dataset.
const FETCHERS: &[&str] = &[
    "curl ",
    "wget ",
    "aws s3 cp",
    "aws s3 sync",
    "gsutil cp",
    "gcloud storage cp",
    "azcopy copy",
];
const FILES: &[&str] = &[
    ".safetensors",
    ".pt",
    ".pth",
    ".ckpt",
    ".bin",
    ".onnx",
    ".gguf",
    ".h5",
    ".keras",
    ".pkl",
    ".joblib",
    ".parquet",
    ".jsonl",
    ".csv",
    ".npz",
    "/models/",
    "/datasets/",
];
const CHECKS: &[&str] = &[
    "sha256sum",
    "sha512sum",
    "shasum",
    "cosign verify",
    "gpg --verify",
    "seawall verify",
    "model_signing verify",
    "model-signing verify",
    "--hash",
];

pub(super) fn check(_ctx: &Context<'_>, object: &Object, out: &mut Out) {
    if object.kind != "GitHubWorkflow" {
        return;
    }
    let jobs = object
        .node
        .get("jobs")
        .map(Node::entries)
        .unwrap_or_default();
    for job in jobs {
        let steps = job.value.get("steps").map(Node::items).unwrap_or_default();
        let scripts: Vec<&Node> = steps.iter().filter_map(|step| step.get("run")).collect();
        let verified = scripts.iter().any(|script| has(script.text(), CHECKS));
        for script in scripts.into_iter().filter(|_| !verified) {
            if script.text().is_some_and(|text| text.lines().any(fetches)) {
                let message = format!(
                    "{} fetches a model or data and verifies nothing",
                    object.title()
                );
                out.report(&META, Found::new(object, script.location(), message, FIX));
            }
        }
    }
}

fn has(text: Option<&str>, words: &[&str]) -> bool {
    text.is_some_and(|text| words.iter().any(|word| text.contains(word)))
}

fn fetches(line: &str) -> bool {
    let line = line.trim_start();
    let pinned = line.contains("--revision") || line.contains("revision=");
    let from_hub = HUBS.iter().any(|hub| line.contains(hub)) && !pinned;
    let names_file = line.split([' ', '"', '\'', '?']).any(|word| {
        FILES.iter().any(|file| {
            if file.starts_with('.') {
                word.ends_with(file)
            } else {
                word.contains(file)
            }
        })
    });
    !line.starts_with('#')
        && (from_hub || (FETCHERS.iter().any(|fetcher| line.contains(fetcher)) && names_file))
}
