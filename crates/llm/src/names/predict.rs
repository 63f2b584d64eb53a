//! Predictive inference protocols: their member names and constants.

use super::Names;

/// Open Inference Protocol, TensorFlow Serving and TorchServe.
pub(crate) static PREDICT: Names = Names {
    members: MEMBERS,
    constant: |name, value| name == "datatype" && crate::predict::is_datatype(value),
};

/// Member names of requests and answers, sorted.
const MEMBERS: &[&str] = &[
    "body",
    "code",
    "context",
    "data",
    "datatype",
    "error",
    "examples",
    "id",
    "inputs",
    "instances",
    "message",
    "model_name",
    "model_version",
    "name",
    "outputs",
    "parameters",
    "predictions",
    "results",
    "shape",
    "signature_name",
];
