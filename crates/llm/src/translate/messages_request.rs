//! A request for a chat completion as one for messages.

use seawall_base::json::{JsonLimits, parse};
use serde_json::{Map, Value, json};

use super::members::{Members, homeless};
use crate::error::DialectError;
use crate::request::ChatRequest;

/// The body of a messages request that asks for the same. The dialect wants a bound on the answer: it
/// is `tokens_max` where the client sets none.
///
/// # Errors
/// Names what has no place in the other dialect.
pub fn messages_request(request: &ChatRequest, tokens_max: u64) -> Result<Value, DialectError> {
    let from = Members::of(request.body(), "")?;
    let mut to = Map::new();
    for name in ["model", "top_p", "stream"] {
        if let Some(value) = from.take(name) {
            to.insert(name.to_owned(), value.clone());
        }
    }
    from.take("max_tokens");
    from.take("max_completion_tokens");
    let tokens = request.max_tokens().unwrap_or(tokens_max);
    to.insert("max_tokens".to_owned(), tokens.into());
    if let Some(temperature) = from.take("temperature") {
        // The scales end at different places.
        if temperature.as_f64().is_none_or(|value| value > 1.0) {
            return Err(from.homeless("temperature"));
        }
        to.insert("temperature".to_owned(), temperature.clone());
    }
    if let Some(stop) = from.take("stop") {
        let stops = match stop {
            Value::String(_) => json!([stop]),
            other => other.clone(),
        };
        to.insert("stop_sequences".to_owned(), stops);
    }
    if let Some(user) = from.take("user") {
        to.insert("metadata".to_owned(), json!({ "user_id": user }));
    }
    conversation(&from, &mut to)?;
    tools(&from, &mut to)?;
    if let Some(options) = from.take("stream_options") {
        let options = Members::of(options, "stream_options")?;
        options.take("include_usage");
        options.finish()?;
    }
    from.only("n", &[1.into()])?;
    from.only("logprobs", &[false.into()])?;
    from.only("store", &[false.into()])?;
    from.only("response_format", &[json!({ "type": "text" })])?;
    from.only("modalities", &[json!(["text"])])?;
    from.only("service_tier", &["auto".into()])?;
    for name in ["presence_penalty", "frequency_penalty"] {
        from.only(name, &[0.into(), json!(0.0)])?;
    }
    from.finish()?;
    Ok(Value::Object(to))
}

fn conversation(from: &Members<'_>, to: &mut Map<String, Value>) -> Result<(), DialectError> {
    let (mut system, mut messages) = (Vec::new(), Vec::<Value>::new());
    for (position, message) in from.list("messages").iter().enumerate() {
        let message = Members::of(message, format!("messages[{position}]"))?;
        let role = message.text("role").unwrap_or_default();
        match role {
            "system" | "developer" if messages.is_empty() => {
                system.extend(parts(&message)?);
            }
            "user" => {
                let parts = parts(&message)?;
                said(&mut messages, "user", parts);
            }
            "assistant" => {
                let blocks = assistant(&message)?;
                said(&mut messages, "assistant", blocks);
            }
            "tool" => {
                let content = parts(&message)?;
                let id = message.text("tool_call_id");
                let result =
                    json!({ "type": "tool_result", "tool_use_id": id, "content": content });
                said(&mut messages, "user", vec![result]);
            }
            _ => return Err(message.homeless("role")),
        }
        message.finish()?;
    }
    if !system.is_empty() {
        to.insert("system".to_owned(), system.into());
    }
    to.insert("messages".to_owned(), messages.into());
    Ok(())
}

/// Adds blocks to the last turn where it is of the same role: roles take turns in the dialect.
fn said(messages: &mut Vec<Value>, role: &str, blocks: Vec<Value>) {
    if let Some(last) = messages.last_mut()
        && last.get("role").and_then(Value::as_str) == Some(role)
        && let Some(Value::Array(content)) = last.get_mut("content")
    {
        content.extend(blocks);
        return;
    }
    messages.push(json!({ "role": role, "content": blocks }));
}

/// The content of a message as blocks of text.
fn parts(message: &Members<'_>) -> Result<Vec<Value>, DialectError> {
    let at = message.path("content");
    match message.take("content") {
        None => Ok(Vec::new()),
        // The dialect has no empty texts.
        Some(Value::String(text)) if text.is_empty() => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(vec![json!({ "type": "text", "text": text })]),
        Some(Value::Array(parts)) => {
            let mut blocks = Vec::new();
            for (position, part) in parts.iter().enumerate() {
                let part = Members::of(part, format!("{at}[{position}]"))?;
                if part.text("type") != Some("text") {
                    return Err(part.homeless("type"));
                }
                let text = part.text("text").unwrap_or_default();
                part.finish()?;
                if !text.is_empty() {
                    blocks.push(json!({ "type": "text", "text": text }));
                }
            }
            Ok(blocks)
        }
        Some(_) => Err(homeless(&at)),
    }
}

fn assistant(message: &Members<'_>) -> Result<Vec<Value>, DialectError> {
    let mut blocks = parts(message)?;
    for (position, call) in message.list("tool_calls").iter().enumerate() {
        let call = Members::of(call, format!("{}[{position}]", message.path("tool_calls")))?;
        call.only("type", &["function".into()])?;
        call.take("index");
        let id = call.text("id");
        let function = call
            .take("function")
            .ok_or_else(|| call.homeless("function"))?;
        let function = Members::of(function, call.path("function"))?;
        let arguments = function.text("arguments").unwrap_or_default();
        let input = input(arguments).ok_or_else(|| function.homeless("arguments"))?;
        let name = function.text("name");
        blocks.push(json!({ "type": "tool_use", "id": id, "name": name, "input": input }));
        function.finish()?;
        call.finish()?;
    }
    message.only("annotations", &[json!([])])?;
    Ok(blocks)
}

/// Arguments as the object that they have to be. No arguments are an empty one.
pub(super) fn input(arguments: &str) -> Option<Value> {
    if arguments.trim().is_empty() {
        return Some(json!({}));
    }
    let input = parse(arguments.as_bytes(), &JsonLimits::default()).ok();
    input.filter(Value::is_object)
}

fn tools(from: &Members<'_>, to: &mut Map<String, Value>) -> Result<(), DialectError> {
    let mut tools = Vec::new();
    for (position, tool) in from.list("tools").iter().enumerate() {
        let tool = Members::of(tool, format!("tools[{position}]"))?;
        tool.only("type", &["function".into()])?;
        let function = tool
            .take("function")
            .ok_or_else(|| tool.homeless("function"))?;
        let function = Members::of(function, tool.path("function"))?;
        let mut made = Map::new();
        made.insert("name".to_owned(), function.text("name").into());
        if let Some(description) = function.take("description") {
            made.insert("description".to_owned(), description.clone());
        }
        let schema = function.take("parameters").cloned();
        let schema = schema.unwrap_or_else(|| json!({ "type": "object", "properties": {} }));
        made.insert("input_schema".to_owned(), schema);
        if let Some(strict) = function.take("strict") {
            made.insert("strict".to_owned(), strict.clone());
        }
        function.finish()?;
        tool.finish()?;
        tools.push(Value::Object(made));
    }
    if !tools.is_empty() {
        to.insert("tools".to_owned(), tools.into());
    }
    choice(from, to)
}

fn choice(from: &Members<'_>, to: &mut Map<String, Value>) -> Result<(), DialectError> {
    let chosen = match from.take("tool_choice") {
        None => None,
        Some(Value::String(word)) => Some(match word.as_str() {
            "auto" => json!({ "type": "auto" }),
            "required" => json!({ "type": "any" }),
            "none" => json!({ "type": "none" }),
            _ => return Err(from.homeless("tool_choice")),
        }),
        Some(choice) => {
            let choice = Members::of(choice, "tool_choice")?;
            choice.only("type", &["function".into()])?;
            let name = choice.take("function").and_then(|named| named.get("name"));
            let name = name.cloned().ok_or_else(|| choice.homeless("function"))?;
            choice.finish()?;
            Some(json!({ "type": "tool", "name": name }))
        }
    };
    let single = from.take("parallel_tool_calls").and_then(Value::as_bool) == Some(false);
    let mut chosen = match (chosen, single) {
        (None, true) => json!({ "type": "auto" }),
        (None, false) => return Ok(()),
        (Some(chosen), _) => chosen,
    };
    if let (true, Value::Object(fields)) = (single, &mut chosen) {
        fields.insert("disable_parallel_tool_use".to_owned(), true.into());
    }
    to.insert("tool_choice".to_owned(), chosen);
    Ok(())
}
