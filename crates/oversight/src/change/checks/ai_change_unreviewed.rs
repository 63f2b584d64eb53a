//! A commit with AI authorship that no person reviewed.
//!
//! # What it detects
//! A commit whose author or trailers (`Co-Authored-By`, `Generated-By`, `Assisted-by`) name an AI and that
//! has no `Reviewed-by` of a person who neither wrote it nor helped to.
//!
//! # Why it matters
//! Generated code passes tests and still holds mistakes that nobody chose; a second pair of human eyes is
//! the control that a four-eyes rule promises.
//!
//! # What it misses
//! AI authorship that is not declared, and reviews that exist only on a code host.
//!
//! # Example
//! `Co-Authored-By: Claude <noreply@anthropic.com>` and no `Reviewed-by`.
//!
//! # Remediation
//! Have another person review the commit and add `Reviewed-by: Name <address>`.
//!
//! # References
//! OWASP AISVS 9.2, SLSA source track level 4.

use seawall_base::{Confidence, Finding, RuleMeta, RuleStatus, Severity};

use crate::change::{Authorship, Change};

pub(super) static META: RuleMeta = RuleMeta {
    id: "ai-change-unreviewed",
    title: "AI-authored commit without a human review",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["LLM09:2025"],
};

pub(super) fn check(change: &Change, out: &mut Vec<Finding>) {
    for commit in &change.commits {
        if commit.authorship() == Authorship::Ai && commit.human_reviewer().is_none() {
            out.push(Finding {
                path: format!("commit {}", commit.short()),
                location: None,
                rule: META.id,
                severity: META.severity,
                confidence: META.confidence,
                message: "the commit names an AI as author and no other person as reviewer"
                    .to_owned(),
                remediation: "have another person review it and add a Reviewed-by trailer"
                    .to_owned(),
                maps: META.maps,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{read_log, review};

    fn count(message: &str) -> usize {
        let (commits, _) = read_log(&format!(
            "abc\u{1f}Ada\u{1f}ada@firm.example\u{1f}{message}\u{1e}"
        ));
        let review = review(
            &Change {
                commits,
                files: Vec::new(),
            },
            Vec::new(),
        );
        assert_eq!(review.reviewed, review.findings.is_empty());
        review.findings.len()
    }

    #[test]
    fn only_unreviewed_ai_commits_are_found() {
        assert_eq!(count("x\n\nAssisted-by: Copilot"), 1);
        assert_eq!(
            count("x\n\nAssisted-by: Copilot\nReviewed-by: Ada <ada@firm.example>"),
            1
        );
        assert_eq!(
            count("x\n\nAssisted-by: Copilot\nReviewed-by: Bo <bo@firm.example>"),
            0
        );
        assert_eq!(count("x"), 0);
    }
}
