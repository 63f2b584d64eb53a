//! OpenAI embeddings: its member names and constants.

use super::Names;

/// OpenAI embeddings and the list of models.
pub(crate) static EMBEDDINGS: Names = Names {
    members: MEMBERS,
    constant: |name, value| match name {
        "object" => matches!(value, "list" | "embedding" | "model"),
        "encoding_format" => matches!(value, "float" | "base64"),
        _ => false,
    },
};

/// Member names of embeddings requests and answers, sorted.
const MEMBERS: &[&str] = &[
    "code",
    "created",
    "data",
    "dimensions",
    "embedding",
    "encoding_format",
    "error",
    "id",
    "index",
    "input",
    "input_type",
    "message",
    "model",
    "object",
    "owned_by",
    "param",
    "prompt_tokens",
    "total_tokens",
    "usage",
    "user",
];
