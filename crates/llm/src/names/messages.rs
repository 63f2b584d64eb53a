//! Anthropic messages: its member names and constants.

use super::Names;

/// Anthropic messages.
pub(crate) static MESSAGES: Names = Names {
    members: MEMBERS,
    constant,
};

/// Member names of messages requests, answers and events, sorted.
const MEMBERS: &[&str] = &[
    "anthropic",
    "any",
    "behavior",
    "betas",
    "budget_tokens",
    "cache_control",
    "cache_creation",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "caller",
    "citations",
    "cited_text",
    "clear_at_least",
    "clear_tool_inputs",
    "clear_tool_uses",
    "container",
    "content",
    "content_block",
    "context",
    "context_management",
    "data",
    "delta",
    "disable_parallel_tool_use",
    "document_index",
    "document_title",
    "edits",
    "effort",
    "enabled",
    "encrypted_index",
    "end_block_index",
    "end_char_index",
    "end_page_number",
    "ephemeral_1h_input_tokens",
    "ephemeral_5m_input_tokens",
    "error",
    "exclude_tools",
    "file_id",
    "id",
    "index",
    "inference_geo",
    "input",
    "input_examples",
    "input_schema",
    "input_tokens",
    "is_error",
    "keep",
    "max_tokens",
    "media_type",
    "message",
    "messages",
    "metadata",
    "model",
    "name",
    "output_config",
    "output_format",
    "output_tokens",
    "partial_json",
    "redacted_thinking",
    "request_id",
    "role",
    "schema",
    "server_tool_use",
    "service_tier",
    "signature",
    "source",
    "start_block_index",
    "start_char_index",
    "start_page_number",
    "stop_reason",
    "stop_sequence",
    "stop_sequences",
    "stream",
    "strict",
    "system",
    "temperature",
    "text",
    "thinking",
    "tool_choice",
    "tool_use_id",
    "tools",
    "top_k",
    "top_p",
    "trigger",
    "ttl",
    "url",
    "usage",
    "user_id",
    "value",
    "web_search_requests",
];

fn constant(name: &str, value: &str) -> bool {
    match name {
        "type" => matches!(
            value,
            "adaptive"
                | "any"
                | "auto"
                | "citations_delta"
                | "content_block_delta"
                | "content_block_start"
                | "content_block_stop"
                | "custom"
                | "disabled"
                | "document"
                | "enabled"
                | "ephemeral"
                | "error"
                | "input_json_delta"
                | "message"
                | "message_delta"
                | "message_start"
                | "message_stop"
                | "none"
                | "ping"
                | "redacted_thinking"
                | "search_result"
                | "signature_delta"
                | "text_delta"
                | "thinking"
                | "thinking_delta"
                | "tool"
                | "tool_result"
                | "tool_use"
        ),
        "role" => matches!(value, "user" | "assistant"),
        "stop_reason" => matches!(
            value,
            "end_turn" | "max_tokens" | "stop_sequence" | "tool_use" | "pause_turn" | "refusal"
        ),
        "media_type" => value == "text/plain",
        "ttl" => matches!(value, "5m" | "1h"),
        _ => false,
    }
}
