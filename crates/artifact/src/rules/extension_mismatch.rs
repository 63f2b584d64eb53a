//! A name that promises safe content holds a pickle.
//!
//! ## What it detects
//!
//! Files and members named `.safetensors`, `.npy`, `.gguf`, `.onnx`, `.tflite`, `.json`, `.txt` or as a
//! picture whose content is a pickle.
//!
//! ## Why it matters
//!
//! Policies let such names pass, and loaders that look at the content load them as pickles all the
//! same.
//!
//! ## What it misses
//!
//! Names that promise nothing, such as `.bin`.
//!
//! ## Example
//!
//! ```text
//! model.safetensors   begins with \\x80\\x02
//! ```
//!
//! ## Remediation
//!
//! Do not load the file; find out who named it.
//!
//! ## References
//!
//! - MITRE ATLAS AML.T0010.003, OWASP LLM03:2025

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::report::{Notice, Sink};
use crate::sniff::Kind;

pub(super) static META: RuleMeta = RuleMeta {
    id: "extension-mismatch",
    title: "A name that promises safe content holds a pickle",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.003", "LLM03:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Reader,
};

const FIX: &str = "Do not load the file; find out who gave it this name.";

/// Extensions whose formats hold no code.
const SAFE: &[&str] = &[
    "csv",
    "gguf",
    "gif",
    "jpeg",
    "jpg",
    "json",
    "jsonl",
    "md",
    "npy",
    "onnx",
    "parquet",
    "pdf",
    "png",
    "safetensors",
    "tflite",
    "txt",
    "yaml",
    "yml",
];

/// Reports a pickle under a name that promises none.
pub(crate) fn check(kind: Kind, sink: &mut Sink<'_>) {
    let extension = sink
        .path()
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase());
    let Some(extension) = extension.filter(|extension| SAFE.contains(&extension.as_str())) else {
        return;
    };
    if kind == Kind::Pickle {
        let message = format!("the name ends in .{extension} and the content is a pickle");
        sink.finding(&META, Notice::whole(message, FIX));
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::ids;

    #[test]
    fn a_pickle_in_disguise_is_told() {
        assert_eq!(ids("m.safetensors", b"\x80\x02N."), ["extension-mismatch"]);
        assert!(ids("notes.txt", b"cos\nsystem\n(S'x'\ntR.").contains(&"extension-mismatch"));
    }

    #[test]
    fn names_that_promise_nothing_pass() {
        assert_eq!(ids("m.bin", b"\x80\x02N."), Vec::<&str>::new());
    }
}
