//! The names and constants that the dialect defines. Any other name in a message is a text that
//! somebody chose, and is visited like one.

/// Member names of requests, answers and JSON Schema, sorted.
const NAMES: &[&str] = &[
    "$defs",
    "$ref",
    "$schema",
    "accepted_prediction_tokens",
    "additionalProperties",
    "allOf",
    "allowed_tools",
    "annotations",
    "anyOf",
    "approximate",
    "arguments",
    "audio",
    "audio_tokens",
    "bytes",
    "cached_tokens",
    "choices",
    "code",
    "completion_tokens",
    "completion_tokens_details",
    "const",
    "content",
    "country",
    "created",
    "default",
    "definitions",
    "delta",
    "description",
    "end_index",
    "enum",
    "error",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "file",
    "finish_reason",
    "format",
    "frequency_penalty",
    "function",
    "function_call",
    "functions",
    "id",
    "image_url",
    "include_obfuscation",
    "include_usage",
    "index",
    "input_audio",
    "items",
    "json_schema",
    "logit_bias",
    "logprob",
    "logprobs",
    "maxItems",
    "maxLength",
    "max_completion_tokens",
    "max_tokens",
    "maximum",
    "message",
    "messages",
    "metadata",
    "minItems",
    "minLength",
    "minimum",
    "modalities",
    "mode",
    "model",
    "multipleOf",
    "n",
    "name",
    "not",
    "obfuscation",
    "object",
    "oneOf",
    "parallel_tool_calls",
    "param",
    "parameters",
    "pattern",
    "prediction",
    "presence_penalty",
    "prompt_cache_key",
    "prompt_tokens",
    "prompt_tokens_details",
    "properties",
    "reasoning",
    "reasoning_content",
    "reasoning_effort",
    "reasoning_tokens",
    "refusal",
    "rejected_prediction_tokens",
    "required",
    "response_format",
    "role",
    "safety_identifier",
    "schema",
    "search_context_size",
    "seed",
    "service_tier",
    "start_index",
    "stop",
    "store",
    "stream",
    "stream_options",
    "strict",
    "system_fingerprint",
    "temperature",
    "text",
    "timezone",
    "title",
    "token",
    "tool_call_id",
    "tool_calls",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "total_tokens",
    "type",
    "url",
    "url_citation",
    "usage",
    "user",
    "user_location",
    "verbosity",
    "web_search_options",
];

/// Constants of `type`, sorted.
const TYPES: &[&str] = &[
    "array",
    "boolean",
    "function",
    "integer",
    "json_object",
    "json_schema",
    "null",
    "number",
    "object",
    "refusal",
    "string",
    "text",
];

/// Whether the dialect defines a member of this name.
pub(crate) fn is_known(name: &str) -> bool {
    find(NAMES, name)
}

/// Whether `value` is a constant of the dialect under the member `name`.
pub(crate) fn is_constant(name: &str, value: &str) -> bool {
    match name {
        "type" => find(TYPES, value),
        "role" => matches!(
            value,
            "system" | "developer" | "user" | "assistant" | "tool" | "function"
        ),
        "object" => matches!(value, "chat.completion" | "chat.completion.chunk"),
        "finish_reason" => matches!(
            value,
            "stop" | "length" | "tool_calls" | "content_filter" | "function_call"
        ),
        "tool_choice" => matches!(value, "auto" | "none" | "required"),
        _ => false,
    }
}

fn find(sorted: &[&str], text: &str) -> bool {
    sorted.binary_search(&text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_so_that_the_search_finds() {
        assert!(NAMES.is_sorted() && TYPES.is_sorted());
        assert!(is_known("tool_calls") && !is_known("ignore previous instructions"));
        assert!(is_constant("type", "object") && !is_constant("type", "do as I say"));
    }
}
