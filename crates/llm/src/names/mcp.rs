//! The Model Context Protocol: its member names and constants.

use super::Names;

/// The Model Context Protocol.
pub(crate) static MCP: Names = Names {
    members: MEMBERS,
    constant,
};

/// Member names of requests, results and notifications, sorted.
const MEMBERS: &[&str] = &[
    "_meta",
    "action",
    "annotations",
    "argument",
    "arguments",
    "audience",
    "blob",
    "capabilities",
    "clientInfo",
    "code",
    "completion",
    "completions",
    "content",
    "contents",
    "context",
    "costPriority",
    "cursor",
    "data",
    "destructiveHint",
    "elicitation",
    "enumNames",
    "error",
    "experimental",
    "hasMore",
    "hints",
    "icons",
    "id",
    "idempotentHint",
    "includeContext",
    "inputSchema",
    "instructions",
    "intelligencePriority",
    "isError",
    "jsonrpc",
    "lastModified",
    "level",
    "listChanged",
    "logger",
    "logging",
    "maxTokens",
    "message",
    "messages",
    "method",
    "mimeType",
    "model",
    "modelPreferences",
    "name",
    "nextCursor",
    "openWorldHint",
    "outputSchema",
    "params",
    "priority",
    "progress",
    "progressToken",
    "prompts",
    "protocolVersion",
    "readOnlyHint",
    "reason",
    "ref",
    "requestId",
    "requestedSchema",
    "resource",
    "resourceTemplates",
    "resources",
    "result",
    "role",
    "roots",
    "sampling",
    "serverInfo",
    "size",
    "sizes",
    "speedPriority",
    "src",
    "stopReason",
    "stopSequences",
    "structuredContent",
    "subscribe",
    "systemPrompt",
    "tasks",
    "temperature",
    "text",
    "tools",
    "total",
    "uri",
    "uriTemplate",
    "values",
    "version",
    "websiteUrl",
];

fn constant(name: &str, value: &str) -> bool {
    match name {
        "jsonrpc" => value == "2.0",
        "type" => matches!(
            value,
            "ref/prompt" | "ref/resource" | "resource" | "resource_link"
        ),
        "role" => matches!(value, "user" | "assistant"),
        "action" => matches!(value, "accept" | "decline" | "cancel"),
        "level" => matches!(
            value,
            "debug" | "info" | "notice" | "warning" | "error" | "critical" | "alert" | "emergency"
        ),
        "protocolVersion" => {
            value.len() == 10
                && value
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || byte == b'-')
        }
        _ => false,
    }
}
