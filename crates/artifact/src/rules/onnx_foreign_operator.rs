//! An ONNX model needs code from outside of the standard.
//!
//! ## What it detects
//!
//! Operators of domains other than those of the standard and of ONNX Runtime itself, unless the
//! model brings their functions along, and operators that call back into Python.
//!
//! ## Why it matters
//!
//! An operator of another domain is a native library that somebody has to load into the server.
//! Operators such as `PyOp` run Python that the model does not contain.
//!
//! ## What it misses
//!
//! What the library does: the verdict stays open. Operators under standard names that a server
//! replaces are not seen.
//!
//! ## Example
//!
//! ```text
//! node { domain: "ai.onnx.contrib" op_type: "PyOp" }
//! ```
//!
//! ## Remediation
//!
//! Export the model with standard operators, or confirm where the library comes from.
//!
//! ## References
//!
//! - <https://onnx.ai/onnx/intro/concepts.html>
//! - MITRE ATLAS AML.T0010.003, OWASP LLM03:2025

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::onnx::Model;
use crate::report::{Notice, Sink, printable};

pub(super) static META: RuleMeta = RuleMeta {
    id: "onnx-foreign-operator",
    title: "An ONNX model needs code from outside of the standard",
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

const FIX: &str = "Export the model with standard operators, or review the library.";

/// Domains whose operators are part of the standard or of ONNX Runtime.
const STANDARD: &[&str] = &[
    "",
    "ai.onnx",
    "ai.onnx.ml",
    "ai.onnx.preview",
    "ai.onnx.preview.training",
    "ai.onnx.training",
    "com.microsoft",
    "com.microsoft.experimental",
    "com.microsoft.nchwc",
    "com.microsoft.nhwc",
    "com.ms.internal.nhwc",
];

/// Operators that run Python.
const PYTHON: &[&str] = &["PyCustomOpDef", "PyOp", "PythonOp", "PythonOpGrad"];

/// Whether an operator needs no code from elsewhere.
pub(crate) fn is_standard(domain: &str, operator: &str) -> bool {
    STANDARD.contains(&domain) && !PYTHON.contains(&operator)
}

/// Reports each operator that needs code.
pub(crate) fn check(model: &Model, sink: &mut Sink<'_>) {
    for (key, node) in &model.operators {
        if model.functions.contains(key) {
            continue;
        }
        let (domain, operator) = key;
        let (what, severity) = match PYTHON.contains(&operator.as_str()) {
            true => ("runs Python", Severity::High),
            false => ("needs a library of its own", Severity::Medium),
        };
        let message = format!(
            "operator \"{}\" of domain \"{}\" in node \"{}\" {what}",
            printable(operator),
            printable(domain),
            printable(node)
        );
        sink.problem(None, message.clone());
        sink.finding(&META, Notice::whole(message, FIX).severity(severity));
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{field, ids, onnx, problems};

    fn node(domain: &str, operator: &str) -> Vec<u8> {
        field(
            1,
            &[field(4, operator.as_bytes()), field(7, domain.as_bytes())].concat(),
        )
    }

    #[test]
    fn foreign_operators_leave_the_verdict_open() {
        let model = onnx(&node("com.example", "Thing"));
        assert_eq!(ids("m.onnx", &model), ["onnx-foreign-operator"]);
        assert_eq!(problems("m.onnx", &model), 1);
        assert_eq!(
            ids("m.onnx", &onnx(&node("com.microsoft", "PythonOp"))),
            ["onnx-foreign-operator"]
        );
    }

    #[test]
    fn standard_operators_and_functions_of_the_model_pass() {
        let graph = [node("", "MatMul"), node("ai.onnx.ml", "Scaler")].concat();
        assert_eq!(ids("m.onnx", &onnx(&graph)), Vec::<&str>::new());
        let body = field(7, &[field(4, b"Relu"), field(7, b"")].concat());
        let function = [field(1, b"Thing"), body, field(10, b"com.example")].concat();
        let mut model = onnx(&node("com.example", "Thing"));
        model.extend([0xca, 0x01, function.len() as u8]);
        model.extend(function);
        assert_eq!(ids("m.onnx", &model), Vec::<&str>::new());
    }
}
