//! The messages answer: parsed strictly, visited whole, edited in place.

use seawall_base::ErrorCode;
use seawall_base::json::{JsonLimits, parse};
use serde_json::Value;

use super::block::{Turn, check_blocks, visit_block};
use crate::error::DialectError;
use crate::leaf::{Leaf, NotEditable, Place, TextRole, edit};
use crate::names;
use crate::response::ToolCall;
use crate::usage::Usage;
use crate::walk::Walker;

/// An answer of which every part is known to be readable.
#[derive(Clone, Debug, PartialEq)]
pub struct MessagesResponse {
    body: Value,
}

impl MessagesResponse {
    /// Parses an answer and refuses what cannot be read in full.
    ///
    /// # Errors
    /// The upstream answered nonsense, or content that is not text.
    pub fn parse(bytes: &[u8], limits: &JsonLimits) -> Result<Self, DialectError> {
        let body = parse(bytes, limits).map_err(|_| nonsense())?;
        let content = body.get("content").and_then(Value::as_array);
        check_blocks(content.ok_or_else(nonsense)?, Turn::Answer, "content")
            .map_err(|error| answered(&error))?;
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
        self.body.get("usage").and_then(usage)
    }

    /// The tool calls of the answer; their arguments are the input written as JSON.
    #[must_use]
    pub fn tool_calls(&self) -> Vec<ToolCall> {
        let blocks = self.body.get("content").and_then(Value::as_array);
        let calls = blocks.into_iter().flatten();
        let calls =
            calls.filter(|block| block.get("type").and_then(Value::as_str) == Some("tool_use"));
        calls.map(tool_call).collect()
    }

    /// Yields every text of the answer with its role.
    pub fn visit<'a>(&'a self, sink: &mut dyn FnMut(Leaf<'_, 'a>)) {
        let Value::Object(fields) = &self.body else {
            return;
        };
        let mut walker = Walker::new(sink, &names::MESSAGES);
        walker.members(fields, |walker, name, value| match (name, value) {
            ("content", Value::Array(blocks)) => walker.items(blocks, |walker, block| {
                visit_block(walker, block, Turn::Answer);
            }),
            _ => walker.named(name, value, TextRole::Output),
        });
    }

    /// Replaces one text that [`Self::visit`] yielded.
    ///
    /// # Errors
    /// When it cannot be replaced, so that the answer must be blocked.
    pub fn edit(&mut self, path: &str, place: Place, text: String) -> Result<(), NotEditable> {
        edit(&mut self.body, path, place, text)
    }

    /// Replaces the input of the tool call at `position` of the content.
    ///
    /// # Errors
    /// When no tool call stands there, or the input is not an object.
    pub fn set_input(&mut self, position: usize, input: Value) -> Result<(), NotEditable> {
        let content = self.body.get_mut("content").and_then(Value::as_array_mut);
        let block = content.and_then(|blocks| blocks.get_mut(position));
        match block.and_then(|block| block.get_mut("input")) {
            Some(place) if place.is_object() && input.is_object() => {
                *place = input;
                Ok(())
            }
            _ => Err(NotEditable),
        }
    }

    /// The body to send.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(&self.body).unwrap_or_default()
    }
}

/// The call of a `tool_use` block.
pub(super) fn tool_call(block: &Value) -> ToolCall {
    let text = |name: &str| {
        let text = block.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    ToolCall {
        id: text("id"),
        name: text("name"),
        arguments: block.get("input").map(Value::to_string).unwrap_or_default(),
    }
}

/// Reads a `usage` object. Reads from and writes to the cache are tokens of the prompt. Half a
/// report is no report: absent is not zero.
pub(super) fn usage(value: &Value) -> Option<Usage> {
    let count = |name: &str| value.get(name).and_then(Value::as_u64);
    let write = count("cache_creation_input_tokens").unwrap_or_default();
    let read = count("cache_read_input_tokens").unwrap_or_default();
    let cached = write.saturating_add(read);
    Some(Usage {
        prompt_tokens: count("input_tokens")?.saturating_add(cached),
        completion_tokens: count("output_tokens")?,
        cache_read_tokens: read,
        cache_write_tokens: write,
    })
}

/// The refusal of an answer: what a check finds wrong with it is the upstream's fault.
pub(super) fn answered(error: &DialectError) -> DialectError {
    match error.code {
        ErrorCode::UnsupportedContent => DialectError::whole(
            ErrorCode::UnsupportedContent,
            "The answer holds content that is not text and cannot be inspected.",
        ),
        _ => nonsense(),
    }
}

fn nonsense() -> DialectError {
    DialectError::whole(
        ErrorCode::UpstreamFailed,
        "The upstream's answer is not a message.",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn response(body: &Value) -> Result<MessagesResponse, DialectError> {
        MessagesResponse::parse(body.to_string().as_bytes(), &JsonLimits::default())
    }

    #[test]
    fn every_corner_of_an_answer_is_visited_with_its_role() {
        let body = json!({
            "id": "m1", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn",
            "content": [
                {"type": "thinking", "thinking": "th", "signature": "sig"},
                {"type": "text", "text": "a", "citations": [{"type": "x", "cited_text": "c"}]},
                {"type": "tool_use", "id": "t1", "name": "send", "input": {"to": "x"}}],
            "usage": {"input_tokens": 3, "cache_read_input_tokens": 10, "output_tokens": 4},
            "strange": ["z"],
        });
        let parsed = response(&body).unwrap();
        let mut seen = Vec::new();
        parsed.visit(&mut |leaf| seen.push((leaf.role, leaf.text.into_owned())));
        for (role, text) in [
            (TextRole::Reasoning, "th"),
            (TextRole::Output, "a"),
            (TextRole::Output, "c"),
            (TextRole::ToolCall, "send"),
            (TextRole::ToolCall, "x"),
            (TextRole::Output, "z"),
        ] {
            assert!(seen.contains(&(role, text.to_owned())), "{text}: {seen:?}");
        }
        assert_eq!(parsed.usage().map(|usage| usage.total()), Some(17));
        assert_eq!(parsed.tool_calls()[0].arguments, r#"{"to":"x"}"#);
    }

    #[test]
    fn media_and_nonsense_are_refused() {
        let media = json!({"content": [{"type": "image", "source": {}}]});
        assert_eq!(
            response(&media).unwrap_err().code,
            ErrorCode::UnsupportedContent
        );
        for body in [
            json!({}),
            json!({"content": [1]}),
            json!({"content": [{"type": "text"}]}),
        ] {
            assert_eq!(response(&body).unwrap_err().code, ErrorCode::UpstreamFailed);
        }
    }
}
