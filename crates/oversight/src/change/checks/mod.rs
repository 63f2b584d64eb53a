//! The checks of a change, one file each, in alphabetical order.

mod ai_change_unreviewed;
mod change_adds_dangerous_call;
mod change_adds_dependency;
mod change_adds_secret;
mod change_disables_verification;
mod change_hides_text;
mod change_touches_pipeline;

use seawall_base::{Finding, RuleMeta};

use super::Check;
use super::diff::{FileChange, Line};

/// Every check.
pub(super) const CHECKS: &[Check] = &[
    Check {
        meta: &ai_change_unreviewed::META,
        check: ai_change_unreviewed::check,
    },
    Check {
        meta: &change_adds_dangerous_call::META,
        check: change_adds_dangerous_call::check,
    },
    Check {
        meta: &change_adds_dependency::META,
        check: change_adds_dependency::check,
    },
    Check {
        meta: &change_adds_secret::META,
        check: change_adds_secret::check,
    },
    Check {
        meta: &change_disables_verification::META,
        check: change_disables_verification::check,
    },
    Check {
        meta: &change_hides_text::META,
        check: change_hides_text::check,
    },
    Check {
        meta: &change_touches_pipeline::META,
        check: change_touches_pipeline::check,
    },
];

/// A finding of `meta` at `line` of `file`.
fn finding(
    meta: &'static RuleMeta,
    file: &FileChange,
    line: Option<&Line>,
    message: String,
    remediation: &str,
) -> Finding {
    Finding {
        path: file.path.clone(),
        location: line.and_then(FileChange::at),
        rule: meta.id,
        severity: meta.severity,
        confidence: meta.confidence,
        message,
        remediation: remediation.to_owned(),
        maps: meta.maps,
    }
}

/// Whether a line is only a comment in the usual languages.
fn is_comment(text: &str) -> bool {
    let text = text.trim_start();
    ["#", "//", "*", "/*", "--", ";"]
        .iter()
        .any(|mark| text.starts_with(mark))
}

/// The text of a change that adds `lines` to one file, for tests.
#[cfg(test)]
fn findings(path: &str, lines: &[&str]) -> Vec<&'static str> {
    use super::{Change, review};
    let added = lines
        .iter()
        .zip(1..)
        .map(|(text, number)| Line {
            number,
            text: (*text).to_owned(),
        })
        .collect();
    let file = FileChange {
        path: path.to_owned(),
        added,
        ..FileChange::default()
    };
    let change = Change {
        commits: Vec::new(),
        files: vec![file],
    };
    review(&change, Vec::new())
        .findings
        .into_iter()
        .map(|finding| finding.rule)
        .collect()
}
