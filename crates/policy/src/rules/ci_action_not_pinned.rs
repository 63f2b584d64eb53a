//! A workflow uses an action that is not pinned to a commit.
//!
//! ## What it detects
//!
//! `uses:` of another repository by branch or tag.
//!
//! ## Why it matters
//!
//! Tags move: whoever takes over the action's repository runs in the pipeline that builds models
//! and images, with its secrets.
//!
//! ## What it misses
//!
//! What the action itself fetches.
//!
//! ## Example
//!
//! ```yaml
//! uses: some/action@v3
//! ```
//!
//! ## Remediation
//!
//! Name the full commit and keep the tag in a comment.
//!
//! ## References
//!
//! - <https://docs.github.com/en/actions/reference/security/secure-use>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::object::{Object, printable};

pub(super) static META: RuleMeta = RuleMeta {
    id: "ci-action-not-pinned",
    title: "A workflow uses an action that is not pinned to a commit",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.001", "AML.T0109", "LLM03:2025"],
};

const FIX: &str = "Name the full commit and keep the tag in a comment.";

use super::ci_untrusted_checkout::steps;

pub(super) fn check(_ctx: &Context<'_>, object: &Object, out: &mut Out) {
    if object.kind != "GitHubWorkflow" {
        return;
    }
    for uses in steps(object).filter_map(|step| step.get("uses")) {
        let text = uses.text().unwrap_or_default();
        let pinned = match text.split_once('@') {
            Some((_, revision)) => {
                revision.starts_with("sha256:")
                    || (revision.len() == 40
                        && revision.bytes().all(|byte| byte.is_ascii_hexdigit()))
            }
            // A path in the repository itself is reviewed with it.
            None => text.starts_with("./"),
        };
        if !pinned {
            let message = format!(
                "{} uses `{}`, which is not pinned to a commit",
                object.title(),
                printable(text)
            );
            out.report(&META, Found::new(object, uses.location(), message, FIX));
        }
    }
}
