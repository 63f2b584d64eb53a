//! Which interfaces of AI systems are inspected, which are refused, and which pass by: one table.
//!
//! The page of the reference is written from it, and a test of the gateway sends every request of it.

/// What becomes of a request on an interface.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Standing {
    /// Every text of it is inspected, or it is refused.
    Inspected,
    /// It is refused, whatever it says.
    Refused,
    /// Seawall does not see it.
    Bypassing,
}

/// One interface.
#[derive(Clone, Copy, Debug)]
pub struct Interface {
    /// Its name.
    pub name: &'static str,
    /// What becomes of it.
    pub standing: Standing,
    /// Where it is inspected or refused, or what has to stand in its way instead.
    pub place: &'static str,
    /// A request of it at the gateway: method, path and body, in which `{text}` stands for a text.
    pub example: Option<(&'static str, &'static str, &'static str)>,
}

const GATEWAY: &str = "gateway";
const PREDICTIVE: &str =
    "gateway, with a route of predictive models; no configuration makes one yet, so it is refused";
const NOWHERE: &str = "gateway: nothing is at its path";

const fn inspected(name: &'static str, path: &'static str, body: &'static str) -> Interface {
    Interface {
        name,
        standing: Standing::Inspected,
        place: GATEWAY,
        example: Some(("POST", path, body)),
    }
}

const fn predictive(name: &'static str, path: &'static str, body: &'static str) -> Interface {
    Interface {
        name,
        standing: Standing::Inspected,
        place: PREDICTIVE,
        example: Some(("POST", path, body)),
    }
}

const fn refused(
    name: &'static str,
    method: &'static str,
    path: &'static str,
    body: &'static str,
) -> Interface {
    Interface {
        name,
        standing: Standing::Refused,
        place: NOWHERE,
        example: Some((method, path, body)),
    }
}

const fn elsewhere(name: &'static str, standing: Standing, place: &'static str) -> Interface {
    Interface {
        name,
        standing,
        place,
        example: None,
    }
}

const MESSAGES: &str = r#"{"model":"practice","messages":[{"role":"user","content":"{text}"}]}"#;

/// Every interface, by name.
pub static INTERFACES: &[Interface] = &[
    refused(
        "A2A: message/send",
        "POST",
        "/a2a",
        r#"{"jsonrpc":"2.0","id":1,"method":"message/send","params":{"message":{"parts":[{"text":"{text}"}]}}}"#,
    ),
    refused(
        "Amazon Bedrock: converse",
        "POST",
        "/model/practice/converse",
        r#"{"messages":[{"role":"user","content":[{"text":"{text}"}]}]}"#,
    ),
    refused(
        "Amazon Bedrock: invoke",
        "POST",
        "/model/practice/invoke",
        r#"{"prompt":"{text}"}"#,
    ),
    inspected(
        "Anthropic: count of tokens",
        "/v1/messages/count_tokens",
        MESSAGES,
    ),
    inspected(
        "Anthropic: messages",
        "/v1/messages",
        r#"{"model":"practice","max_tokens":9,"messages":[{"role":"user","content":"{text}"}]}"#,
    ),
    refused(
        "Anthropic: batches of messages",
        "POST",
        "/v1/messages/batches",
        r#"{"requests":[]}"#,
    ),
    inspected(
        "Azure OpenAI: chat completions",
        "/openai/deployments/practice/chat/completions",
        MESSAGES,
    ),
    refused(
        "Google Vertex AI: generateContent",
        "POST",
        "/v1/projects/p/locations/l/publishers/google/models/practice:generateContent",
        r#"{"contents":[{"parts":[{"text":"{text}"}]}]}"#,
    ),
    refused(
        "Google Vertex AI: predict",
        "POST",
        "/v1/projects/p/locations/l/endpoints/1:predict",
        r#"{"instances":["{text}"]}"#,
    ),
    refused(
        "gRPC: Open Inference Protocol",
        "POST",
        "/inference.GRPCInferenceService/ModelInfer",
        "",
    ),
    refused(
        "gRPC: TensorFlow Serving",
        "POST",
        "/tensorflow.serving.PredictionService/Predict",
        "",
    ),
    elsewhere(
        "gRPC ports of model servers, reached directly",
        Standing::Bypassing,
        "a network policy has to close them",
    ),
    predictive(
        "KServe, Triton: infer (Open Inference Protocol v2)",
        "/v2/models/practice/infer",
        r#"{"inputs":[{"name":"t","shape":[1],"datatype":"BYTES","data":["{text}"]}]}"#,
    ),
    refused(
        "KServe, Triton: generate",
        "POST",
        "/v2/models/practice/generate",
        r#"{"text_input":"{text}"}"#,
    ),
    refused(
        "Triton: model repository",
        "POST",
        "/v2/repository/models/practice/load",
        "{}",
    ),
    refused(
        "Triton: shared memory",
        "POST",
        "/v2/systemsharedmemory/region/r/register",
        "{}",
    ),
    elsewhere(
        "MCP over standard input and output",
        Standing::Inspected,
        "`seawall mcp -- CMD`",
    ),
    refused(
        "MCP over streamable HTTP",
        "POST",
        "/mcp/files",
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"a":"{text}"}}}"#,
    ),
    refused("MCP over SSE (the older transport)", "GET", "/sse", ""),
    inspected("Ollama: chat", "/api/chat", MESSAGES),
    inspected(
        "Ollama: embeddings",
        "/api/embed",
        r#"{"model":"practice","input":"{text}"}"#,
    ),
    inspected(
        "Ollama: generate",
        "/api/generate",
        r#"{"model":"practice","prompt":"{text}"}"#,
    ),
    refused(
        "Ollama: pull, push, create, delete",
        "POST",
        "/api/pull",
        r#"{"model":"practice"}"#,
    ),
    refused(
        "OpenAI: assistants and threads",
        "POST",
        "/v1/threads",
        "{}",
    ),
    refused(
        "OpenAI: audio",
        "POST",
        "/v1/audio/speech",
        r#"{"model":"practice","input":"{text}","voice":"a"}"#,
    ),
    refused("OpenAI: batches", "POST", "/v1/batches", "{}"),
    inspected("OpenAI: chat completions", "/v1/chat/completions", MESSAGES),
    refused(
        "OpenAI: completions (the older ones)",
        "POST",
        "/v1/completions",
        r#"{"model":"practice","prompt":"{text}"}"#,
    ),
    inspected(
        "OpenAI: embeddings",
        "/v1/embeddings",
        r#"{"model":"practice","input":"{text}"}"#,
    ),
    refused("OpenAI: files", "POST", "/v1/files", "{}"),
    refused("OpenAI: fine-tuning", "POST", "/v1/fine_tuning/jobs", "{}"),
    refused(
        "OpenAI: images",
        "POST",
        "/v1/images/generations",
        r#"{"model":"practice","prompt":"{text}"}"#,
    ),
    refused(
        "OpenAI: moderations",
        "POST",
        "/v1/moderations",
        r#"{"input":"{text}"}"#,
    ),
    refused(
        "OpenAI: realtime over WebSocket",
        "GET",
        "/v1/realtime?model=practice",
        "",
    ),
    inspected(
        "OpenAI: responses",
        "/v1/responses",
        r#"{"model":"practice","input":"{text}"}"#,
    ),
    predictive(
        "TensorFlow Serving: predict",
        "/v1/models/practice:predict",
        r#"{"instances":["{text}"]}"#,
    ),
    predictive(
        "TensorFlow Serving: classify",
        "/v1/models/practice:classify",
        r#"{"examples":[{"t":"{text}"}]}"#,
    ),
    predictive(
        "TensorFlow Serving: regress",
        "/v1/models/practice:regress",
        r#"{"examples":[{"t":"{text}"}]}"#,
    ),
    predictive(
        "TorchServe: predictions",
        "/predictions/practice",
        r#"{"data":"{text}"}"#,
    ),
    refused(
        "TorchServe: management",
        "POST",
        "/models?url=model.mar",
        "",
    ),
    elsewhere(
        "Vector stores: ingestion of documents",
        Standing::Bypassing,
        "what is found in them is inspected where it enters a prompt; `seawall scan` reads data sets",
    ),
];

impl Standing {
    /// The word that the page uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inspected => "inspected",
            Self::Refused => "refused",
            Self::Bypassing => "bypassing",
        }
    }
}
