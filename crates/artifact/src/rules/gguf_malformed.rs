//! A GGUF file breaks its own format.
//!
//! ## What it detects
//!
//! Counts, lengths and array sizes beyond what the file holds, keys and tensors named twice, shapes
//! that do not fit their type, tensors that share bytes, and bytes that belong to no tensor.
//!
//! ## Why it matters
//!
//! Loaders of this format are written in C and C++ and have had memory errors in exactly these
//! fields. Bytes that no tensor claims can carry another file.
//!
//! ## What it misses
//!
//! The meaning of the weights. Files of big-endian machines and types of tensors that are newer
//! than this reader are reported as not analysed.
//!
//! ## Example
//!
//! ```text
//! GGUF version 3, tensors: 4611686018427387904
//! ```
//!
//! ## Remediation
//!
//! Have the file written again with the tools of llama.cpp.
//!
//! ## References
//!
//! - <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>
//! - MITRE ATLAS AML.T0010.003, OWASP LLM03:2025

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::report::{Notice, Sink};

pub(super) static META: RuleMeta = RuleMeta {
    id: "gguf-malformed",
    title: "A GGUF file breaks its own format",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Preview,
    maps: &["AML.T0010.003", "LLM03:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Reader,
};

const FIX: &str = "Have the file written again with the tools of llama.cpp.";

/// Reports one way in which the file breaks the format.
pub(crate) fn report(sink: &mut Sink<'_>, byte: u64, message: &str) {
    sink.finding(&META, Notice::at(byte, message, FIX));
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{gguf, ids, problems};

    #[test]
    fn a_whole_file_passes() {
        let file = gguf(&[("general.name", "x")], &[("w", 8, 0)], 32);
        assert_eq!(ids("m.gguf", &file), Vec::<&str>::new());
        assert_eq!(problems("m.gguf", &file), 0);
    }

    #[test]
    fn every_lie_of_the_header_is_told() {
        let good = gguf(&[("a", "x")], &[("w", 8, 0)], 32);
        for (place, value) in [(8, 1_u64 << 62), (16, 1 << 62), (24, 1 << 40)] {
            let mut file = good.clone();
            file[place..place + 8].copy_from_slice(&value.to_le_bytes());
            assert_eq!(ids("m.gguf", &file), ["gguf-malformed"], "{place}");
        }
        for file in [
            gguf(&[("a", "x"), ("a", "y")], &[], 0),
            gguf(&[], &[("w", 8, 0), ("w", 8, 32)], 64),
            gguf(&[], &[("v", 16, 0), ("w", 8, 32)], 96),
            gguf(&[], &[("v", 8, 0), ("w", 8, 64)], 96),
            gguf(&[], &[("w", 8, 0)], 96),
        ] {
            assert_eq!(ids("m.gguf", &file), ["gguf-malformed"]);
        }
        assert_eq!(
            ids("m.gguf", &gguf(&[], &[("w", 16, 0)], 32)),
            ["could-not-analyse"]
        );
    }
}
