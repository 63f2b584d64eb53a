//! Ollama's interface over OpenAI's: chat, generate and embed, and streams of lines of JSON.

use seawall_base::Timestamp;
use seawall_base::json::{JsonLimits, parse};
use serde_json::{Map, Value, json};

use super::members::Members;
use super::messages_request::input;
use super::uncarried;
use crate::error::DialectError;
use crate::fields;
use crate::usage::Usage;

/// Which of the two ways to generate a client took.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Way {
    /// `/api/chat`.
    Chat,
    /// `/api/generate`.
    Generate,
}

/// The body of a chat completion request that asks for the same.
///
/// # Errors
/// Names what has no place in the other dialect.
pub fn chat_request(way: Way, bytes: &[u8], limits: &JsonLimits) -> Result<Value, DialectError> {
    let body = Value::Object(fields::object(bytes, limits)?);
    let from = Members::of(&body, "")?;
    let mut to = Map::new();
    to.insert("model".to_owned(), from.text("model").into());
    let messages = match way {
        Way::Chat => conversation(&from)?,
        Way::Generate => prompt(&from)?,
    };
    to.insert("messages".to_owned(), messages.into());
    // Streams are what one gets without asking.
    let stream = from.take("stream").and_then(Value::as_bool) != Some(false);
    to.insert("stream".to_owned(), stream.into());
    if stream {
        to.insert("stream_options".into(), json!({ "include_usage": true }));
    }
    if let Some(tools) = from.take("tools") {
        to.insert("tools".to_owned(), tools.clone());
    }
    match from.take("format") {
        None => {}
        Some(Value::String(word)) if word.is_empty() => {}
        Some(Value::String(word)) if word == "json" => {
            to.insert("response_format".into(), json!({ "type": "json_object" }));
        }
        Some(schema @ Value::Object(_)) => {
            let named = json!({ "name": "answer", "schema": schema });
            let format = json!({ "type": "json_schema", "json_schema": named });
            to.insert("response_format".to_owned(), format);
        }
        Some(_) => return Err(from.homeless("format")),
    }
    if let Some(given) = from.take("options") {
        options(&Members::of(given, "options")?, &mut to)?;
    }
    from.take("keep_alive");
    from.only("think", &[false.into()])?;
    from.finish()?;
    Ok(Value::Object(to))
}

fn options(from: &Members<'_>, to: &mut Map<String, Value>) -> Result<(), DialectError> {
    for name in [
        "temperature",
        "top_p",
        "seed",
        "stop",
        "presence_penalty",
        "frequency_penalty",
    ] {
        if let Some(value) = from.take(name) {
            to.insert(name.to_owned(), value.clone());
        }
    }
    match from.take("num_predict") {
        None => {}
        // Below zero it means as many as there are; the route has its own bound.
        Some(count) if count.as_i64().is_some_and(|count| count < 0) => {}
        Some(count) => {
            to.insert("max_tokens".to_owned(), count.clone());
        }
    }
    from.all_taken()
}

fn prompt(from: &Members<'_>) -> Result<Vec<Value>, DialectError> {
    let mut messages = Vec::new();
    if let Some(system) = from.text("system").filter(|text| !text.is_empty()) {
        messages.push(json!({ "role": "system", "content": system }));
    }
    let text = from.text("prompt").ok_or_else(|| from.homeless("prompt"))?;
    messages.push(json!({ "role": "user", "content": text }));
    from.only("raw", &[false.into()])?;
    from.only("images", &[json!([])])?;
    for name in ["suffix", "template"] {
        from.only(name, &["".into()])?;
    }
    from.only("context", &[json!([])])?;
    Ok(messages)
}

fn conversation(from: &Members<'_>) -> Result<Vec<Value>, DialectError> {
    let (mut messages, mut open) = (Vec::new(), Vec::<(String, String)>::new());
    for (position, message) in from.list("messages").iter().enumerate() {
        let at = format!("messages[{position}]");
        let message = Members::of(message, at)?;
        message.only("images", &[json!([])])?;
        let role = message.text("role").unwrap_or_default();
        let mut made =
            json!({ "role": role, "content": message.text("content").unwrap_or_default() });
        let mut calls = Vec::new();
        for call in message.list("tool_calls") {
            let id = format!("call_{position}_{}", calls.len());
            let name = call.pointer("/function/name").and_then(Value::as_str);
            let arguments = call.pointer("/function/arguments");
            let arguments = arguments.map(Value::to_string).unwrap_or_default();
            let known = call.as_object().is_some_and(|call| {
                call.keys()
                    .all(|name| matches!(name.as_str(), "function" | "id" | "type"))
            });
            let inner = call.get("function").and_then(Value::as_object);
            let inner = inner.is_some_and(|inner| {
                inner
                    .keys()
                    .all(|name| matches!(name.as_str(), "name" | "arguments" | "index"))
            });
            let (Some(name), true, true) = (name, known, inner) else {
                return Err(message.homeless("tool_calls"));
            };
            open.push((name.to_owned(), id.clone()));
            let function = json!({ "name": name, "arguments": arguments });
            calls.push(json!({ "id": id, "type": "function", "function": function }));
        }
        if let Value::Object(fields) = &mut made {
            if !calls.is_empty() {
                fields.insert("tool_calls".to_owned(), calls.into());
            }
            if role == "tool" {
                let id = answered(&message, &mut open);
                fields.insert("tool_call_id".to_owned(), id.into());
            }
            if let Some(thinking) = message.text("thinking").filter(|text| !text.is_empty()) {
                fields.insert("reasoning_content".to_owned(), thinking.into());
            }
        }
        message.all_taken()?;
        messages.push(made);
    }
    Ok(messages)
}

/// The call that a result answers: the oldest that is open, of the tool that the result names.
fn answered(message: &Members<'_>, open: &mut Vec<(String, String)>) -> String {
    let id = message.text("tool_call_id").map(str::to_owned);
    let named = message.text("tool_name").or_else(|| message.text("name"));
    let place = open
        .iter()
        .position(|(name, _)| named.is_none_or(|named| named == name));
    let found = place.map(|place| open.remove(place).1);
    found.or(id).unwrap_or_else(|| "call".to_owned())
}

/// The body of an embeddings request that asks for the same.
///
/// # Errors
/// Names what has no place in the other dialect.
pub fn embeddings_request(bytes: &[u8], limits: &JsonLimits) -> Result<Value, DialectError> {
    let body = Value::Object(fields::object(bytes, limits)?);
    let from = Members::of(&body, "")?;
    let mut to = Map::new();
    for name in ["model", "input", "dimensions"] {
        if let Some(value) = from.take(name) {
            to.insert(name.to_owned(), value.clone());
        }
    }
    from.take("keep_alive");
    from.only("truncate", &[true.into()])?;
    from.only("options", &[json!({})])?;
    from.finish()?;
    Ok(Value::Object(to))
}

/// The answer to an embeddings request in Ollama's form.
///
/// # Errors
/// When the vectors are written otherwise than as numbers.
pub fn embeddings_answer(answer: &Value) -> Result<Value, DialectError> {
    let data = answer.get("data").and_then(Value::as_array);
    let vectors: Option<Vec<&Value>> = data
        .ok_or_else(uncarried)?
        .iter()
        .map(|item| item.get("embedding").filter(|vector| vector.is_array()))
        .collect();
    Ok(json!({
        "model": answer.get("model"),
        "embeddings": vectors.ok_or_else(uncarried)?,
        "prompt_eval_count": answer.pointer("/usage/prompt_tokens"),
    }))
}

/// A completion in Ollama's form.
///
/// # Errors
/// When it has parts that the other dialect has no place for.
pub fn answer(way: Way, completion: &Value) -> Result<Value, DialectError> {
    let choices = completion.get("choices").and_then(Value::as_array);
    let [choice] = choices.map(Vec::as_slice).unwrap_or_default() else {
        return Err(uncarried());
    };
    let message = choice.get("message").ok_or_else(uncarried)?;
    let mut said = Said::default();
    said.read(message)?;
    let calls = message.get("tool_calls").and_then(Value::as_array);
    for call in calls.into_iter().flatten() {
        said.calls.push(Call::of(call).told()?);
    }
    let reason = choice.get("finish_reason").and_then(Value::as_str);
    let used = completion.get("usage").and_then(Usage::parse);
    let mut line = said.line(way, completion);
    finish(&mut line, reason, used);
    Ok(line)
}

/// Translates one stream of chunks into lines.
#[derive(Debug)]
pub struct Lines {
    way: Way,
    limits: JsonLimits,
    calls: Vec<(u64, Call)>,
    reason: Option<String>,
    used: Option<Usage>,
    last: Value,
}

impl Lines {
    /// A stream of its beginning.
    #[must_use]
    pub const fn new(way: Way, limits: JsonLimits) -> Self {
        Self {
            way,
            limits,
            calls: Vec::new(),
            reason: None,
            used: None,
            last: Value::Null,
        }
    }

    /// Takes the data of one event and appends the lines that say the same to `out`.
    ///
    /// # Errors
    /// When it says what the other dialect has no place for.
    pub fn event(&mut self, data: &str, out: &mut Vec<u8>) -> Result<(), DialectError> {
        if data == "[DONE]" {
            return self.end(out);
        }
        let chunk = parse(data.as_bytes(), &self.limits).map_err(|_| uncarried())?;
        self.used = chunk.get("usage").and_then(Usage::parse).or(self.used);
        let choices = chunk.get("choices").and_then(Value::as_array);
        for choice in choices.into_iter().flatten() {
            let mut said = Said::default();
            if let Some(delta) = choice.get("delta") {
                said.read(delta)?;
                let calls = delta.get("tool_calls").and_then(Value::as_array);
                calls.into_iter().flatten().for_each(|call| self.keep(call));
            }
            if let Some(reason) = choice.get("finish_reason").and_then(Value::as_str) {
                self.reason = Some(reason.to_owned());
            }
            if !said.is_empty() {
                line(&said.line(self.way, &chunk), out);
            }
        }
        self.last = chunk;
        Ok(())
    }

    fn keep(&mut self, call: &Value) {
        let index = call.get("index").and_then(Value::as_u64).unwrap_or(0);
        let piece = Call::of(call);
        match self.calls.iter_mut().find(|(known, _)| *known == index) {
            Some((_, known)) => known.arguments.push_str(&piece.arguments),
            None => self.calls.push((index, piece)),
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) -> Result<(), DialectError> {
        let mut said = Said::default();
        for (_, call) in self.calls.drain(..) {
            said.calls.push(call.told()?);
        }
        if !said.is_empty() {
            line(&said.line(self.way, &self.last), out);
        }
        let mut last = Said::default().line(self.way, &self.last);
        finish(&mut last, self.reason.as_deref(), self.used);
        line(&last, out);
        Ok(())
    }
}

/// What one line says.
#[derive(Debug, Default)]
struct Said {
    content: String,
    thinking: String,
    calls: Vec<Value>,
}

impl Said {
    fn read(&mut self, message: &Value) -> Result<(), DialectError> {
        let fields = message.as_object();
        for (name, value) in fields.into_iter().flatten() {
            match (name.as_str(), value) {
                ("role" | "tool_calls", _) | (_, Value::Null) => {}
                ("annotations", Value::Array(items)) if items.is_empty() => {}
                ("content" | "refusal", Value::String(text)) => self.content.push_str(text),
                ("reasoning" | "reasoning_content", Value::String(text)) => {
                    self.thinking.push_str(text);
                }
                _ => return Err(uncarried()),
            }
        }
        Ok(())
    }

    const fn is_empty(&self) -> bool {
        self.content.is_empty() && self.thinking.is_empty() && self.calls.is_empty()
    }

    fn line(self, way: Way, about: &Value) -> Value {
        let created = about.get("created").and_then(Value::as_i64).unwrap_or(0);
        let created = Timestamp::from_second(created).unwrap_or_default();
        let mut line = json!({ "model": about.get("model"), "created_at": created.to_string() });
        let Value::Object(fields) = &mut line else {
            return line;
        };
        let mut message = Map::new();
        let content = match way {
            Way::Chat => "content",
            Way::Generate => "response",
        };
        message.insert(content.to_owned(), self.content.into());
        if !self.thinking.is_empty() {
            message.insert("thinking".to_owned(), self.thinking.into());
        }
        if way == Way::Generate {
            fields.extend(message);
        } else {
            if !self.calls.is_empty() {
                message.insert("tool_calls".to_owned(), self.calls.into());
            }
            message.insert("role".to_owned(), "assistant".into());
            fields.insert("message".to_owned(), message.into());
        }
        fields.insert("done".to_owned(), false.into());
        line
    }
}

#[derive(Debug)]
struct Call {
    name: String,
    arguments: String,
}

impl Call {
    fn of(call: &Value) -> Self {
        let text = |path: &str| {
            let text = call.pointer(path).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        Self {
            name: text("/function/name"),
            arguments: text("/function/arguments"),
        }
    }

    fn told(&self) -> Result<Value, DialectError> {
        let arguments = input(&self.arguments).ok_or_else(uncarried)?;
        Ok(json!({ "function": { "name": self.name, "arguments": arguments } }))
    }
}

/// Makes a line the last one.
fn finish(line: &mut Value, reason: Option<&str>, used: Option<Usage>) {
    let Value::Object(fields) = line else {
        return;
    };
    fields.insert("done".to_owned(), true.into());
    let reason = match reason {
        Some("length") => "length",
        _ => "stop",
    };
    fields.insert("done_reason".to_owned(), reason.into());
    if let Some(used) = used {
        fields.insert("prompt_eval_count".to_owned(), used.prompt_tokens.into());
        fields.insert("eval_count".to_owned(), used.completion_tokens.into());
    }
}

fn line(value: &Value, out: &mut Vec<u8>) {
    out.extend_from_slice(value.to_string().as_bytes());
    out.push(b'\n');
}
