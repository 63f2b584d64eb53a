//! An ONNX model takes its weights from elsewhere.
//!
//! ## What it detects
//!
//! Locations of external weights that are absolute, climb out of the folder of the model, name a
//! drive or an address, or hold characters that are no part of a plain file name.
//!
//! ## Why it matters
//!
//! Loaders open these files with the rights of the server. A location such as `../../etc/passwd`
//! reads what the model has no business with, and has done so in several versions of the library.
//!
//! ## What it misses
//!
//! Links: a plain name may be a link when the folder is unpacked. Weights in plain files beside the
//! model pass here; sign the whole folder so that they cannot be swapped.
//!
//! ## Example
//!
//! ```text
//! external_data { key: "location" value: "../../../etc/passwd" }
//! ```
//!
//! ## Remediation
//!
//! Have the model written again with its weights in one file beside it.
//!
//! ## References
//!
//! - CVE-2022-25882, CVE-2024-27318
//! - <https://onnx.ai/onnx/repo-docs/ExternalData.html>
//! - MITRE ATLAS AML.T0010.003, OWASP LLM03:2025

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::onnx::Model;
use crate::report::{Notice, Sink, printable};

pub(super) static META: RuleMeta = RuleMeta {
    id: "onnx-external-data",
    title: "An ONNX model takes its weights from elsewhere",
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

const FIX: &str = "Have the model written again with its weights beside it.";

/// Reports each location that is not a plain file below the folder of the model.
pub(crate) fn check(model: &Model, sink: &mut Sink<'_>) {
    for (location, tensor) in &model.locations {
        if let Some(what) = fault(location) {
            let message = format!(
                "the location \"{}\" of tensor \"{}\" {what}",
                printable(location),
                printable(tensor)
            );
            sink.finding(&META, Notice::whole(message, FIX));
        }
    }
}

fn fault(location: &str) -> Option<&'static str> {
    let drive = matches!(location.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    if location.starts_with(['/', '\\']) || drive {
        return Some("is absolute");
    }
    if location.split(['/', '\\']).any(|part| part == "..") {
        return Some("climbs out of its folder");
    }
    if location.contains("://") || location.starts_with('~') {
        return Some("is an address");
    }
    let odd =
        |character: char| character.is_control() || matches!(character, '\\' | '*' | '$' | '%');
    (location.is_empty() || location.contains(odd)).then_some("is no plain file name")
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{field, ids, onnx};

    fn model(location: &str) -> Vec<u8> {
        let entry = [field(1, b"location"), field(2, location.as_bytes())].concat();
        let tensor = [field(8, b"w"), field(13, &entry)].concat();
        onnx(&field(5, &tensor))
    }

    #[test]
    fn locations_outside_of_the_folder_are_told() {
        for location in [
            "/etc/passwd",
            "../w",
            "a/../../w",
            "C:\\w",
            "\\\\host\\w",
            "http://x/w",
            "~/w",
            "a\0b",
            "",
        ] {
            assert_eq!(
                ids("m.onnx", &model(location)),
                ["onnx-external-data"],
                "{location}"
            );
        }
        let inner = field(
            5,
            &[
                field(8, b"w"),
                field(13, &[field(1, b"location"), field(2, b"../w")].concat()),
            ]
            .concat(),
        );
        let branch = [field(4, b"If"), field(5, &field(6, &inner))].concat();
        assert_eq!(
            ids("m.onnx", &onnx(&field(1, &branch))),
            ["onnx-external-data"]
        );
    }

    #[test]
    fn files_beside_the_model_pass() {
        assert_eq!(
            ids("m.onnx", &model("weights/model.data")),
            Vec::<&str>::new()
        );
    }
}
