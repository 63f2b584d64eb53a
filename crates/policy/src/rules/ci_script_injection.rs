//! A workflow puts text from outside into a shell script.
//!
//! ## What it detects
//!
//! `run` scripts of GitHub workflows that contain an expression with a title, body, branch name,
//! comment or label of an issue or pull request.
//!
//! ## Why it matters
//!
//! The expression is pasted into the script before the shell reads it: a branch name is a command.
//! Agents that act on issues are driven the same way.
//!
//! ## What it misses
//!
//! Scripts in files, and values that pass through outputs of other steps.
//!
//! ## Example
//!
//! ```yaml
//! run: echo "${{ github.event.issue.title }}"
//! ```
//!
//! ## Remediation
//!
//! Pass the value through `env` and quote the variable in the script.
//!
//! ## References
//!
//! - <https://docs.github.com/en/actions/concepts/security/script-injections>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::object::{Object, printable};

pub(super) static META: RuleMeta = RuleMeta {
    id: "ci-script-injection",
    title: "A workflow puts text from outside into a shell script",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0050", "LLM01:2025"],
};

const FIX: &str = "Pass the value through `env` and quote the variable in the script.";

use super::ci_untrusted_checkout::steps;

pub(super) fn check(_ctx: &Context<'_>, object: &Object, out: &mut Out) {
    if object.kind != "GitHubWorkflow" {
        return;
    }
    for step in steps(object) {
        let Some(run) = step.get("run") else {
            continue;
        };
        let text = run.text().unwrap_or_default();
        let expressions = text
            .split("${{")
            .skip(1)
            .filter_map(|rest| rest.split_once("}}"));
        let untrusted = expressions
            .map(|(expression, _)| expression.trim())
            .find(|text| is_untrusted(text));
        if let Some(expression) = untrusted {
            let message = format!(
                "{} runs `{}` as part of a script",
                object.title(),
                printable(expression)
            );
            let location = object.locate(run, expression);
            out.report(&META, Found::new(object, location, message, FIX));
        }
    }
}

/// Fields that whoever opens an issue or a pull request chooses freely.
fn is_untrusted(expression: &str) -> bool {
    const ENDS: &[&str] = &[
        ".title",
        ".body",
        ".head.ref",
        ".head.label",
        ".message",
        ".email",
        ".default_branch",
        ".page_name",
    ];
    expression.starts_with("github.head_ref")
        || (expression.starts_with("github.event.")
            && ENDS.iter().any(|end| expression.ends_with(end)))
}
