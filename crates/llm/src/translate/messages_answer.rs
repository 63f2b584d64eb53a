//! A chat completion as an answer to messages.

use serde_json::{Map, Value, json};

use super::messages_request::input;
use super::uncarried;
use crate::error::DialectError;
use crate::usage::Usage;

/// The same answer in the other dialect.
///
/// # Errors
/// When it has parts that the other dialect has no place for.
pub fn messages_answer(completion: &Value) -> Result<Value, DialectError> {
    let choices = completion.get("choices").and_then(Value::as_array);
    let [choice] = choices.map(Vec::as_slice).unwrap_or_default() else {
        return Err(uncarried());
    };
    let message = choice.get("message").and_then(Value::as_object);
    let message = message.ok_or_else(uncarried)?;
    let (content, refused) = blocks(message)?;
    let reason = choice.get("finish_reason").and_then(Value::as_str);
    let reason = match refused {
        true => "refusal",
        false => stop_reason(reason.unwrap_or_default()),
    };
    let used = completion.get("usage").and_then(Usage::parse);
    Ok(json!({
        "id": completion.get("id").and_then(Value::as_str).unwrap_or("msg"),
        "type": "message",
        "role": "assistant",
        "model": completion.get("model"),
        "content": content,
        "stop_reason": reason,
        "stop_sequence": null,
        "usage": usage(used),
    }))
}

fn blocks(message: &Map<String, Value>) -> Result<(Vec<Value>, bool), DialectError> {
    let (mut content, mut refused) = (Vec::new(), false);
    for (name, value) in message {
        match (name.as_str(), value) {
            ("role", _) | (_, Value::Null) => {}
            ("annotations" | "tool_calls", Value::Array(items)) if items.is_empty() => {}
            ("content" | "refusal" | "reasoning" | "reasoning_content", Value::String(text))
                if text.is_empty() => {}
            ("content", Value::String(text)) => {
                content.push(json!({ "type": "text", "text": text }));
            }
            ("content", Value::Array(parts)) => {
                for part in parts {
                    let text = part.get("text").or_else(|| part.get("refusal"));
                    let text = text.and_then(Value::as_str).ok_or_else(uncarried)?;
                    content.push(json!({ "type": "text", "text": text }));
                }
            }
            ("refusal", Value::String(text)) => {
                refused = true;
                content.push(json!({ "type": "text", "text": text }));
            }
            ("reasoning" | "reasoning_content", Value::String(text)) => {
                let block = json!({ "type": "thinking", "thinking": text, "signature": "" });
                content.insert(0, block);
            }
            ("tool_calls", Value::Array(_)) => {}
            _ => return Err(uncarried()),
        }
    }
    let calls = message.get("tool_calls").and_then(Value::as_array);
    for call in calls.into_iter().flatten() {
        let text = |path: &str| call.pointer(path).and_then(Value::as_str);
        let arguments = text("/function/arguments").unwrap_or_default();
        content.push(json!({
            "type": "tool_use",
            "id": text("/id"),
            "name": text("/function/name"),
            "input": input(arguments).ok_or_else(uncarried)?,
        }));
    }
    Ok((content, refused))
}

/// Why an answer ended, in the other dialect's words.
pub(super) fn stop_reason(finish: &str) -> &'static str {
    match finish {
        "length" => "max_tokens",
        "tool_calls" | "function_call" => "tool_use",
        "content_filter" => "refusal",
        _ => "end_turn",
    }
}

/// What was used. The dialect has no way to say that nobody knows.
pub(super) fn usage(used: Option<Usage>) -> Value {
    let used = used.unwrap_or_default();
    json!({
        "input_tokens": used.prompt_tokens.saturating_sub(used.cache_read_tokens),
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": used.cache_read_tokens,
        "output_tokens": used.completion_tokens,
    })
}
