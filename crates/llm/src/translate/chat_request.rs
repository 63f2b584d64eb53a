//! A request for messages as one for a chat completion.

use serde_json::{Map, Value, json};

use super::members::{Members, homeless};
use crate::error::DialectError;
use crate::messages::MessagesRequest;

/// The body of a chat completion request that asks for the same.
///
/// # Errors
/// Names what has no place in the other dialect.
pub fn chat_request(request: &MessagesRequest) -> Result<Value, DialectError> {
    let from = Members::of(request.body(), "")?;
    let mut to = Map::new();
    for name in ["model", "max_tokens", "temperature", "top_p", "stream"] {
        if let Some(value) = from.take(name) {
            to.insert(name.to_owned(), value.clone());
        }
    }
    if let Some(stops) = from.take("stop_sequences") {
        to.insert("stop".to_owned(), stops.clone());
    }
    let mut messages = Vec::new();
    if let Some(system) = from.take("system") {
        let text = joined(system, "system", "\n\n")?;
        messages.push(json!({ "role": "system", "content": text }));
    }
    for (position, message) in from.list("messages").iter().enumerate() {
        turn(message, &format!("messages[{position}]"), &mut messages)?;
    }
    to.insert("messages".to_owned(), messages.into());
    let tools = from.list("tools").iter().enumerate();
    let tools: Result<Vec<Value>, _> = tools
        .map(|(position, tool)| function(tool, &format!("tools[{position}]")))
        .collect();
    let tools = tools?;
    if !tools.is_empty() {
        to.insert("tools".to_owned(), tools.into());
    }
    choice(&from, &mut to)?;
    if let Some(metadata) = from.take("metadata") {
        let metadata = Members::of(metadata, "metadata")?;
        if let Some(user) = metadata.take("user_id") {
            to.insert("user".to_owned(), user.clone());
        }
        metadata.finish()?;
    }
    from.only("thinking", &[json!({ "type": "disabled" })])?;
    from.only("service_tier", &["auto".into(), "standard_only".into()])?;
    from.only("mcp_servers", &[json!([])])?;
    from.finish()?;
    if request.stream() {
        to.insert("stream_options".into(), json!({ "include_usage": true }));
    }
    Ok(Value::Object(to))
}

/// Appends the messages that one turn becomes.
fn turn(message: &Value, at: &str, to: &mut Vec<Value>) -> Result<(), DialectError> {
    let from = Members::of(message, at)?;
    let role = from.text("role").unwrap_or_default();
    let content = from
        .take("content")
        .ok_or_else(|| from.homeless("content"))?;
    let at = from.path("content");
    from.finish()?;
    if let Value::String(text) = content {
        to.push(json!({ "role": role, "content": text }));
        return Ok(());
    }
    let blocks = content.as_array().ok_or_else(|| homeless(&at))?;
    match role {
        "assistant" => assistant(blocks, &at, to),
        _ => user(blocks, &at, to),
    }
}

/// Results of tools become messages of their own; they must come first, as the dialect wants it too.
fn user(blocks: &[Value], at: &str, to: &mut Vec<Value>) -> Result<(), DialectError> {
    let mut parts = Vec::new();
    for (position, block) in blocks.iter().enumerate() {
        let from = Members::of(block, format!("{at}[{position}]"))?;
        from.take("cache_control");
        match from.text("type") {
            Some("text") => {
                parts.push(json!({ "type": "text", "text": from.text("text") }));
            }
            Some("tool_result") if parts.is_empty() => {
                let content = from.take("content").cloned().unwrap_or_default();
                let mut text = joined(&content, &from.path("content"), "\n")?;
                if from.take("is_error").and_then(Value::as_bool) == Some(true) {
                    // The other dialect has no flag for it, so the text says it.
                    text.insert_str(0, "Error: ");
                }
                let id = from.text("tool_use_id");
                to.push(json!({ "role": "tool", "tool_call_id": id, "content": text }));
            }
            // A document would pass for what the user says.
            _ => return Err(from.homeless("type")),
        }
        from.finish()?;
    }
    if !parts.is_empty() {
        to.push(json!({ "role": "user", "content": parts }));
    }
    Ok(())
}

fn assistant(blocks: &[Value], at: &str, to: &mut Vec<Value>) -> Result<(), DialectError> {
    let (mut text, mut reasoning, mut calls) = (String::new(), String::new(), Vec::new());
    for (position, block) in blocks.iter().enumerate() {
        let from = Members::of(block, format!("{at}[{position}]"))?;
        from.take("cache_control");
        match from.text("type") {
            Some("text") => {
                text.push_str(from.text("text").unwrap_or_default());
                from.only("citations", &[json!([])])?;
            }
            Some("thinking") => {
                reasoning.push_str(from.text("thinking").unwrap_or_default());
                // Another provider's signature proves nothing to this one.
                from.only("signature", &["".into()])?;
            }
            Some("tool_use") => {
                let input = from.take("input").cloned().unwrap_or_else(|| json!({}));
                let function = json!({ "name": from.text("name"), "arguments": input.to_string() });
                calls.push(
                    json!({ "id": from.text("id"), "type": "function", "function": function }),
                );
            }
            _ => return Err(from.homeless("type")),
        }
        from.finish()?;
    }
    let mut message = json!({ "role": "assistant", "content": text });
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
    to.push(message);
    Ok(())
}

fn function(tool: &Value, at: &str) -> Result<Value, DialectError> {
    let from = Members::of(tool, at)?;
    from.take("cache_control");
    from.only("type", &["custom".into()])?;
    let mut function = Map::new();
    for (name, other) in [
        ("name", "name"),
        ("description", "description"),
        ("input_schema", "parameters"),
        ("strict", "strict"),
    ] {
        if let Some(value) = from.take(name) {
            function.insert(other.to_owned(), value.clone());
        }
    }
    from.finish()?;
    Ok(json!({ "type": "function", "function": function }))
}

fn choice(from: &Members<'_>, to: &mut Map<String, Value>) -> Result<(), DialectError> {
    let Some(choice) = from.take("tool_choice") else {
        return Ok(());
    };
    let choice = Members::of(choice, "tool_choice")?;
    let chosen = match choice.text("type") {
        Some("auto") => json!("auto"),
        Some("any") => json!("required"),
        Some("none") => json!("none"),
        Some("tool") => {
            json!({ "type": "function", "function": { "name": choice.text("name") } })
        }
        _ => return Err(choice.homeless("type")),
    };
    to.insert("tool_choice".to_owned(), chosen);
    if let Some(single) = choice.take("disable_parallel_tool_use") {
        let parallel = single.as_bool() != Some(true);
        to.insert("parallel_tool_calls".to_owned(), parallel.into());
    }
    choice.finish()
}

/// A text, or the texts of blocks.
fn joined(content: &Value, at: &str, between: &str) -> Result<String, DialectError> {
    let blocks = match content {
        Value::Null => return Ok(String::new()),
        Value::String(text) => return Ok(text.clone()),
        Value::Array(blocks) => blocks,
        _ => return Err(homeless(at)),
    };
    let mut texts = Vec::new();
    for (position, block) in blocks.iter().enumerate() {
        let from = Members::of(block, format!("{at}[{position}]"))?;
        from.take("cache_control");
        if from.text("type") != Some("text") {
            return Err(from.homeless("type"));
        }
        texts.push(from.text("text").unwrap_or_default());
        from.finish()?;
    }
    Ok(texts.join(between))
}
