//! A TensorFlow graph needs operations that TensorFlow does not have.
//!
//! ## What it detects
//!
//! Operations in the nodes and the function library of a graph that are neither registered by TensorFlow
//! 2.21 nor functions of the graph itself.
//!
//! ## Why it matters
//!
//! Such an operation is a native library that somebody has to load into the server before the model runs.
//!
//! ## What it misses
//!
//! What the library does: the verdict stays open. Operations that a server replaces under a known name are
//! not seen.
//!
//! ## Example
//!
//! ```text
//! node { name: "x" op: "MyCompanyCustomOp" }
//! ```
//!
//! ## Remediation
//!
//! Export the model with operations of TensorFlow, or confirm where the library comes from.
//!
//! ## References
//!
//! - <https://www.tensorflow.org/guide/create_op>
//! - MITRE ATLAS AML.T0010.003, OWASP LLM03:2025

use std::collections::BTreeSet;
use std::sync::LazyLock;

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::graph::Graph;
use crate::report::{Notice, Sink, printable};

pub(super) static META: RuleMeta = RuleMeta {
    id: "savedmodel-foreign-operator",
    title: "A TensorFlow graph needs operations that TensorFlow does not have",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.2.0",
    status: RuleStatus::Preview,
    maps: &["AML.T0010.003", "LLM03:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Reader,
};

const FIX: &str = "Export the model with operations of TensorFlow, or review the library.";

/// What TensorFlow 2.21 registers, one name a line, in order.
static KNOWN: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    include_str!("../../data/tensorflow_operators.txt")
        .lines()
        .collect()
});

/// Whether TensorFlow has the operation.
pub(crate) fn is_known(operation: &str) -> bool {
    KNOWN.contains(operation)
}

/// Reports each operation that is not known once.
pub(crate) fn check(graph: &Graph, sink: &mut Sink<'_>) {
    for (operation, node) in &graph.unknown {
        if graph.functions.contains(operation) {
            continue;
        }
        let message = format!(
            "operation {} of node \"{}\" is none of TensorFlow and no function of the graph",
            printable(operation),
            printable(node)
        );
        sink.problem(None, message.clone());
        sink.finding(&META, Notice::whole(message, FIX));
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{field, ids, problems};

    fn graph(operation: &str) -> Vec<u8> {
        let node = |operation: &str| [field(1, b"n"), field(2, operation.as_bytes())].concat();
        let function = [
            field(1, &field(1, b"__inference_f")),
            field(3, &node("Add")),
        ]
        .concat();
        let graph = [field(1, &node(operation)), field(2, &field(1, &function))].concat();
        [b"\x08\x01".to_vec(), field(2, &field(2, &graph))].concat()
    }

    #[test]
    fn an_operation_of_a_library_leaves_the_verdict_open() {
        let foreign = graph("MyCompanyCustomOp");
        assert_eq!(
            ids("saved_model.pb", &foreign),
            ["savedmodel-foreign-operator"]
        );
        assert_eq!(problems("saved_model.pb", &foreign), 1);
    }

    #[test]
    fn operations_of_tensorflow_and_functions_of_the_graph_pass() {
        for operation in ["MatMul", "StatefulPartitionedCall", "__inference_f"] {
            assert_eq!(ids("saved_model.pb", &graph(operation)), Vec::<&str>::new());
        }
    }
}
