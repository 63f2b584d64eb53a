//! The messages request: parsed strictly, forwarded with its unknown fields.

use seawall_base::ErrorCode;
use seawall_base::json::JsonLimits;
use serde_json::{Map, Value};

use super::block::{Turn, check_content, check_texts, visit_content};
use crate::error::DialectError;
use crate::fields::{self, check_model, count, flag, invalid, is_set, unsupported};
use crate::leaf::{Leaf, NotEditable, Place, TextRole, edit};
use crate::names;
use crate::walk::Walker;

/// A request of which every part is known to be readable.
#[derive(Clone, Debug, PartialEq)]
pub struct MessagesRequest {
    body: Value,
    stream: bool,
    max_tokens: u64,
}

/// Tools that the client runs itself, by the beginning of their type; the provider runs the others.
const CLIENT_TOOLS: &[&str] = &["bash_", "computer_", "memory_", "text_editor_"];

impl MessagesRequest {
    /// Parses a body and refuses what cannot be read in full: media, and the provider's own tools.
    ///
    /// # Errors
    /// Names the code and the field.
    pub fn parse(bytes: &[u8], limits: &JsonLimits) -> Result<Self, DialectError> {
        let fields = fields::object(bytes, limits)?;
        check_model(&fields)?;
        check_messages(&fields)?;
        check_system(&fields)?;
        check_tools(&fields)?;
        check_remote(&fields)?;
        let stream = flag(&fields, "stream", "stream")?;
        let max_tokens = count(&fields, "max_tokens")?;
        let max_tokens = max_tokens
            .filter(|tokens| *tokens > 0)
            .ok_or_else(|| invalid("max_tokens", "must be a whole number of at least 1"))?;
        Ok(Self {
            body: Value::Object(fields),
            stream,
            max_tokens,
        })
    }

    /// The model that is asked for.
    #[must_use]
    pub fn model(&self) -> &str {
        let model = self.body.get("model").and_then(Value::as_str);
        model.unwrap_or_default()
    }

    /// Whether the answer is to be streamed.
    #[must_use]
    pub const fn stream(&self) -> bool {
        self.stream
    }

    /// The most tokens the answer may have.
    #[must_use]
    pub const fn max_tokens(&self) -> u64 {
        self.max_tokens
    }

    /// Makes sure that the answer is bounded by `limit` tokens, and returns the bound that holds.
    pub fn clamp_max_tokens(&mut self, limit: u64) -> u64 {
        if self.max_tokens > limit
            && let Value::Object(fields) = &mut self.body
        {
            self.max_tokens = limit;
            fields.insert("max_tokens".to_owned(), limit.into());
        }
        self.max_tokens
    }

    /// The whole body.
    #[must_use]
    pub const fn body(&self) -> &Value {
        &self.body
    }

    /// Yields every text of the request with its role.
    pub fn visit<'a>(&'a self, sink: &mut dyn FnMut(Leaf<'_, 'a>)) {
        let Value::Object(fields) = &self.body else {
            return;
        };
        let mut walker = Walker::new(sink, &names::MESSAGES);
        walker.members(fields, |walker, name, value| match (name, value) {
            ("messages", Value::Array(messages)) => walker.items(messages, visit_message),
            ("system", _) => walker.walk(name, value, TextRole::System),
            ("tools" | "tool_choice" | "output_config" | "output_format", _) => {
                walker.walk(name, value, TextRole::ToolDefinition);
            }
            _ => walker.named(name, value, TextRole::Parameter),
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
    let turn = turn(fields);
    walker.members(fields, |walker, name, value| match name {
        "content" => visit_content(walker, value, turn),
        _ => walker.named(name, value, TextRole::Parameter),
    });
}

fn turn(message: &Map<String, Value>) -> Turn {
    match message.get("role").and_then(Value::as_str) {
        Some("assistant") => Turn::Assistant,
        _ => Turn::User,
    }
}

fn check_messages(fields: &Map<String, Value>) -> Result<(), DialectError> {
    let Some(Value::Array(messages)) = fields.get("messages") else {
        return Err(invalid("messages", "must be an array"));
    };
    if messages.is_empty() {
        return Err(invalid("messages", "must not be empty"));
    }
    for (position, message) in messages.iter().enumerate() {
        let at = format!("messages[{position}]");
        let Value::Object(message) = message else {
            return Err(invalid(at, "must be an object"));
        };
        if !matches!(fields::text(message, "role", &at)?, "user" | "assistant") {
            return Err(DialectError::at(
                ErrorCode::UnknownRole,
                format!("{at}.role"),
                "The role must be one of user, assistant.",
            ));
        }
        check_content(
            message.get("content"),
            turn(message),
            &format!("{at}.content"),
        )?;
    }
    Ok(())
}

fn check_system(fields: &Map<String, Value>) -> Result<(), DialectError> {
    match fields.get("system") {
        None | Some(Value::Null | Value::String(_)) => Ok(()),
        Some(Value::Array(blocks)) => check_texts(blocks, "system"),
        Some(_) => Err(invalid("system", "must be a string or an array of blocks")),
    }
}

fn check_tools(fields: &Map<String, Value>) -> Result<(), DialectError> {
    let tools = match fields.get("tools") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::Array(tools)) => tools,
        Some(_) => return Err(invalid("tools", "must be an array of objects")),
    };
    for (position, tool) in tools.iter().enumerate() {
        let at = format!("tools[{position}]");
        let Value::Object(tool) = tool else {
            return Err(invalid(at, "must be an object"));
        };
        let kind = match tool.get("type") {
            None | Some(Value::Null) => continue,
            Some(_) => fields::text(tool, "type", &at)?,
        };
        let by_client = kind == "custom" || CLIENT_TOOLS.iter().any(|tool| kind.starts_with(tool));
        if !by_client {
            return Err(out_of_sight(format!("{at}.type")));
        }
    }
    Ok(())
}

/// What the provider would fetch or run by itself.
fn check_remote(fields: &Map<String, Value>) -> Result<(), DialectError> {
    for name in ["mcp_servers", "container"] {
        let empty = fields
            .get(name)
            .and_then(Value::as_array)
            .is_some_and(Vec::is_empty);
        if is_set(fields, name) && !empty {
            return Err(out_of_sight(name));
        }
    }
    Ok(())
}

fn out_of_sight(param: impl Into<String>) -> DialectError {
    DialectError {
        message: "What the provider runs or fetches by itself cannot be inspected here.".to_owned(),
        ..unsupported(param)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(body: &Value) -> Result<MessagesRequest, DialectError> {
        MessagesRequest::parse(body.to_string().as_bytes(), &JsonLimits::default())
    }

    fn with(name: &str, value: Value) -> Value {
        let mut body =
            json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]});
        body[name] = value;
        body
    }

    #[test]
    fn every_text_has_the_role_that_it_plays() {
        let body = json!({
            "model": "m", "max_tokens": 9, "system": [{"type": "text", "text": "s"}],
            "messages": [
                {"role": "user", "content": [
                    {"type": "text", "text": "u"},
                    {"type": "document", "title": "dt", "source": {"type": "text", "media_type": "text/plain", "data": "d"}},
                    {"type": "search_result", "source": "sr", "title": "st", "content": [{"type": "text", "text": "sc"}]},
                    {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "r"}]}]},
                {"role": "assistant", "content": [
                    {"type": "thinking", "thinking": "th", "signature": "sig"},
                    {"type": "tool_use", "id": "t1", "name": "send", "input": {"to": ["x"]}}]},
            ],
            "tools": [{"name": "send", "description": "td", "input_schema": {"type": "object"}}],
            "strange": {"deep": "z"},
        });
        let request = request(&body).unwrap();
        let mut seen = Vec::new();
        request.visit(&mut |leaf| seen.push((leaf.role, leaf.text.into_owned())));
        for (role, text) in [
            (TextRole::System, "s"),
            (TextRole::User, "u"),
            (TextRole::Document, "dt"),
            (TextRole::Document, "d"),
            (TextRole::Document, "sc"),
            (TextRole::Tool, "r"),
            (TextRole::Assistant, "th"),
            (TextRole::ToolCall, "x"),
            (TextRole::ToolCall, "to"),
            (TextRole::ToolDefinition, "td"),
            (TextRole::Parameter, "z"),
        ] {
            assert!(seen.contains(&(role, text.to_owned())), "{text}: {seen:?}");
        }
    }

    #[test]
    fn what_nobody_here_can_read_is_refused() {
        let content =
            |block: Value| with("messages", json!([{"role": "user", "content": [block]}]));
        for body in [
            content(json!({"type": "image", "source": {"type": "base64", "data": "x"}})),
            content(json!({"type": "text", "text": "a", "source": {"type": "url", "url": "x"}})),
            content(json!({"type": "document", "source": {"type": "url", "url": "x"}})),
            content(json!({"type": "document", "source": {"type": "file", "file_id": "x"}})),
            content(json!({"type": "container_upload", "file_id": "x"})),
            content(
                json!({"type": "tool_result", "tool_use_id": "t", "content": [{"type": "image"}]}),
            ),
            with(
                "tools",
                json!([{"type": "web_search_20250305", "name": "web_search"}]),
            ),
            with(
                "tools",
                json!([{"type": "code_execution_20250825", "name": "x"}]),
            ),
            with("mcp_servers", json!([{"url": "x"}])),
            with("container", json!("c")),
        ] {
            let error = request(&body).unwrap_err();
            assert_eq!(error.code, ErrorCode::UnsupportedContent, "{body}");
        }
    }

    #[test]
    fn what_breaks_the_dialect_is_refused_with_its_field() {
        for (body, param) in [
            (with("max_tokens", json!(0)), "max_tokens"),
            (with("max_tokens", Value::Null), "max_tokens"),
            (with("messages", json!([])), "messages"),
            (
                with("messages", json!([{"role": "user"}])),
                "messages[0].content",
            ),
            (
                with("messages", json!([{"role": "system", "content": ""}])),
                "messages[0].role",
            ),
            (
                with(
                    "messages",
                    json!([{"role": "assistant", "content": [{"type": "tool_use", "id": "i", "name": "n"}]}]),
                ),
                "messages[0].content[0].input",
            ),
            (with("system", json!(3)), "system"),
            (with("tools", json!([1])), "tools[0]"),
            (with("model", json!("")), "model"),
        ] {
            let error = request(&body).unwrap_err();
            assert_eq!(error.param.as_deref(), Some(param), "{body}");
        }
    }

    #[test]
    fn the_token_limit_is_clamped() {
        let mut request = request(&with("max_tokens", json!(900))).unwrap();
        assert_eq!(request.clamp_max_tokens(1000), 900);
        assert_eq!(request.clamp_max_tokens(50), 50);
        assert_eq!(request.body()["max_tokens"], 50);
    }
}
