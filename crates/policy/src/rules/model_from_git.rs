//! A model is taken from a repository of code.
//!
//! ## What it detects
//!
//! Addresses of models that end in `.git` or begin with `git`.
//!
//! ## Why it matters
//!
//! Nothing but the name of a branch says what is fetched, and code comes with it.
//!
//! ## What it misses
//!
//! Servers that clone by themselves.
//!
//! ## Example
//!
//! ```yaml
//! storageUri: https://git.example.com/team/model.git
//! ```
//!
//! ## Remediation
//!
//! Publish the model under a digest (`oci://…@sha256:…`) or a full commit of a hub.
//!
//! ## References
//!
//! - AIK-MS-013

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::object::printable;
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "model-from-git",
    title: "A model is taken from a repository of code",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.003", "LLM03:2025"],
};

const FIX: &str =
    "Publish the model under a digest (`oci://…@sha256:…`) or a full commit of a hub.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    for model in &workload.models {
        let path = model.uri.split(['?', '#']).next().unwrap_or_default();
        if path.ends_with(".git") || model.uri.starts_with("git") && model.uri.contains("://") {
            let uri = printable(&model.uri);
            let message = format!(
                "{} takes `{uri}` from a repository of code",
                workload.object.title()
            );
            let location = model.node.location();
            out.report(&META, Found::new(workload.object, location, message, FIX));
        }
    }
}
