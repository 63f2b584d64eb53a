//! A privileged workflow runs code from a pull request.
//!
//! ## What it detects
//!
//! GitHub workflows on `pull_request_target` or `workflow_run` that check out the head of the pull
//! request.
//!
//! ## Why it matters
//!
//! These triggers run with the secrets of the repository. Code that a stranger proposes then
//! builds, and signs, what goes into production.
//!
//! ## What it misses
//!
//! Head code that a script fetches itself.
//!
//! ## Example
//!
//! ```yaml
//! on: pull_request_target
//! jobs: {build: {steps: [{uses: actions/checkout@v5, with: {ref: "${{ github.event.pull_request.head.sha }}"}}]}}
//! ```
//!
//! ## Remediation
//!
//! Use `pull_request`, which has no secrets, for code that was not reviewed.
//!
//! ## References
//!
//! - <https://docs.github.com/en/actions/reference/security/secure-use>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use seawall_config::yaml::Node;

use crate::context::{Context, Found, Out};
use crate::object::Object;

pub(super) static META: RuleMeta = RuleMeta {
    id: "ci-untrusted-checkout",
    title: "A privileged workflow runs code from a pull request",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.001", "LLM03:2025"],
};

const FIX: &str = "Use `pull_request`, which has no secrets, for code that was not reviewed.";

pub(super) fn check(_ctx: &Context<'_>, object: &Object, out: &mut Out) {
    if object.kind != "GitHubWorkflow" || !is_privileged(object) {
        return;
    }
    for step in steps(object) {
        let reference = step.at(&["with", "ref"]);
        let is_head = |text: &str| {
            text.contains(".head.") || text.contains("github.head_ref") || text.contains("head_sha")
        };
        if let Some(node) = reference.filter(|node| node.text().is_some_and(is_head)) {
            let message = format!(
                "{} checks out a pull request's code with the repository's secrets",
                object.title()
            );
            out.report(&META, Found::new(object, node.location(), message, FIX));
        }
    }
}

/// The triggers that run with secrets on what strangers send.
fn is_privileged(object: &Object) -> bool {
    const TRIGGERS: &[&str] = &["pull_request_target", "workflow_run"];
    let Some(on) = object.node.get("on") else {
        return false;
    };
    let listed = on.items().iter().filter_map(Node::text).chain(on.text());
    let keys = on.entries().iter().map(|entry| entry.key.as_str());
    listed.chain(keys).any(|name| TRIGGERS.contains(&name))
}

/// The steps of every job.
pub(super) fn steps(object: &Object) -> impl Iterator<Item = &Node> {
    let jobs = object
        .node
        .get("jobs")
        .map(Node::entries)
        .unwrap_or_default();
    jobs.iter()
        .filter_map(|job| job.value.get("steps"))
        .flat_map(Node::items)
}
