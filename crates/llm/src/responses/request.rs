//! The responses request: parsed strictly, forwarded with its unknown fields.

use seawall_base::json::JsonLimits;
use serde_json::{Map, Value};

use super::item::{Direction, check_item, visit_item};
use crate::error::DialectError;
use crate::fields::{self, check_model, count, flag, invalid, is_set, unsupported};
use crate::leaf::{Leaf, NotEditable, Place, TextRole, edit};
use crate::names;
use crate::walk::Walker;

/// A request of which every part is known to be readable.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponsesRequest {
    body: Value,
    stream: bool,
    max_tokens: Option<u64>,
}

/// What the provider holds and nobody here has seen.
const STORED: &[&str] = &["conversation", "previous_response_id", "prompt"];

impl ResponsesRequest {
    /// Parses a body and refuses what cannot be read in full.
    ///
    /// # Errors
    /// Names the code and the field.
    pub fn parse(bytes: &[u8], limits: &JsonLimits) -> Result<Self, DialectError> {
        let fields = fields::object(bytes, limits)?;
        check_model(&fields)?;
        check_input(&fields)?;
        check_tools(&fields)?;
        if let Some(name) = STORED.iter().find(|name| is_set(&fields, name)) {
            return Err(out_of_sight(*name));
        }
        if flag(&fields, "background", "background")? {
            return Err(out_of_sight("background"));
        }
        let instructions = fields.get("instructions");
        if !matches!(instructions, None | Some(Value::Null | Value::String(_))) {
            return Err(invalid("instructions", "must be a string"));
        }
        let stream = flag(&fields, "stream", "stream")?;
        let max_tokens = count(&fields, "max_output_tokens")?;
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

    /// The most tokens the answer may have, where the client sets it.
    #[must_use]
    pub const fn max_tokens(&self) -> Option<u64> {
        self.max_tokens
    }

    /// Makes sure that the answer is bounded by `limit` tokens, and returns the bound that holds.
    pub fn clamp_max_tokens(&mut self, limit: u64) -> u64 {
        let bound = self.max_tokens.map_or(limit, |wanted| wanted.min(limit));
        if let Value::Object(fields) = &mut self.body {
            fields.insert("max_output_tokens".to_owned(), bound.into());
        }
        self.max_tokens = Some(bound);
        bound
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
        let mut walker = Walker::new(sink, &names::RESPONSES);
        walker.members(fields, |walker, name, value| match (name, value) {
            ("input", Value::Array(items)) => walker.items(items, |walker, item| {
                visit_item(walker, item, Direction::Input);
            }),
            ("input", _) => walker.walk(name, value, TextRole::User),
            ("instructions", _) => walker.walk(name, value, TextRole::System),
            ("tools" | "tool_choice" | "text", _) => {
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

fn check_input(fields: &Map<String, Value>) -> Result<(), DialectError> {
    match fields.get("input") {
        Some(Value::String(_)) => Ok(()),
        Some(Value::Array(items)) if !items.is_empty() => {
            for (position, item) in items.iter().enumerate() {
                check_item(item, Direction::Input, &format!("input[{position}]"))?;
            }
            Ok(())
        }
        _ => Err(invalid("input", "must be a string or an array of items")),
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
        if !matches!(fields::text(tool, "type", &at)?, "function" | "custom") {
            return Err(out_of_sight(format!("{at}.type")));
        }
    }
    Ok(())
}

fn out_of_sight(param: impl Into<String>) -> DialectError {
    DialectError {
        message: "What the provider keeps or runs by itself cannot be inspected here.".to_owned(),
        ..unsupported(param)
    }
}

#[cfg(test)]
mod tests {
    use seawall_base::ErrorCode;
    use serde_json::json;

    use super::*;

    fn request(body: &Value) -> Result<ResponsesRequest, DialectError> {
        ResponsesRequest::parse(body.to_string().as_bytes(), &JsonLimits::default())
    }

    fn with(name: &str, value: Value) -> Value {
        let mut body = json!({"model": "m", "input": "hi"});
        body[name] = value;
        body
    }

    #[test]
    fn every_text_has_the_role_that_it_plays() {
        let body = json!({
            "model": "m", "instructions": "s",
            "input": [
                {"role": "developer", "content": "s2"},
                {"role": "user", "content": [{"type": "input_text", "text": "u"}]},
                {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a", "annotations": []}]},
                {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "why"}]},
                {"type": "function_call", "call_id": "c", "name": "send", "arguments": "{\"to\":\"\\u0078\"}"},
                {"type": "function_call_output", "call_id": "c", "output": "r"}],
            "tools": [{"type": "function", "name": "send", "description": "td", "parameters": {}}],
            "strange": {"deep": "z"},
        });
        let request = request(&body).unwrap();
        let mut seen = Vec::new();
        request.visit(&mut |leaf| seen.push((leaf.role, leaf.text.into_owned())));
        for (role, text) in [
            (TextRole::System, "s"),
            (TextRole::System, "s2"),
            (TextRole::User, "u"),
            (TextRole::Assistant, "a"),
            (TextRole::Assistant, "why"),
            (TextRole::ToolCall, "send"),
            (TextRole::ToolCall, "x"),
            (TextRole::Tool, "r"),
            (TextRole::ToolDefinition, "td"),
            (TextRole::Parameter, "z"),
        ] {
            assert!(seen.contains(&(role, text.to_owned())), "{text}: {seen:?}");
        }
    }

    #[test]
    fn what_nobody_here_can_read_is_refused() {
        let item = |item: Value| with("input", json!([item]));
        let part = |part: Value| item(json!({"role": "user", "content": [part]}));
        for body in [
            part(json!({"type": "input_image", "image_url": "x"})),
            part(json!({"type": "input_file", "file_id": "x"})),
            part(json!({"type": "input_text", "text": "a", "image_url": "x"})),
            item(json!({"type": "item_reference", "id": "x"})),
            item(json!({"type": "web_search_call", "id": "x"})),
            item(json!({"id": "x"})),
            with("previous_response_id", json!("x")),
            with("conversation", json!("x")),
            with("prompt", json!({"id": "x"})),
            with("background", json!(true)),
            with("tools", json!([{"type": "web_search"}])),
            with("tools", json!([{"type": "mcp", "server_url": "x"}])),
        ] {
            let error = request(&body).unwrap_err();
            assert_eq!(error.code, ErrorCode::UnsupportedContent, "{body}");
        }
    }

    #[test]
    fn what_breaks_the_dialect_is_refused_with_its_field() {
        for (body, param) in [
            (with("input", json!([])), "input"),
            (with("input", Value::Null), "input"),
            (
                with("input", json!([{"role": "root", "content": ""}])),
                "input[0].role",
            ),
            (
                with("input", json!([{"role": "user", "content": 1}])),
                "input[0].content",
            ),
            (with("instructions", json!([])), "instructions"),
            (with("max_output_tokens", json!(-1)), "max_output_tokens"),
            (with("model", json!(1)), "model"),
        ] {
            let error = request(&body).unwrap_err();
            assert_eq!(error.param.as_deref(), Some(param), "{body}");
        }
    }

    #[test]
    fn the_token_limit_is_set_or_clamped() {
        let mut free = request(&with("store", json!(false))).unwrap();
        assert_eq!(free.clamp_max_tokens(50), 50);
        assert_eq!(free.body()["max_output_tokens"], 50);
        let mut bounded = request(&with("max_output_tokens", json!(9))).unwrap();
        assert_eq!(bounded.clamp_max_tokens(50), 9);
    }
}
