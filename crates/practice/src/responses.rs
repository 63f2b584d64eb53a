//! The responses dialect over the same engine: items become messages, and a completion becomes items.

use serde_json::{Map, Value, json};

/// Longest piece of text in one event, in characters.
const PIECE_CHARS: usize = 24;

/// The chat request that asks for the same.
pub(crate) fn chat_request(request: &Value) -> Value {
    let mut messages = Vec::new();
    if let Some(instructions) = request.get("instructions").and_then(Value::as_str) {
        messages.push(json!({ "role": "system", "content": instructions }));
    }
    match request.get("input") {
        Some(Value::String(text)) => messages.push(json!({ "role": "user", "content": text })),
        Some(Value::Array(items)) => messages.extend(items.iter().map(message)),
        _ => {}
    }
    let mut made = json!({ "model": request.get("model"), "messages": messages });
    if let Value::Object(fields) = &mut made {
        if let Some(limit) = request.get("max_output_tokens") {
            fields.insert("max_tokens".to_owned(), limit.clone());
        }
        for name in ["stream", "tool_choice"] {
            if let Some(value) = request.get(name) {
                fields.insert(name.to_owned(), value.clone());
            }
        }
        let tools = request.get("tools").and_then(Value::as_array);
        let tools = tools.into_iter().flatten();
        let tools: Vec<Value> = tools
            .map(|tool| json!({ "type": "function", "function": tool }))
            .collect();
        fields.insert("tools".to_owned(), tools.into());
    }
    made
}

fn message(item: &Value) -> Value {
    let member = |name: &str| item.get(name).cloned().unwrap_or_default();
    match item.get("type").and_then(Value::as_str) {
        Some("function_call") => json!({ "role": "assistant", "tool_calls": [{
            "id": member("call_id"), "type": "function",
            "function": { "name": member("name"), "arguments": member("arguments") },
        }]}),
        Some("function_call_output") => {
            json!({ "role": "tool", "tool_call_id": member("call_id"), "content": member("output") })
        }
        _ => json!({ "role": member("role"), "content": member("content") }),
    }
}

/// The response that a completion is, to `request`.
pub(crate) fn response(request: &Value, completion: &Value, status: &str) -> Value {
    let id = completion.get("id").and_then(Value::as_str);
    let id = id.unwrap_or_default();
    let tokens = |name: &str| completion.pointer(&format!("/usage/{name}"));
    let output = match status {
        "in_progress" => Vec::new(),
        _ => items(completion),
    };
    json!({
        "id": format!("resp_{id}"), "object": "response", "created_at": 0, "status": status,
        "model": completion.get("model"), "instructions": request.get("instructions"),
        "output": output, "error": null, "incomplete_details": null, "metadata": {},
        "parallel_tool_calls": true, "temperature": 1.0, "top_p": 1.0, "tool_choice": "auto",
        "tools": request.get("tools").cloned().unwrap_or_else(|| json!([])),
        "usage": {
            "input_tokens": tokens("prompt_tokens"),
            "input_tokens_details": { "cached_tokens": 0 },
            "output_tokens": tokens("completion_tokens"),
            "output_tokens_details": { "reasoning_tokens": 0 },
            "total_tokens": tokens("total_tokens"),
        },
    })
}

fn items(completion: &Value) -> Vec<Value> {
    let mut items = Vec::new();
    let message = completion.pointer("/choices/0/message");
    let text = message.and_then(|message| message.get("content")?.as_str());
    if let Some(text) = text {
        let part = json!({ "type": "output_text", "text": text, "annotations": [] });
        items.push(json!({
            "type": "message", "id": "msg_practice", "role": "assistant", "status": "completed",
            "content": [part],
        }));
    }
    let calls = message.and_then(|message| message.get("tool_calls")?.as_array());
    for call in calls.into_iter().flatten() {
        items.push(json!({
            "type": "function_call", "id": format!("fc_{}", items.len()), "status": "completed",
            "call_id": call.get("id"), "name": call.pointer("/function/name"),
            "arguments": call.pointer("/function/arguments"),
        }));
    }
    items
}

/// The events of the response, each with its kind.
pub(crate) fn events(request: &Value, completion: &Value) -> Vec<Value> {
    let mut events = Vec::new();
    let begun = response(request, completion, "in_progress");
    events.push(json!({ "type": "response.created", "response": begun }));
    for (position, item) in items(completion).iter().enumerate() {
        item_events(position, item, &mut events);
    }
    let ended = response(request, completion, "completed");
    events.push(json!({ "type": "response.completed", "response": ended }));
    for (number, event) in events.iter_mut().enumerate() {
        if let Value::Object(fields) = event {
            fields.insert("sequence_number".to_owned(), number.into());
        }
    }
    events
}

fn item_events(position: usize, item: &Value, events: &mut Vec<Value>) {
    let mut begun = item.clone();
    let is_call = item.get("type").and_then(Value::as_str) == Some("function_call");
    if let Value::Object(fields) = &mut begun {
        fields.insert("status".to_owned(), "in_progress".into());
        match is_call {
            true => fields.insert("arguments".to_owned(), "".into()),
            false => fields.insert("content".to_owned(), json!([])),
        };
    }
    events.push(
        json!({ "type": "response.output_item.added", "output_index": position, "item": begun }),
    );
    let (kind, member, pointer) = match is_call {
        true => ("function_call_arguments", "arguments", "/arguments"),
        false => ("output_text", "text", "/content/0/text"),
    };
    let whole = item.pointer(pointer).and_then(Value::as_str);
    let whole = whole.unwrap_or_default();
    let placed = |kind: &str, more: &[(&str, Value)]| {
        let mut fields: Map<String, Value> = Map::new();
        fields.insert("type".to_owned(), kind.into());
        fields.insert(
            "item_id".to_owned(),
            item.get("id").cloned().unwrap_or_default(),
        );
        fields.insert("output_index".to_owned(), position.into());
        if !is_call {
            fields.insert("content_index".to_owned(), 0.into());
        }
        fields.extend(
            more.iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone())),
        );
        Value::Object(fields)
    };
    let part = |text: &str| json!({ "type": "output_text", "text": text, "annotations": [] });
    if !is_call {
        events.push(placed("response.content_part.added", &[("part", part(""))]));
    }
    let letters: Vec<char> = whole.chars().collect();
    for piece in letters.chunks(PIECE_CHARS) {
        let piece: String = piece.iter().collect();
        events.push(placed(
            &format!("response.{kind}.delta"),
            &[("delta", piece.into())],
        ));
    }
    events.push(placed(
        &format!("response.{kind}.done"),
        &[(member, whole.into())],
    ));
    if !is_call {
        events.push(placed(
            "response.content_part.done",
            &[("part", part(whole))],
        ));
    }
    events.push(
        json!({ "type": "response.output_item.done", "output_index": position, "item": item }),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_tells_its_text_in_pieces_and_whole() {
        let request = json!({"model": "practice", "input": "Say hello in one sentence."});
        let completion = crate::respond(&chat_request(&request)).unwrap();
        let events = events(&request, &completion);
        let pieces: String = events
            .iter()
            .filter_map(|event| event["delta"].as_str())
            .collect();
        let last = events.last().unwrap();
        assert_eq!(last["response"]["output"][0]["content"][0]["text"], pieces);
        assert!(!pieces.is_empty());
    }
}
