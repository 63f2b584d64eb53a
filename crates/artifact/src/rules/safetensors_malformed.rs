//! A safetensors file breaks its own format.
//!
//! ## What it detects
//!
//! Headers that are not the JSON that the format defines, name a tensor twice, give shapes that do not
//! fit their bytes or overflow, ranges that overlap, leave holes or reach past the file, and bytes that
//! belong to no tensor.
//!
//! ## Why it matters
//!
//! Readers differ in what they check. Bytes that no tensor claims can carry another file, and ranges that
//! lie make a reader see other weights than those that were reviewed.
//!
//! ## What it misses
//!
//! The meaning of the weights: a well-formed file says nothing about what the model learned.
//!
//! ## Example
//!
//! ```json
//! {"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}
//! ```
//!
//! ## Remediation
//!
//! Have the file written again with the safetensors library.
//!
//! ## References
//!
//! - <https://huggingface.co/docs/safetensors>
//! - MITRE ATLAS AML.T0010.003, OWASP LLM03:2025

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::report::{Notice, Sink};

pub(super) static META: RuleMeta = RuleMeta {
    id: "safetensors-malformed",
    title: "A safetensors file breaks its own format",
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

const FIX: &str = "Have the file written again with the safetensors library.";

/// Reports one way in which the file breaks the format.
pub(crate) fn report(sink: &mut Sink<'_>, byte: u64, message: &str) {
    sink.finding(&META, Notice::at(byte, message, FIX));
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{ids, safetensors};

    #[test]
    fn a_file_that_tiles_its_bytes_passes() {
        let header = r#"{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
            "b":{"dtype":"I64","shape":[],"data_offsets":[8,16]},"c":{"dtype":"F4","shape":[2],"data_offsets":[16,17]}}"#;
        assert_eq!(
            ids("m.safetensors", &safetensors(header, 17)),
            Vec::<&str>::new()
        );
    }

    #[test]
    fn every_lie_of_the_header_is_told() {
        let one = |shape: &str, from: u64, to: u64| {
            format!(r#"{{"a":{{"dtype":"F32","shape":{shape},"data_offsets":[{from},{to}]}}}}"#)
        };
        let cases = [
            (one("[2]", 0, 8), 9),
            (one("[2]", 0, 8), 7),
            (one("[2]", 0, 4), 4),
            (one("[2]", 8, 0), 8),
            (one("[2]", 1, 9), 9),
            (one("[4294967296,4294967296]", 0, 0), 0),
            (r#"{"a":{"dtype":"F99","shape":[],"data_offsets":[0,4]}}"#.into(), 4),
            (r#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}"#.into(), 6),
            (r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#.into(), 2),
            (r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}}"#.into(), 1),
            (r#"{"__metadata__":{"a":1}}"#.into(), 0),
            (r#"{"a":"#.into(), 0),
        ];
        for (header, size) in cases {
            let found = ids("m.safetensors", &safetensors(&header, size));
            assert_eq!(found, ["safetensors-malformed"], "{header}");
        }
        let mut long = safetensors("{}", 0);
        long[..8].copy_from_slice(&(1_u64 << 63).to_le_bytes());
        assert_eq!(ids("m.safetensors", &long), ["safetensors-malformed"]);
    }
}
