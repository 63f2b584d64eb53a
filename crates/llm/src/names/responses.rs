//! OpenAI responses: its member names and constants.

use super::Names;

/// OpenAI responses.
pub(crate) static RESPONSES: Names = Names {
    members: MEMBERS,
    constant,
};

/// Member names of responses requests, answers and events, sorted.
const MEMBERS: &[&str] = &[
    "action",
    "allowed_tools",
    "annotations",
    "arguments",
    "background",
    "bytes",
    "cached_tokens",
    "call_id",
    "code",
    "completed_at",
    "container_id",
    "content",
    "content_index",
    "context_management",
    "conversation",
    "created_at",
    "definition",
    "delta",
    "effort",
    "encrypted_content",
    "end_index",
    "error",
    "file_id",
    "filename",
    "frequency_penalty",
    "generate_summary",
    "grammar",
    "id",
    "image_url",
    "include",
    "include_obfuscation",
    "incomplete_details",
    "index",
    "input",
    "input_tokens",
    "input_tokens_details",
    "instructions",
    "item",
    "item_id",
    "json_schema",
    "logprob",
    "logprobs",
    "max_output_tokens",
    "max_tool_calls",
    "message",
    "metadata",
    "mode",
    "model",
    "name",
    "obfuscation",
    "object",
    "output",
    "output_index",
    "output_tokens",
    "output_tokens_details",
    "parallel_tool_calls",
    "param",
    "parameters",
    "part",
    "phase",
    "presence_penalty",
    "previous_response_id",
    "prompt",
    "prompt_cache_key",
    "prompt_cache_retention",
    "reason",
    "reasoning",
    "reasoning_tokens",
    "refusal",
    "response",
    "role",
    "safety_identifier",
    "schema",
    "sequence_number",
    "service_tier",
    "start_index",
    "status",
    "store",
    "stream",
    "stream_options",
    "strict",
    "summary",
    "summary_index",
    "syntax",
    "temperature",
    "text",
    "token",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "total_tokens",
    "truncation",
    "url",
    "usage",
    "user",
    "verbosity",
];

fn constant(name: &str, value: &str) -> bool {
    match name {
        "type" => {
            matches!(
                value,
                "custom"
                    | "custom_tool_call"
                    | "custom_tool_call_output"
                    | "function_call"
                    | "function_call_output"
                    | "input_text"
                    | "message"
                    | "output_text"
                    | "reasoning"
                    | "reasoning_text"
                    | "summary_text"
            ) || value.strip_prefix("response.").is_some_and(is_event)
        }
        "role" => matches!(value, "system" | "developer" | "user" | "assistant"),
        "object" => value == "response",
        "status" => matches!(
            value,
            "completed" | "failed" | "in_progress" | "incomplete" | "cancelled" | "queued"
        ),
        "tool_choice" => matches!(value, "auto" | "none" | "required"),
        "truncation" => matches!(value, "auto" | "disabled"),
        _ => false,
    }
}

/// The kinds of events of a streamed response, after `response.`.
fn is_event(kind: &str) -> bool {
    matches!(
        kind,
        "completed"
            | "content_part.added"
            | "content_part.done"
            | "created"
            | "custom_tool_call_input.delta"
            | "custom_tool_call_input.done"
            | "failed"
            | "function_call_arguments.delta"
            | "function_call_arguments.done"
            | "in_progress"
            | "incomplete"
            | "output_item.added"
            | "output_item.done"
            | "output_text.annotation.added"
            | "output_text.delta"
            | "output_text.done"
            | "queued"
            | "reasoning_summary_part.added"
            | "reasoning_summary_part.done"
            | "reasoning_summary_text.delta"
            | "reasoning_summary_text.done"
            | "reasoning_text.delta"
            | "reasoning_text.done"
            | "refusal.delta"
            | "refusal.done"
    )
}
