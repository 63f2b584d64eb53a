//! Content that could not be fully analysed.
//!
//! ## What it detects
//!
//! Broken or cut files, formats and compressions that have no reader yet, limits that were reached, and
//! names that promise a model over content that is none.
//!
//! ## Why it matters
//!
//! What was not read may hold anything. A scanner that skips it and says "clean" is how most payloads
//! get through, so it is a finding, a problem, and at best the verdict `unknown`.
//!
//! ## What it misses
//!
//! Nothing: this is what the other rules miss.
//!
//! ## Example
//!
//! ```text
//! model.pt (cut after half of its pickle)
//! ```
//!
//! ## Remediation
//!
//! Fetch the file again, convert it to a format that is read, or raise the limit if the file is known
//! to be large.
//!
//! ## References
//!
//! - OWASP LLM03:2025

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};

pub(crate) static META: RuleMeta = RuleMeta {
    id: "could-not-analyse",
    title: "Content that could not be fully analysed",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &[],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Reader,
};

/// What to do, in one sentence.
pub(crate) const REMEDIATION: &str =
    "Fetch the file again or convert it to a format that is read; do not treat it as clean.";

/// Of formats that are known and have no reader.
pub(crate) const UNREAD: &str = "the format is recognised and has no reader yet";

/// Of files that promise a model and hold something else.
pub(crate) const UNRECOGNISED: &str =
    "the name promises a model, and the content is no format known";

#[cfg(test)]
mod tests {
    use crate::rules::testing::{ids, problems};

    #[test]
    fn broken_unread_and_unrecognised_files_never_pass() {
        for (name, bytes) in [
            ("m.pkl", b"\x80\x02(".as_slice()),
            ("m.gguf", b"GGUF\x03\x00\x00\x00"),
            ("m.onnx", b"\x00\x01\x02\x03"),
            ("m.7z", b"7z\xbc\xaf\x27\x1c\x00\x04"),
            ("m.rar", b"Rar!\x1a\x07\x01\x00"),
            ("m.pt", b"no model at all"),
            ("m.pt", b""),
        ] {
            assert_eq!(ids(name, bytes), ["could-not-analyse"], "{name}");
            assert_eq!(problems(name, bytes), 1, "{name}");
        }
    }

    #[test]
    fn text_that_promises_nothing_is_not_a_subject() {
        assert_eq!(ids("notes.txt", b"no model at all"), Vec::<&str>::new());
    }
}
