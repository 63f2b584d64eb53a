//! An answer to messages as a chat completion.

use serde_json::{Value, json};

use super::uncarried;
use crate::error::DialectError;
use crate::messages::MessagesResponse;
use crate::usage::Usage;

/// The same answer in the other dialect.
///
/// # Errors
/// When it has parts that the other dialect has no place for.
pub fn chat_answer(answer: &MessagesResponse) -> Result<Value, DialectError> {
    let body = answer.body();
    let (mut text, mut reasoning, mut calls) = (String::new(), String::new(), Vec::new());
    let content = body.get("content").and_then(Value::as_array);
    for block in content.into_iter().flatten() {
        let member = |name: &str| block.get(name).and_then(Value::as_str).unwrap_or_default();
        match member("type") {
            "text" if !is_cited(block) => text.push_str(member("text")),
            "thinking" => reasoning.push_str(member("thinking")),
            "tool_use" => calls.push(json!({
                "id": member("id"),
                "type": "function",
                "function": {
                    "name": member("name"),
                    "arguments": block.get("input").map(Value::to_string),
                },
            })),
            _ => return Err(uncarried()),
        }
    }
    let mut message = json!({ "role": "assistant", "content": text, "refusal": null });
    if let Value::Object(fields) = &mut message {
        if text.is_empty() {
            fields.insert("content".to_owned(), Value::Null);
        }
        if !reasoning.is_empty() {
            fields.insert("reasoning_content".to_owned(), reasoning.into());
        }
        if !calls.is_empty() {
            fields.insert("tool_calls".to_owned(), calls.into());
        }
    }
    let reason = body.get("stop_reason").and_then(Value::as_str);
    let reason = finish_reason(reason.unwrap_or_default()).ok_or_else(uncarried)?;
    let mut completion = json!({
        "id": body.get("id"),
        "object": "chat.completion",
        "created": 0,
        "model": body.get("model"),
        "choices": [{ "index": 0, "message": message, "logprobs": null, "finish_reason": reason }],
    });
    if let (Some(used), Value::Object(fields)) = (answer.usage(), &mut completion) {
        fields.insert("usage".to_owned(), usage(used));
    }
    Ok(completion)
}

fn is_cited(block: &Value) -> bool {
    let citations = block.get("citations").and_then(Value::as_array);
    citations.is_some_and(|citations| !citations.is_empty())
}

/// Why an answer ended, in the other dialect's words; none where it goes on elsewhere.
pub(super) fn finish_reason(stop: &str) -> Option<&'static str> {
    match stop {
        "end_turn" | "stop_sequence" | "" => Some("stop"),
        "max_tokens" => Some("length"),
        "tool_use" => Some("tool_calls"),
        "refusal" => Some("content_filter"),
        _ => None,
    }
}

/// What was used.
pub(super) fn usage(used: Usage) -> Value {
    json!({
        "prompt_tokens": used.prompt_tokens,
        "completion_tokens": used.completion_tokens,
        "total_tokens": used.total(),
        "prompt_tokens_details": { "cached_tokens": used.cache_read_tokens },
    })
}
