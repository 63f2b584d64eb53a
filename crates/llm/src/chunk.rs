//! One chunk of a streamed answer: its texts can be taken out, replaced and put back.

use seawall_base::ErrorCode;
use seawall_base::json::{JsonLimits, parse};
use serde_json::{Map, Value, json};

use crate::error::DialectError;
use crate::leaf::{Leaf, TextRole};
use crate::names;
use crate::response::{ToolCall, message_role, not_text};
use crate::usage::Usage;
use crate::walk::Walker;

/// A chunk that was parsed strictly.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    body: Value,
}

/// A piece of one text of one choice.
#[derive(Debug)]
pub struct Delta<'c> {
    /// Index of the choice.
    pub choice: u64,
    /// Member of the delta, such as `content`.
    pub field: &'c str,
    /// The role of the text.
    pub role: TextRole,
    /// The piece, which may be replaced.
    pub text: &'c mut String,
}

/// A piece of a tool call.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ToolCallDelta {
    /// Index of the choice.
    pub choice: u64,
    /// Index of the call in its choice; none for the older `function_call`.
    pub index: Option<u64>,
    /// What this piece adds to id, name and arguments.
    pub piece: ToolCall,
}

impl Chunk {
    /// Parses the data of one event.
    ///
    /// # Errors
    /// When it is not a chunk, or carries content that is not text.
    pub fn parse(data: &str, limits: &JsonLimits) -> Result<Self, DialectError> {
        let body = parse(data.as_bytes(), limits).map_err(|_| nonsense())?;
        let choices = body.get("choices").and_then(Value::as_array);
        for choice in choices.ok_or_else(nonsense)? {
            if !choice.is_object() {
                return Err(nonsense());
            }
            let mut media = ["audio", "images"]
                .into_iter()
                .filter_map(|name| choice.get("delta")?.get(name));
            if media.any(|value| !value.is_null()) {
                return Err(not_text());
            }
        }
        Ok(Self { body })
    }

    /// The whole chunk.
    #[must_use]
    pub const fn body(&self) -> &Value {
        &self.body
    }

    /// The usage that this chunk reports.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        self.body.get("usage").and_then(Usage::parse)
    }

    /// Whether the chunk is the one that only reports usage.
    #[must_use]
    pub fn is_usage_only(&self) -> bool {
        let choices = self.body.get("choices").and_then(Value::as_array);
        choices.is_some_and(Vec::is_empty)
            && self.body.get("usage").is_some_and(|usage| !usage.is_null())
    }

    /// Removes the usage member, for a client that did not ask for it. True when there was one.
    pub fn strip_usage(&mut self) -> bool {
        let Value::Object(fields) = &mut self.body else {
            return false;
        };
        fields.shift_remove("usage").is_some()
    }

    /// The choices that end with this chunk.
    #[must_use]
    pub fn finished(&self) -> Vec<u64> {
        let choices = self.body.get("choices").and_then(Value::as_array);
        let ended = |choice: &&Value| {
            let reason = choice.get("finish_reason");
            reason.is_some_and(|reason| !reason.is_null())
        };
        let numbered = choices.into_iter().flatten().enumerate();
        numbered
            .filter(|(_, choice)| ended(choice))
            .map(|(position, choice)| choice_index(choice, position))
            .collect()
    }

    /// Runs `step` on every text piece that is a member of a delta.
    pub fn texts(&mut self, mut step: impl FnMut(Delta<'_>)) {
        for (choice, delta) in deltas(&mut self.body) {
            let texts = delta.iter_mut().filter_map(|(field, value)| match value {
                Value::String(text) if field != "role" => Some((field, text)),
                _ => None,
            });
            for (field, text) in texts {
                step(Delta {
                    choice,
                    field,
                    role: message_role(field),
                    text,
                });
            }
        }
    }

    /// Takes the pieces of tool calls out of the chunk.
    pub fn take_tool_calls(&mut self) -> Vec<ToolCallDelta> {
        let mut taken = Vec::new();
        for (choice, delta) in deltas(&mut self.body) {
            let calls = match delta.shift_remove("tool_calls") {
                Some(Value::Array(calls)) => calls,
                _ => Vec::new(),
            };
            let numbered = calls.iter().enumerate();
            taken.extend(numbered.map(|(position, call)| ToolCallDelta {
                choice,
                index: Some(choice_index(call, position)),
                piece: piece(call.get("function"), call.get("id")),
            }));
            let older = delta.shift_remove("function_call");
            taken.extend(older.filter(Value::is_object).map(|call| ToolCallDelta {
                choice,
                index: None,
                piece: piece(Some(&call), None),
            }));
        }
        taken
    }

    /// Yields every text that [`Self::texts`] and [`Self::take_tool_calls`] do not give.
    pub fn visit_rest<'a>(&'a self, sink: &mut dyn FnMut(Leaf<'_, 'a>)) {
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

    /// Whether a client would miss nothing without this chunk.
    #[must_use]
    pub fn is_hollow(&self) -> bool {
        let choices = self.body.get("choices").and_then(Value::as_array);
        let hollow_choice = |choice: &Value| {
            let reason = choice.get("finish_reason");
            let delta = choice.get("delta").and_then(Value::as_object);
            reason.is_none_or(Value::is_null)
                && delta.is_none_or(|delta| delta.values().all(is_hollow))
        };
        self.body.get("usage").is_none_or(Value::is_null)
            && choices.is_some_and(|choices| choices.iter().all(hollow_choice))
    }

    /// A chunk like this one that carries one delta only.
    #[must_use]
    pub fn with_delta(&self, choice: u64, delta: &Value) -> Value {
        let kept = ["id", "object", "created", "model", "system_fingerprint"]
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), self.body.get(name)?.clone())));
        let mut fields: Map<String, Value> = kept.collect();
        fields.insert(
            "choices".to_owned(),
            json!([{ "index": choice, "delta": delta, "finish_reason": null }]),
        );
        Value::Object(fields)
    }
}

fn visit_choice<'a>(walker: &mut Walker<'_, 'a>, choice: &'a Value) {
    let Value::Object(fields) = choice else {
        return;
    };
    walker.members(fields, |walker, name, value| match (name, value) {
        ("delta", Value::Object(delta)) => visit_delta(walker, delta),
        _ => walker.named(name, value, TextRole::Output),
    });
}

fn visit_delta<'a>(walker: &mut Walker<'_, 'a>, delta: &'a Map<String, Value>) {
    walker.members(delta, |walker, name, value| {
        let role = message_role(name);
        walker.name(name, role);
        if !value.is_string() || name == "role" {
            walker.walk(name, value, role);
        }
    });
}

/// The delta of every choice, with the choice's index.
fn deltas(body: &mut Value) -> impl Iterator<Item = (u64, &mut Map<String, Value>)> {
    let choices = body.get_mut("choices").and_then(Value::as_array_mut);
    let numbered = choices.into_iter().flatten().enumerate();
    numbered.filter_map(|(position, choice)| {
        let index = choice_index(choice, position);
        match choice.get_mut("delta") {
            Some(Value::Object(delta)) => Some((index, delta)),
            _ => None,
        }
    })
}

fn is_hollow(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}

fn choice_index(value: &Value, position: usize) -> u64 {
    let index = value.get("index").and_then(Value::as_u64);
    index.unwrap_or_else(|| u64::try_from(position).unwrap_or(u64::MAX))
}

fn piece(function: Option<&Value>, id: Option<&Value>) -> ToolCall {
    let text = |value: Option<&Value>| {
        let text = value.and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    ToolCall {
        id: text(id),
        name: text(function.and_then(|function| function.get("name"))),
        arguments: text(function.and_then(|function| function.get("arguments"))),
    }
}

fn nonsense() -> DialectError {
    DialectError::whole(
        ErrorCode::UpstreamFailed,
        "The upstream's stream is not one of chat completion chunks.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(body: &Value) -> Chunk {
        Chunk::parse(&body.to_string(), &JsonLimits::default()).unwrap()
    }

    #[test]
    fn texts_calls_and_the_rest_cover_a_chunk() {
        let mut chunk = chunk(&json!({
            "id": "c", "model": "m",
            "choices": [
                {"index": 0, "delta": {"role": "assistant", "content": "a"}},
                {"index": 3, "delta": {"reasoning_content": "b", "tool_calls": [{"index": 1, "id": "i", "function": {"name": "n", "arguments": "{"}}],
                 "extra": [{"deep": "c"}]}, "finish_reason": "stop"},
            ],
        }));
        let calls = chunk.take_tool_calls();
        assert_eq!(calls.len(), 1);
        assert_eq!((calls[0].choice, calls[0].index), (3, Some(1)));
        assert_eq!(calls[0].piece.arguments, "{");
        let mut texts = Vec::new();
        chunk.texts(|delta| {
            texts.push((delta.choice, delta.field.to_owned(), delta.text.clone()));
            delta.text.clear();
        });
        assert_eq!(
            texts,
            [
                (0, "content".into(), "a".into()),
                (3, "reasoning_content".into(), "b".into())
            ]
        );
        let mut rest = Vec::new();
        chunk.visit_rest(&mut |leaf| rest.push(leaf.text.into_owned()));
        assert_eq!(rest, ["c", "m", "assistant", "extra", "deep", "c", "stop"]);
        assert_eq!(chunk.finished(), [3]);
        assert!(!chunk.is_hollow());
    }

    #[test]
    fn usage_is_seen_and_stripped() {
        let mut chunk =
            chunk(&json!({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 4}}));
        assert!(chunk.is_usage_only());
        assert_eq!(chunk.usage().map(|usage| usage.total()), Some(7));
        assert!(chunk.strip_usage() && chunk.is_hollow());
    }

    #[test]
    fn what_is_not_a_chunk_is_refused() {
        for data in [
            "",
            "[DONE]",
            "{}",
            r#"{"choices":[1]}"#,
            r#"{"choices":[],"choices":[]}"#,
        ] {
            assert!(
                Chunk::parse(data, &JsonLimits::default()).is_err(),
                "{data}"
            );
        }
    }
}
