//! A TensorFlow graph reaches the machine it runs on.
//!
//! ## What it detects
//!
//! Operations that read, write or list files, call back into Python, load libraries or open network
//! connections, in the nodes of a SavedModel or frozen graph and in every function of its library.
//!
//! ## Why it matters
//!
//! A graph is a program: calling the model runs its operations with the rights of the server. `ReadFile`
//! and `WriteFile` need no custom code and work in TensorFlow Serving.
//!
//! ## What it misses
//!
//! Operations of libraries that the server itself loads, and what the string operands of an operation
//! are. Saving and restoring are part of every SavedModel and are not reported.
//!
//! ## Example
//!
//! ```text
//! node { name: "leak" op: "ReadFile" }
//! ```
//!
//! ## Remediation
//!
//! Export the model again without the operation, or move file access out of the graph.
//!
//! ## References
//!
//! - <https://github.com/tensorflow/tensorflow/blob/master/SECURITY.md>
//! - MITRE ATLAS AML.T0011.000, OWASP LLM03:2025

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::graph::Graph;
use crate::report::{Notice, Sink, printable};

pub(super) static META: RuleMeta = RuleMeta {
    id: "savedmodel-host-access",
    title: "A TensorFlow graph reaches the machine it runs on",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.003", "AML.T0011.000", "LLM03:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Reader,
};

const FIX: &str = "Export the model again without the operation.";

/// Operations that call back into Python or load code.
const CODE: &[&str] = &["EagerPyFunc", "PyFunc", "PyFuncStateless"];

/// Operations that reach files or the network.
const FILES: &[&str] = &[
    "BigQueryReader",
    "CSVDataset",
    "CSVDatasetV2",
    "CacheDataset",
    "CacheDatasetV2",
    "CalibrationStatisticsSaver",
    "Copy",
    "CopyHost",
    "CreateSummaryDbWriter",
    "CreateSummaryFileWriter",
    "DataServiceDataset",
    "DataServiceDatasetV2",
    "DataServiceDatasetV3",
    "DataServiceDatasetV4",
    "DatasetToTFRecord",
    "DebugIdentity",
    "DebugIdentityV2",
    "DebugIdentityV3",
    "DebugNanCount",
    "DebugNumericSummary",
    "DebugNumericSummaryV2",
    "DistributedSave",
    "DumpTensor",
    "ExperimentalCSVDataset",
    "ExperimentalDatasetToTFRecord",
    "ExperimentalLMDBDataset",
    "ExperimentalMatchingFilesDataset",
    "ExperimentalSqlDataset",
    "FileSystemSetConfiguration",
    "FixedLengthRecordDataset",
    "FixedLengthRecordDatasetV2",
    "FixedLengthRecordReader",
    "FixedLengthRecordReaderV2",
    "GenerateVocabRemapping",
    "LMDBDataset",
    "LMDBReader",
    "ListSnapshotChunksDataset",
    "LoadAndRemapMatrix",
    "LoadDataset",
    "MatchingFiles",
    "MatchingFilesDataset",
    "PrintV2",
    "ReadFile",
    "RecordInput",
    "RegisterDataset",
    "RegisterDatasetV2",
    "RpcCall",
    "RpcClient",
    "RpcServer",
    "RpcServerRegister",
    "RpcServerStart",
    "SaveDataset",
    "SaveDatasetV2",
    "Skipgram",
    "SnapshotChunkDataset",
    "SnapshotDataset",
    "SnapshotDatasetReader",
    "SnapshotDatasetV2",
    "SqlDataset",
    "TFRecordDataset",
    "TFRecordDatasetV2",
    "TFRecordReader",
    "TFRecordReaderV2",
    "TextLineDataset",
    "TextLineReader",
    "TextLineReaderV2",
    "WholeFileReader",
    "WholeFileReaderV2",
    "WriteFile",
];

/// Whether the operation reaches outside of the graph.
pub(crate) fn is_host_access(operation: &str) -> bool {
    CODE.contains(&operation) || FILES.contains(&operation)
}

/// Reports each such operation once.
pub(crate) fn check(graph: &Graph, sink: &mut Sink<'_>) {
    for (operation, (node, function)) in &graph.operations {
        let place = match function {
            Some(function) => format!(" in function \"{}\"", printable(function)),
            None => String::new(),
        };
        let what = if CODE.contains(&operation.as_str()) {
            "calls back into Python"
        } else {
            "reaches files or the network"
        };
        let message = format!(
            "operation {operation} of node \"{}\"{place} {what}",
            printable(node)
        );
        sink.finding(&META, Notice::whole(message, FIX));
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{field, ids, messages};

    fn node(name: &str, operation: &str) -> Vec<u8> {
        [field(1, name.as_bytes()), field(2, operation.as_bytes())].concat()
    }

    fn saved_model(graph: &[u8]) -> Vec<u8> {
        [b"\x08\x01".to_vec(), field(2, &field(2, graph))].concat()
    }

    #[test]
    fn nodes_and_functions_are_read() {
        let graph = field(1, &node("leak", "ReadFile"));
        assert_eq!(
            ids("saved_model.pb", &saved_model(&graph)),
            ["savedmodel-host-access"]
        );
        let function = [field(1, &field(1, b"f")), field(3, &node("call", "PyFunc"))].concat();
        let library = [
            field(1, &node("a", "Const")),
            field(2, &field(1, &function)),
        ]
        .concat();
        assert_eq!(
            messages("saved_model.pb", &saved_model(&library)),
            ["operation PyFunc of node \"call\" in function \"f\" calls back into Python"]
        );
        assert_eq!(ids("frozen.pb", &graph), ["savedmodel-host-access"]);
    }

    #[test]
    fn saving_and_restoring_are_part_of_every_model() {
        let graph = [
            field(1, &node("save", "SaveV2")),
            field(1, &node("x", "MatMul")),
        ]
        .concat();
        assert_eq!(
            ids("saved_model.pb", &saved_model(&graph)),
            Vec::<&str>::new()
        );
    }
}
