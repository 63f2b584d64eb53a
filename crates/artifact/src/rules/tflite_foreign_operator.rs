//! A TensorFlow Lite model needs code from elsewhere.
//!
//! ## What it detects
//!
//! Custom operators that are not part of TensorFlow, and operators of TensorFlow (`Flex…`) that
//! reach files, the network or Python.
//!
//! ## Why it matters
//!
//! A custom operator is native code that the program has to register; a `Flex` operator runs in a
//! whole TensorFlow inside of the small one.
//!
//! ## What it misses
//!
//! What a custom operator does: the verdict stays open. Operators under known names that a program
//! replaces are not seen.
//!
//! ## Example
//!
//! ```text
//! operator_codes { builtin_code: CUSTOM custom_code: "FlexReadFile" }
//! ```
//!
//! ## Remediation
//!
//! Convert the model again with built-in operators only.
//!
//! ## References
//!
//! - <https://ai.google.dev/edge/litert/models/ops_custom>
//! - MITRE ATLAS AML.T0010.003, OWASP LLM03:2025

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::report::{Notice, Sink, printable};
use crate::rules::savedmodel_host_access;

pub(super) static META: RuleMeta = RuleMeta {
    id: "tflite-foreign-operator",
    title: "A TensorFlow Lite model needs code from elsewhere",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Preview,
    maps: &["AML.T0010.003", "LLM03:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Reader,
};

const FIX: &str = "Convert the model again with built-in operators only.";

/// Custom operators that TensorFlow and its task libraries register themselves.
const KNOWN: &[&str] = &[
    "AddSign",
    "AudioSpectrogram",
    "Mfcc",
    "Normalize",
    "NumericVerify",
    "RandomStandardNormal",
    "RandomUniform",
    "TFLite_Detection_PostProcess",
];

/// Looks at the name of one custom operator.
pub(crate) fn check(name: &str, sink: &mut Sink<'_>) {
    let flex = name.strip_prefix("Flex");
    let (what, severity) = match flex {
        Some(operation) if savedmodel_host_access::is_host_access(operation) => {
            ("reaches files, the network or Python", Severity::High)
        }
        Some(_) => return,
        None if KNOWN.contains(&name) => return,
        None => ("is not part of TensorFlow", Severity::Medium),
    };
    let message = format!("the custom operator \"{}\" {what}", printable(name));
    sink.problem(None, message.clone());
    sink.finding(&META, Notice::whole(message, FIX).severity(severity));
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{ids, problems, tflite};

    #[test]
    fn operators_that_are_not_known_are_told() {
        assert_eq!(
            ids("m.tflite", &tflite("Evil")),
            ["tflite-foreign-operator"]
        );
        assert_eq!(problems("m.tflite", &tflite("Evil")), 1);
        assert_eq!(
            ids("m.tflite", &tflite("FlexReadFile")),
            ["tflite-foreign-operator"]
        );
    }

    #[test]
    fn known_operators_pass() {
        assert_eq!(ids("m.tflite", &tflite("FlexErf")), Vec::<&str>::new());
        assert_eq!(ids("m.tflite", &tflite("Mfcc")), Vec::<&str>::new());
    }
}
