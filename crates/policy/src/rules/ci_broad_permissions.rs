//! A workflow's token may write more than a build needs.
//!
//! ## What it detects
//!
//! GitHub workflows or jobs with `permissions: write-all`, and write permission to contents, actions or
//! identity tokens granted to the whole workflow where it runs on pull requests.
//!
//! ## Why it matters
//!
//! Whatever a step runs, a poisoned dependency or code that a model wrote, acts with this token: it can
//! push to the repository or ask for credentials of the cloud.
//!
//! ## What it misses
//!
//! Workflows that name no permissions at all: what they get is a setting of the repository.
//!
//! ## Example
//!
//! ```yaml
//! permissions: write-all
//! ```
//!
//! ## Remediation
//!
//! Grant `contents: read` to the workflow and single permissions to the job that needs them.
//!
//! ## References
//!
//! - <https://docs.github.com/en/actions/reference/security/secure-use>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use seawall_config::yaml::Node;

use crate::context::{Context, Found, Out};
use crate::object::Object;

pub(super) static META: RuleMeta = RuleMeta {
    id: "ci-broad-permissions",
    title: "A workflow's token may write more than a build needs",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.001", "LLM03:2025"],
};

const FIX: &str =
    "Grant `contents: read` to the workflow and single permissions to the job that needs them.";
/// Scopes with which a token changes code, workflows or its own identity.
const POWERFUL: &[&str] = &["contents", "actions", "id-token"];

pub(super) fn check(_ctx: &Context<'_>, object: &Object, out: &mut Out) {
    if object.kind != "GitHubWorkflow" {
        return;
    }
    let of_workflow = object.node.get("permissions");
    let jobs = object
        .node
        .get("jobs")
        .map(Node::entries)
        .unwrap_or_default();
    let of_jobs = jobs.iter().filter_map(|job| job.value.get("permissions"));
    for node in of_workflow.into_iter().chain(of_jobs) {
        if node.text() == Some("write-all") {
            let message = format!("{} may write everything", object.title());
            out.report(&META, Found::new(object, node.location(), message, FIX));
        }
    }
    let entries = of_workflow.map(Node::entries).unwrap_or_default();
    for entry in entries.iter().filter(|_| runs_on_pull_requests(object)) {
        if POWERFUL.contains(&entry.key.as_str()) && entry.value.text() == Some("write") {
            let message = format!(
                "{} runs on pull requests and gives every job `{}: write`",
                object.title(),
                entry.key
            );
            out.report(
                &META,
                Found::new(object, entry.value.location(), message, FIX),
            );
        }
    }
}

fn runs_on_pull_requests(object: &Object) -> bool {
    let Some(on) = object.node.get("on") else {
        return false;
    };
    let listed = on.items().iter().filter_map(Node::text).chain(on.text());
    let keys = on.entries().iter().map(|entry| entry.key.as_str());
    listed
        .chain(keys)
        .any(|name| name.starts_with("pull_request"))
}
