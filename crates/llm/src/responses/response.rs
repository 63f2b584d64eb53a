//! The responses answer: parsed strictly, visited whole, edited in place.

use seawall_base::ErrorCode;
use seawall_base::json::{JsonLimits, parse};
use serde_json::{Map, Value};

use super::item::{Direction, check_item, visit_item};
use crate::error::DialectError;
use crate::leaf::{Leaf, NotEditable, Place, TextRole, edit};
use crate::names;
use crate::response::ToolCall;
use crate::usage::Usage;
use crate::walk::Walker;

/// An answer of which every part is known to be readable.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponsesResponse {
    body: Value,
}

impl ResponsesResponse {
    /// Parses an answer and refuses what cannot be read in full.
    ///
    /// # Errors
    /// The upstream answered nonsense, or content that is not text.
    pub fn parse(bytes: &[u8], limits: &JsonLimits) -> Result<Self, DialectError> {
        let body = parse(bytes, limits).map_err(|_| nonsense())?;
        check_answer(&body)?;
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
        usage(&self.body)
    }

    /// The tool calls of the answer.
    #[must_use]
    pub fn tool_calls(&self) -> Vec<ToolCall> {
        let items = self.body.get("output").and_then(Value::as_array);
        items.into_iter().flatten().filter_map(tool_call).collect()
    }

    /// Yields every text of the answer with its role.
    pub fn visit<'a>(&'a self, sink: &mut dyn FnMut(Leaf<'_, 'a>)) {
        if let Value::Object(fields) = &self.body {
            visit_answer(&mut Walker::new(sink, &names::RESPONSES), fields);
        }
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
        drop_logprobs(&mut self.body);
    }

    /// Says that the answer was cut at its limit of tokens.
    pub fn end_early(&mut self) {
        end_early(&mut self.body);
    }

    /// The body to send.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(&self.body).unwrap_or_default()
    }
}

/// The items of an answer can be read.
pub(super) fn check_answer(answer: &Value) -> Result<(), DialectError> {
    let items = answer.get("output").and_then(Value::as_array);
    for item in items.ok_or_else(nonsense)? {
        check_output(item)?;
    }
    Ok(())
}

/// An item of the output can be read; what is wrong with it is the upstream's fault.
pub(super) fn check_output(item: &Value) -> Result<(), DialectError> {
    check_item(item, Direction::Output, "output").map_err(|error| answered(&error))
}

/// The refusal of an answer for what a check found.
pub(super) fn answered(error: &DialectError) -> DialectError {
    match error.code {
        ErrorCode::UnsupportedContent => crate::response::not_text(),
        _ => nonsense(),
    }
}

/// Walks an answer. What it repeats of the request keeps the role that it had there.
pub(super) fn visit_answer<'a>(walker: &mut Walker<'_, 'a>, answer: &'a Map<String, Value>) {
    walker.members(answer, |walker, name, value| match (name, value) {
        ("output", Value::Array(items)) => walker.items(items, |walker, item| {
            visit_item(walker, item, Direction::Output);
        }),
        ("instructions", _) => walker.walk(name, value, TextRole::System),
        ("tools" | "tool_choice" | "text", _) => {
            walker.walk(name, value, TextRole::ToolDefinition);
        }
        _ => walker.named(name, value, TextRole::Output),
    });
}

/// Empties every list of token probabilities. True when there was any.
pub(super) fn drop_logprobs(value: &mut Value) -> bool {
    match value {
        Value::Array(items) => items
            .iter_mut()
            .fold(false, |any, item| drop_logprobs(item) | any),
        Value::Object(fields) => fields.iter_mut().fold(false, |any, (name, value)| {
            let filled = value.as_array().is_some_and(|items| !items.is_empty());
            if name == "logprobs" && filled {
                *value = Value::Array(Vec::new());
                return true;
            }
            drop_logprobs(value) | any
        }),
        _ => false,
    }
}

/// Says of an answer that it was cut at its limit of tokens.
pub(super) fn end_early(answer: &mut Value) {
    if let Value::Object(fields) = answer {
        fields.insert("status".to_owned(), "incomplete".into());
        let details = serde_json::json!({ "reason": "max_output_tokens" });
        fields.insert("incomplete_details".to_owned(), details);
    }
}

/// The usage of an answer. Half a report is no report: absent is not zero.
pub(super) fn usage(answer: &Value) -> Option<Usage> {
    let usage = answer.get("usage")?;
    let cached = usage.pointer("/input_tokens_details/cached_tokens");
    Some(Usage {
        completion_tokens: usage.get("output_tokens")?.as_u64()?,
        ..Usage::of_prompt(usage.get("input_tokens")?.as_u64()?, cached)
    })
}

/// The call that an item is, if it is one.
pub(super) fn tool_call(item: &Value) -> Option<ToolCall> {
    let text = |name: &str| {
        let text = item.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let arguments = match item.get("type")?.as_str()? {
        "function_call" => "arguments",
        "custom_tool_call" => "input",
        _ => return None,
    };
    Some(ToolCall {
        id: text("call_id"),
        name: text("name"),
        arguments: text(arguments),
    })
}

fn nonsense() -> DialectError {
    DialectError::whole(
        ErrorCode::UpstreamFailed,
        "The upstream's answer is not a response.",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn response(body: &Value) -> Result<ResponsesResponse, DialectError> {
        ResponsesResponse::parse(body.to_string().as_bytes(), &JsonLimits::default())
    }

    #[test]
    fn every_corner_of_an_answer_is_visited_with_its_role() {
        let body = json!({
            "id": "r1", "object": "response", "status": "completed", "model": "m", "instructions": "s",
            "output": [
                {"type": "reasoning", "id": "rs", "summary": [{"type": "summary_text", "text": "why"}]},
                {"type": "message", "id": "ms", "role": "assistant", "status": "completed",
                 "content": [{"type": "output_text", "text": "a", "annotations": [{"type": "url_citation", "url": "u"}]},
                             {"type": "refusal", "refusal": "no"}]},
                {"type": "function_call", "call_id": "c", "name": "send", "arguments": "{\"to\":\"\\u0078\"}"}],
            "usage": {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7},
            "strange": ["z"],
        });
        let parsed = response(&body).unwrap();
        let mut seen = Vec::new();
        parsed.visit(&mut |leaf| seen.push((leaf.role, leaf.text.into_owned())));
        for (role, text) in [
            (TextRole::System, "s"),
            (TextRole::Reasoning, "why"),
            (TextRole::Output, "a"),
            (TextRole::Output, "u"),
            (TextRole::Output, "no"),
            (TextRole::ToolCall, "send"),
            (TextRole::ToolCall, "x"),
            (TextRole::Output, "z"),
        ] {
            assert!(seen.contains(&(role, text.to_owned())), "{text}: {seen:?}");
        }
        assert_eq!(parsed.usage().map(|usage| usage.total()), Some(7));
        assert_eq!(parsed.tool_calls()[0].id, "c");
    }

    #[test]
    fn media_and_nonsense_are_refused() {
        let media = json!({"output": [{"type": "image_generation_call", "result": "x"}]});
        assert_eq!(
            response(&media).unwrap_err().code,
            ErrorCode::UnsupportedContent
        );
        for body in [
            json!({}),
            json!({"output": [1]}),
            json!({"output": [{"type": "message", "role": "user", "content": []}]}),
        ] {
            assert_eq!(response(&body).unwrap_err().code, ErrorCode::UpstreamFailed);
        }
    }
}
