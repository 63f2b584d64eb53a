//! A change with text that a reviewer does not see, or sees in another order.
//!
//! # What it detects
//! Added lines with bidirectional controls, zero-width characters or Unicode tag characters, and paths
//! that hold them.
//!
//! # Why it matters
//! Such text reads differently to a person, a compiler and a model: code can hide in a comment, and orders
//! to a coding assistant in an empty line.
//!
//! # What it misses
//! Look-alike letters, which honest identifiers of other languages use too.
//!
//! # Example
//! A comment that ends in U+202E.
//!
//! # Remediation
//! Remove the characters; write escapes where a test needs them.
//!
//! # References
//! CVE-2021-42574, Unicode TR 36.

use seawall_base::{Confidence, Finding, RuleMeta, RuleStatus, Severity};

use super::finding;
use crate::change::Change;

pub(super) static META: RuleMeta = RuleMeta {
    id: "change-hides-text",
    title: "The change holds invisible or reordering characters",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["LLM01:2025", "AML.T0068"],
};

pub(super) fn check(change: &Change, out: &mut Vec<Finding>) {
    for file in &change.files {
        if let Some(kind) = hidden(&file.path) {
            out.push(finding(
                &META,
                file,
                None,
                format!("the path holds {kind}"),
                "rename the file",
            ));
        }
        for line in &file.added {
            if let Some(kind) = hidden(&line.text) {
                out.push(finding(
                    &META,
                    file,
                    Some(line),
                    format!("an added line holds {kind}"),
                    "remove the characters or write them as escapes",
                ));
            }
        }
    }
}

/// Emoji use joiners and selectors between pictures; next to letters and digits nothing does.
fn hidden(text: &str) -> Option<&'static str> {
    let mut before = ' ';
    for mark in text.chars() {
        match mark {
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                return Some("bidirectional controls");
            }
            '\u{e0020}'..='\u{e007f}'
                if before != '\u{1f3f4}' && !('\u{e0020}'..='\u{e007f}').contains(&before) =>
            {
                return Some("invisible tag characters");
            }
            '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{ad}' => {
                return Some("zero-width characters");
            }
            '\u{200c}' | '\u{200d}' | '\u{feff}' if before.is_ascii() && before != ' ' => {
                return Some("zero-width characters");
            }
            _ => {}
        }
        before = mark;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::findings;

    #[test]
    fn hidden_text_is_found_and_emoji_are_not() {
        for line in [
            "x = 1 # \u{202e}",
            "ad\u{200b}min",
            "note\u{e0041}\u{e0042}",
            "a\u{200d}b",
        ] {
            assert_eq!(findings("a.py", &[line]), ["change-hides-text"], "{line:?}");
        }
        for line in [
            "family: 👩\u{200d}👧",
            "flag 🏴\u{e0067}\u{e007f}",
            "größe",
            "plain",
        ] {
            assert!(findings("a.py", &[line]).is_empty(), "{line:?}");
        }
    }
}
