//! The chat completion request: parsed strictly, forwarded with its unknown fields.

use seawall_base::ErrorCode;
use seawall_base::json::{JsonLimits, parse};
use serde_json::{Map, Value, json};

use crate::error::DialectError;
use crate::fields::{check_model, count, flag, invalid, unsupported};
use crate::leaf::{Leaf, NotEditable, Place, TextRole, edit};
use crate::names;
use crate::walk::Walker;

/// A request of which every part is known to be readable.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatRequest {
    body: Value,
    stream: bool,
    include_usage: bool,
    choices: u64,
    max_tokens: Option<u64>,
}

/// How many answers a client may ask for at a time.
const CHOICES_MAX: u64 = 128;

impl ChatRequest {
    /// Parses a body and refuses what cannot be read in full: unknown roles, images, audio, files.
    ///
    /// # Errors
    /// Names the code and the field.
    pub fn parse(bytes: &[u8], limits: &JsonLimits) -> Result<Self, DialectError> {
        let body = parse(bytes, limits)?;
        let Value::Object(fields) = &body else {
            return Err(DialectError::whole(
                ErrorCode::InvalidRequest,
                "The body must be a JSON object.",
            ));
        };
        check_model(fields)?;
        check_messages(fields)?;
        check_tools(fields)?;
        check_media(fields)?;
        let stream = flag(fields, "stream", "stream")?;
        let options = match fields.get("stream_options") {
            None | Some(Value::Null) => None,
            Some(Value::Object(options)) => Some(options),
            Some(_) => return Err(invalid("stream_options", "must be an object")),
        };
        let include_usage = match options {
            Some(options) => flag(options, "include_usage", "stream_options.include_usage")?,
            None => false,
        };
        let choices = count(fields, "n")?.unwrap_or(1);
        if !(1..=CHOICES_MAX).contains(&choices) {
            return Err(invalid("n", "must be from 1 to 128"));
        }
        let limit = count(fields, "max_tokens")?;
        let max_tokens = match (limit, count(fields, "max_completion_tokens")?) {
            (Some(left), Some(right)) => Some(left.min(right)),
            (left, right) => left.or(right),
        };
        Ok(Self {
            stream,
            include_usage,
            choices,
            max_tokens,
            body,
        })
    }

    /// The model that is asked for.
    #[must_use]
    pub fn model(&self) -> &str {
        self.body
            .get("model")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Whether the answer is to be streamed.
    #[must_use]
    pub const fn stream(&self) -> bool {
        self.stream
    }

    /// Whether the client wants the usage chunk at the end of a stream.
    #[must_use]
    pub const fn include_usage(&self) -> bool {
        self.include_usage
    }

    /// How many answers are asked for.
    #[must_use]
    pub const fn choices(&self) -> u64 {
        self.choices
    }

    /// The most tokens one answer may have, where the client sets it.
    #[must_use]
    pub const fn max_tokens(&self) -> Option<u64> {
        self.max_tokens
    }

    /// Whether token probabilities are asked for; they repeat the answer in pieces.
    #[must_use]
    pub fn logprobs(&self) -> bool {
        self.body.get("logprobs").and_then(Value::as_bool) == Some(true)
    }

    /// The whole body.
    #[must_use]
    pub const fn body(&self) -> &Value {
        &self.body
    }

    /// Makes the upstream report usage at the end of a stream, whatever the client asked for.
    pub fn force_usage(&mut self) {
        let (true, Value::Object(fields)) = (self.stream, &mut self.body) else {
            return;
        };
        if let Some(Value::Object(options)) = fields.get_mut("stream_options") {
            options.insert("include_usage".to_owned(), true.into());
        } else {
            fields.insert("stream_options".into(), json!({ "include_usage": true }));
        }
    }

    /// Makes sure that one answer is bounded by `limit` tokens, and returns the bound that holds.
    pub fn clamp_max_tokens(&mut self, limit: u64) -> u64 {
        let bound = self.max_tokens.map_or(limit, |wanted| wanted.min(limit));
        let Value::Object(fields) = &mut self.body else {
            return bound;
        };
        let names = ["max_completion_tokens", "max_tokens"]
            .map(|name| (name, fields.get(name).is_some_and(Value::is_u64)));
        let any = names.iter().any(|(_, present)| *present);
        for (name, present) in names {
            if present || (!any && name == "max_tokens") {
                fields.insert(name.to_owned(), bound.into());
            }
        }
        self.max_tokens = Some(bound);
        bound
    }

    /// Yields every text of the request with its role.
    pub fn visit<'a>(&'a self, sink: &mut dyn FnMut(Leaf<'_, 'a>)) {
        let Value::Object(fields) = &self.body else {
            return;
        };
        Walker::new(sink, &names::CHAT).members(fields, |walker, name, value| {
            match (name, value) {
                ("messages", Value::Array(messages)) => walker.items(messages, visit_message),
                (
                    "tools" | "functions" | "response_format" | "tool_choice" | "function_call",
                    _,
                ) => {
                    walker.walk(name, value, TextRole::ToolDefinition);
                }
                ("prediction", _) => walker.walk(name, value, TextRole::Assistant),
                _ => walker.named(name, value, TextRole::Parameter),
            }
        });
    }

    /// Replaces one text that [`Self::visit`] yielded.
    ///
    /// # Errors
    /// When it cannot be replaced, so that the request must be blocked.
    pub fn edit(&mut self, path: &str, place: Place, text: String) -> Result<(), NotEditable> {
        edit(&mut self.body, path, place, text)
    }

    /// The body to forward.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(&self.body).unwrap_or_default()
    }
}

fn visit_message<'a>(walker: &mut Walker<'_, 'a>, message: &'a Value) {
    let Value::Object(fields) = message else {
        return;
    };
    let role = match fields.get("role").and_then(Value::as_str) {
        Some("system" | "developer") => TextRole::System,
        Some("assistant") => TextRole::Assistant,
        Some("tool" | "function") => TextRole::Tool,
        _ => TextRole::User,
    };
    walker.members(fields, |walker, name, value| {
        let role = match name {
            "tool_calls" | "function_call" => TextRole::ToolCall,
            _ => role,
        };
        walker.named(name, value, role);
    });
}

fn check_messages(fields: &Map<String, Value>) -> Result<(), DialectError> {
    let Some(Value::Array(messages)) = fields.get("messages") else {
        return Err(invalid("messages", "must be an array"));
    };
    if messages.is_empty() {
        return Err(invalid("messages", "must not be empty"));
    }
    for (position, message) in messages.iter().enumerate() {
        check_message(message, &format!("messages[{position}]"))?;
    }
    Ok(())
}

fn check_message(message: &Value, at: &str) -> Result<(), DialectError> {
    let Value::Object(message) = message else {
        return Err(invalid(at, "must be an object"));
    };
    let Some(Value::String(role)) = message.get("role") else {
        return Err(invalid(format!("{at}.role"), "must be a string"));
    };
    let assistant = match role.as_str() {
        "assistant" => true,
        "system" | "developer" | "user" | "tool" | "function" => false,
        _ => {
            return Err(DialectError::at(
                ErrorCode::UnknownRole,
                format!("{at}.role"),
                "The role must be one of system, developer, user, assistant, tool, function.",
            ));
        }
    };
    check_content(message, assistant, at)?;
    check_calls(message, at)
}

/// Content is text, parts of text, or (from the model) nothing.
fn check_content(
    message: &Map<String, Value>,
    assistant: bool,
    at: &str,
) -> Result<(), DialectError> {
    match message.get("content") {
        Some(Value::String(_)) => {}
        Some(Value::Array(parts)) => check_parts(parts, &format!("{at}.content"))?,
        None | Some(Value::Null) if assistant => {}
        _ => {
            return Err(invalid(
                format!("{at}.content"),
                "must be a string or an array of content parts",
            ));
        }
    }
    for name in ["audio", "images", "file", "files"] {
        if message.get(name).is_some_and(|value| !value.is_null()) {
            return Err(unsupported(format!("{at}.{name}")));
        }
    }
    Ok(())
}

/// Every part is an object of a type whose text can be read.
pub(crate) fn check_parts(parts: &[Value], at: &str) -> Result<(), DialectError> {
    for (position, part) in parts.iter().enumerate() {
        check_part(part, &format!("{at}[{position}]"))?;
    }
    Ok(())
}

fn check_part(part: &Value, at: &str) -> Result<(), DialectError> {
    let Value::Object(part) = part else {
        return Err(invalid(at, "must be an object"));
    };
    let Some(Value::String(kind)) = part.get("type") else {
        return Err(invalid(format!("{at}.type"), "must be a string"));
    };
    let text = match kind.as_str() {
        "text" => "text",
        "refusal" => "refusal",
        _ => return Err(unsupported(format!("{at}.type"))),
    };
    if !part.get(text).is_some_and(Value::is_string) {
        return Err(invalid(format!("{at}.{text}"), "must be a string"));
    }
    let media = [
        "audio",
        "file",
        "image",
        "image_url",
        "input_audio",
        "video_url",
    ];
    match media.into_iter().find(|name| part.contains_key(*name)) {
        Some(name) => Err(unsupported(format!("{at}.{name}"))),
        None => Ok(()),
    }
}

/// Tool calls are functions with a name and arguments in a string.
fn check_calls(message: &Map<String, Value>, at: &str) -> Result<(), DialectError> {
    let calls = match message.get("tool_calls") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::Array(calls)) => calls,
        Some(_) => return Err(invalid(format!("{at}.tool_calls"), "must be an array")),
    };
    for (position, call) in calls.iter().enumerate() {
        let at = format!("{at}.tool_calls[{position}].function");
        let function = call.get("function");
        for name in ["name", "arguments"] {
            let value = function.and_then(|function| function.get(name));
            if !value.is_some_and(Value::is_string) {
                return Err(invalid(format!("{at}.{name}"), "must be a string"));
            }
        }
    }
    Ok(())
}

fn check_tools(fields: &Map<String, Value>) -> Result<(), DialectError> {
    for name in ["tools", "functions"] {
        match fields.get(name) {
            None | Some(Value::Null) => {}
            Some(Value::Array(tools)) if tools.iter().all(Value::is_object) => {}
            Some(_) => return Err(invalid(name, "must be an array of objects")),
        }
    }
    Ok(())
}

/// Sound in the answer could not be inspected either.
fn check_media(fields: &Map<String, Value>) -> Result<(), DialectError> {
    if fields.get("audio").is_some_and(|value| !value.is_null()) {
        return Err(unsupported("audio"));
    }
    let modalities = fields.get("modalities").filter(|value| !value.is_null());
    let only_text = |value: &Value| {
        value
            .as_array()
            .is_some_and(|items| items.iter().all(|item| item.as_str() == Some("text")))
    };
    match modalities {
        Some(value) if !only_text(value) => Err(unsupported("modalities")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: &Value) -> Result<ChatRequest, DialectError> {
        ChatRequest::parse(body.to_string().as_bytes(), &JsonLimits::default())
    }

    fn refusal(body: &Value) -> (ErrorCode, Option<String>) {
        let error = request(body).unwrap_err();
        (error.code, error.param)
    }

    fn user(content: &Value) -> Value {
        json!({"model": "m", "messages": [{"role": "user", "content": content}]})
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_field() {
        let image = user(&json!([{"type": "image_url", "image_url": {"url": "x"}}]));
        let smuggled = user(&json!([{"type": "text", "text": "a", "image_url": {"url": "x"}}]));
        let at = |code, param: &str| (code, Some(param.to_owned()));
        for (body, expected) in [
            (
                image,
                at(ErrorCode::UnsupportedContent, "messages[0].content[0].type"),
            ),
            (
                smuggled,
                at(
                    ErrorCode::UnsupportedContent,
                    "messages[0].content[0].image_url",
                ),
            ),
            (
                json!({"model": "m", "messages": [{"role": "root", "content": "x"}]}),
                at(ErrorCode::UnknownRole, "messages[0].role"),
            ),
            (
                json!({"model": "m", "messages": []}),
                at(ErrorCode::InvalidRequest, "messages"),
            ),
            (
                json!({"messages": [{"role": "user", "content": "x"}]}),
                at(ErrorCode::InvalidRequest, "model"),
            ),
            (
                user(&json!(7)),
                at(ErrorCode::InvalidRequest, "messages[0].content"),
            ),
            (json!([]), (ErrorCode::InvalidRequest, None)),
        ] {
            assert_eq!(refusal(&body), expected, "{body}");
        }
        let mut audio = user(&json!("x"));
        audio["modalities"] = json!(["text", "audio"]);
        assert_eq!(refusal(&audio).0, ErrorCode::UnsupportedContent);
    }

    #[test]
    fn broken_json_is_refused_in_the_dialect_without_repeating_it() {
        let parse = |text: &str| ChatRequest::parse(text.as_bytes(), &JsonLimits::default());
        let error = parse(r#"{"model":"CANARY","model":"m"}"#).unwrap_err();
        assert_eq!(error.code, ErrorCode::DuplicateKey);
        assert!(!error.message.contains("CANARY"));
        assert_eq!(parse("{").unwrap_err().code, ErrorCode::InvalidJson);
        let deep = "[".repeat(70) + &"]".repeat(70);
        assert_eq!(parse(&deep).unwrap_err().code, ErrorCode::BodyTooDeep);
    }

    #[test]
    fn usage_and_bounds_are_set_for_the_upstream() {
        let mut body = user(&json!("x"));
        body["stream"] = json!(true);
        body["stream_options"] = json!({"include_usage": false, "kept": 1});
        let mut request = request(&body).unwrap();
        assert!(!request.include_usage());
        request.force_usage();
        assert_eq!(request.clamp_max_tokens(50), 50);
        assert_eq!(
            request.body()["stream_options"],
            json!({"include_usage": true, "kept": 1})
        );
        assert_eq!(request.body()["max_tokens"], 50);
        assert_eq!(request.clamp_max_tokens(70), 50);
    }

    #[test]
    fn both_spellings_of_the_token_limit_are_clamped() {
        let mut body = user(&json!("x"));
        body["max_tokens"] = json!(9);
        body["max_completion_tokens"] = json!(900);
        let mut request = request(&body).unwrap();
        assert_eq!(request.clamp_max_tokens(100), 9);
        assert_eq!(request.body()["max_completion_tokens"], 9);
    }
}
