//! The chat completion answer: parsed strictly, visited whole, edited in place.

use seawall_base::ErrorCode;
use seawall_base::json::{JsonLimits, parse};
use serde_json::{Map, Value};

use crate::error::DialectError;
use crate::leaf::{Leaf, NotEditable, Place, TextRole, edit};
use crate::names;
use crate::request::check_parts;
use crate::usage::Usage;
use crate::walk::Walker;

/// An answer of which every part is known to be readable.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatResponse {
    body: Value,
}

/// A tool call that the model asks for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ToolCall {
    /// Id that the result will name.
    pub id: String,
    /// Name of the tool.
    pub name: String,
    /// Arguments, JSON in a string if the model did well.
    pub arguments: String,
}

impl ChatResponse {
    /// Parses an answer and refuses what cannot be read in full.
    ///
    /// # Errors
    /// The upstream answered nonsense, or content that is not text.
    pub fn parse(bytes: &[u8], limits: &JsonLimits) -> Result<Self, DialectError> {
        let body = parse(bytes, limits).map_err(|_| nonsense())?;
        let choices = body.get("choices").and_then(Value::as_array);
        for choice in choices.ok_or_else(nonsense)? {
            check_choice(choice)?;
        }
        Ok(Self { body })
    }

    /// The whole body.
    #[must_use]
    pub const fn body(&self) -> &Value {
        &self.body
    }

    /// What the upstream says the call cost, if it says so.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        self.body.get("usage").and_then(Usage::parse)
    }

    /// The tool calls of every choice.
    #[must_use]
    pub fn tool_calls(&self) -> Vec<ToolCall> {
        let mut calls = Vec::new();
        let text = |value: Option<&Value>| {
            let text = value.and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        let choices = self.body.get("choices").and_then(Value::as_array);
        let messages = || {
            choices
                .into_iter()
                .flatten()
                .filter_map(|choice| choice.get("message"))
        };
        let listed = messages().filter_map(|message| message.get("tool_calls")?.as_array());
        for call in listed.flatten() {
            calls.push(ToolCall {
                id: text(call.get("id")),
                name: text(call.pointer("/function/name")),
                arguments: text(call.pointer("/function/arguments")),
            });
        }
        for call in messages().filter_map(|message| message.get("function_call")) {
            calls.push(ToolCall {
                id: String::new(),
                name: text(call.get("name")),
                arguments: text(call.get("arguments")),
            });
        }
        calls.retain(|call| *call != ToolCall::default());
        calls
    }

    /// Yields every text of the answer with its role.
    pub fn visit<'a>(&'a self, sink: &mut dyn FnMut(Leaf<'_, 'a>)) {
        let Value::Object(fields) = &self.body else {
            return;
        };
        Walker::new(sink, &names::CHAT).members(fields, |walker, name, value| {
            match (name, value) {
                ("choices", Value::Array(choices)) => walker.items(choices, visit_choice),
                _ => walker.named(name, value, TextRole::Output),
            }
        });
    }

    /// Replaces one text that [`Self::visit`] yielded.
    ///
    /// # Errors
    /// When it cannot be replaced, so that the answer must be blocked.
    pub fn edit(&mut self, path: &str, place: Place, text: String) -> Result<(), NotEditable> {
        edit(&mut self.body, path, place, text)
    }

    /// Drops token probabilities: after a redaction they would still spell the replaced text.
    pub fn drop_logprobs(&mut self) {
        let choices = self.body.get_mut("choices").and_then(Value::as_array_mut);
        for choice in choices.into_iter().flatten() {
            if let Some(logprobs) = choice.get_mut("logprobs") {
                *logprobs = Value::Null;
            }
        }
    }

    /// The body to send.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(&self.body).unwrap_or_default()
    }
}

fn check_choice(choice: &Value) -> Result<(), DialectError> {
    let message = choice.get("message").and_then(Value::as_object);
    let message = message.ok_or_else(nonsense)?;
    if let Some(Value::Array(parts)) = message.get("content") {
        check_parts(parts, "choices.message.content")?;
    }
    let media = ["audio", "images"]
        .into_iter()
        .filter_map(|name| message.get(name));
    for value in media {
        if !value.is_null() && value.as_array().is_none_or(|items| !items.is_empty()) {
            return Err(not_text());
        }
    }
    Ok(())
}

fn visit_choice<'a>(walker: &mut Walker<'_, 'a>, choice: &'a Value) {
    let Value::Object(fields) = choice else {
        walker.walk("", choice, TextRole::Output);
        return;
    };
    walker.members(fields, |walker, name, value| match (name, value) {
        ("message" | "delta", Value::Object(message)) => visit_message(walker, message),
        ("logprobs", value) => visit_logprobs(walker, value),
        _ => walker.named(name, value, TextRole::Output),
    });
}

fn visit_message<'a>(walker: &mut Walker<'_, 'a>, message: &'a Map<String, Value>) {
    walker.members(message, |walker, name, value| {
        walker.named(name, value, message_role(name));
    });
}

/// The role of a member of an answered message.
pub(crate) fn message_role(name: &str) -> TextRole {
    match name {
        "tool_calls" | "function_call" => TextRole::ToolCall,
        "reasoning" | "reasoning_content" | "reasoning_details" | "thinking" => TextRole::Reasoning,
        _ => TextRole::Output,
    }
}

/// Tokens are pieces of one text, so they are read as one; as thousands of pieces nobody could.
fn visit_logprobs<'a>(walker: &mut Walker<'_, 'a>, logprobs: &'a Value) {
    let (mut chosen, mut others) = (String::new(), String::new());
    gather(logprobs, true, &mut chosen, &mut others);
    walker.derived(chosen, TextRole::Output);
    walker.derived(others, TextRole::Output);
}

fn gather(value: &Value, top: bool, chosen: &mut String, others: &mut String) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) => if top { chosen } else { others }.push_str(text),
        Value::Array(items) => {
            for item in items {
                gather(item, top, chosen, others);
            }
        }
        Value::Object(fields) => {
            for name in fields.keys().filter(|name| !names::CHAT.is_known(name)) {
                others.push_str(name);
            }
            for (name, value) in fields {
                gather(value, top && name != "top_logprobs", chosen, others);
            }
        }
    }
}

/// Refuses an answer with sound or pictures.
pub(crate) fn not_text() -> DialectError {
    DialectError::whole(
        ErrorCode::UnsupportedContent,
        "The answer holds content that is not text and cannot be inspected.",
    )
}

fn nonsense() -> DialectError {
    DialectError::whole(
        ErrorCode::UpstreamFailed,
        "The upstream's answer is not a chat completion.",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn response(body: &Value) -> Result<ChatResponse, DialectError> {
        ChatResponse::parse(body.to_string().as_bytes(), &JsonLimits::default())
    }

    #[test]
    fn every_corner_of_an_answer_is_visited_with_its_role() {
        let body = json!({
            "id": "c1", "object": "chat.completion", "model": "m",
            "choices": [
                {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "a0", "annotations": [{"url": "a1"}]},
                 "logprobs": {"content": [{"token": "to", "bytes": [1], "top_logprobs": [{"token": "alt"}]}, {"token": "ken"}]}},
                {"index": 1, "message": {"content": [{"type": "text", "text": "b0"}], "reasoning_content": "b1", "refusal": "b2",
                 "tool_calls": [{"id": "b3", "type": "function", "function": {"name": "b4", "arguments": "{\"x\":\"\\u0062\"}"}}]}},
            ],
            "strange": {"deep": ["z"]},
        });
        let parsed = response(&body).unwrap();
        let mut seen = Vec::new();
        parsed.visit(&mut |leaf| seen.push((leaf.role, leaf.text.into_owned())));
        for (role, text) in [
            (TextRole::Output, "a0"),
            (TextRole::Output, "a1"),
            (TextRole::Output, "token"),
            (TextRole::Output, "alt"),
            (TextRole::Output, "b0"),
            (TextRole::Reasoning, "b1"),
            (TextRole::Output, "b2"),
            (TextRole::ToolCall, "b3"),
            (TextRole::ToolCall, "b4"),
            (TextRole::ToolCall, "b"),
            (TextRole::Output, "z"),
            (TextRole::Output, "deep"),
        ] {
            assert!(seen.contains(&(role, text.to_owned())), "{text}: {seen:?}");
        }
        assert_eq!(parsed.tool_calls().len(), 1);
    }

    #[test]
    fn sound_and_nonsense_are_refused() {
        let audio = json!({"choices": [{"message": {"audio": {"data": "x"}}}]});
        assert_eq!(
            response(&audio).unwrap_err().code,
            ErrorCode::UnsupportedContent
        );
        for body in [json!({}), json!({"choices": [1]}), json!("x")] {
            assert_eq!(response(&body).unwrap_err().code, ErrorCode::UpstreamFailed);
        }
    }
}
