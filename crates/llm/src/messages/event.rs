//! One event of a streamed message: its texts can be taken out, replaced and put back.

use seawall_base::ErrorCode;
use seawall_base::json::{JsonLimits, parse};
use serde_json::{Map, Value, json};

use super::block::{Turn, block_role, check_block, visit_block};
use super::response::{answered, usage};
use crate::chunk::{Delta, ToolCallDelta};
use crate::error::DialectError;
use crate::leaf::{Leaf, TextRole};
use crate::names;
use crate::response::ToolCall;
use crate::usage::Usage;
use crate::walk::Walker;

/// An event that was parsed strictly. What chat calls a choice is a content block here.
#[derive(Clone, Debug, PartialEq)]
pub struct MessagesEvent {
    body: Value,
}

/// The member of each kind of delta that carries text, and the kind of block that it belongs to.
/// Signatures are opaque: nobody reads them, and they are yielded whole with the rest.
const DELTAS: &[(&str, &str, &str)] = &[
    ("text_delta", "text", "text"),
    ("thinking_delta", "thinking", "thinking"),
];

impl MessagesEvent {
    /// Parses the data of one event.
    ///
    /// # Errors
    /// When it is not an event of a message, or carries what cannot be inspected.
    pub fn parse(data: &str, limits: &JsonLimits) -> Result<Self, DialectError> {
        let body = parse(data.as_bytes(), limits).map_err(|_| nonsense())?;
        let event = Self { body };
        match event.kind() {
            "content_block_start" => {
                event.index().ok_or_else(nonsense)?;
                let block = event.body.get("content_block").ok_or_else(nonsense)?;
                check_block(block, Turn::Answer, "content_block")
                    .map_err(|error| answered(&error))?;
            }
            "content_block_delta" => {
                event.index().ok_or_else(nonsense)?;
                event.check_delta()?;
            }
            "content_block_stop" => {
                event.index().ok_or_else(nonsense)?;
            }
            "message_start" => event.check_start()?,
            "message_delta" | "message_stop" | "ping" | "error" => {}
            // An event that nobody here knows could carry pieces of a text.
            _ => return Err(nonsense()),
        }
        Ok(event)
    }

    /// The kind of the event, which is its name on the wire too.
    #[must_use]
    pub fn kind(&self) -> &str {
        let kind = self.body.get("type").and_then(Value::as_str);
        kind.unwrap_or_default()
    }

    /// The whole event.
    #[must_use]
    pub const fn body(&self) -> &Value {
        &self.body
    }

    /// Whether the event is the last of the message.
    #[must_use]
    pub fn is_last(&self) -> bool {
        self.kind() == "message_stop"
    }

    /// The usage that this event reports. Later reports replace earlier ones member by member.
    #[must_use]
    pub fn usage(&self, before: Option<Usage>) -> Option<Usage> {
        let reported = match self.kind() {
            "message_start" => self.body.pointer("/message/usage"),
            "message_delta" => self.body.get("usage"),
            _ => None,
        };
        let Some(reported) = reported else {
            return before;
        };
        let answered = reported.get("output_tokens").and_then(Value::as_u64);
        let partial = || {
            Some(Usage {
                completion_tokens: answered?,
                ..before?
            })
        };
        usage(reported).or_else(partial).or(before)
    }

    /// The block that ends with this event.
    #[must_use]
    pub fn finished(&self) -> Option<u64> {
        (self.kind() == "content_block_stop").then(|| self.index())?
    }

    /// Runs `step` on every text piece.
    pub fn texts(&mut self, mut step: impl FnMut(Delta<'_>)) {
        let Some(choice) = self.index() else {
            return;
        };
        let Some((kind, fields)) = self.piece() else {
            return;
        };
        let Some((_, field, block)) = DELTAS
            .iter()
            .find(|(delta, _, block)| *delta == kind || *block == kind)
        else {
            return;
        };
        if let Some(Value::String(text)) = fields.get_mut(*field) {
            step(Delta {
                choice,
                field,
                role: block_role(block, Turn::Answer),
                text,
            });
        }
    }

    /// Takes the piece of a tool call out of the event, which says nothing then.
    pub fn take_tool_call(&mut self) -> Option<ToolCallDelta> {
        let choice = self.index()?;
        let (kind, fields) = self.piece()?;
        let piece = match kind.as_str() {
            "tool_use" => {
                let mut text = |name: &str| match fields.shift_remove(name) {
                    Some(Value::String(text)) => text,
                    _ => String::new(),
                };
                let (id, name) = (text("id"), text("name"));
                let input = fields.shift_remove("input");
                let input =
                    input.filter(|input| input.as_object().is_some_and(|input| !input.is_empty()));
                ToolCall {
                    id,
                    name,
                    arguments: input.map(|input| input.to_string()).unwrap_or_default(),
                }
            }
            "input_json_delta" => {
                let arguments = match fields.shift_remove("partial_json") {
                    Some(Value::String(text)) => text,
                    _ => String::new(),
                };
                ToolCall {
                    arguments,
                    ..ToolCall::default()
                }
            }
            _ => return None,
        };
        Some(ToolCallDelta {
            choice,
            index: Some(choice),
            piece,
        })
    }

    /// Yields every text that [`Self::texts`] and [`Self::take_tool_call`] do not give.
    pub fn visit_rest<'a>(&'a self, sink: &mut dyn FnMut(Leaf<'_, 'a>)) {
        let Value::Object(fields) = &self.body else {
            return;
        };
        let mut walker = Walker::new(sink, &names::MESSAGES);
        walker.members(fields, |walker, name, value| match (name, value) {
            ("delta" | "content_block", Value::Object(piece)) => visit_piece(walker, piece),
            ("message", Value::Object(message)) => {
                walker.members(message, |walker, name, value| match (name, value) {
                    ("content", Value::Array(blocks)) => walker.items(blocks, |walker, block| {
                        visit_block(walker, block, Turn::Answer);
                    }),
                    _ => walker.named(name, value, TextRole::Output),
                });
            }
            _ => walker.named(name, value, TextRole::Output),
        });
    }

    /// Whether a client would miss nothing without this event, once texts and calls are taken out.
    #[must_use]
    pub fn is_hollow(&self) -> bool {
        if self.kind() != "content_block_delta" {
            return false;
        }
        let delta = self.body.get("delta").and_then(Value::as_object);
        delta.is_none_or(|delta| {
            let mut texts = delta.iter().filter(|(name, _)| *name != "type");
            texts.all(|(_, value)| value.as_str().is_some_and(str::is_empty))
        })
    }

    /// The event that releases text which was held back.
    #[must_use]
    pub fn release(block: u64, field: &str, text: &str) -> Value {
        let known = DELTAS.iter().find(|(_, known, _)| *known == field);
        let kind = known.map_or("text_delta", |(kind, _, _)| kind);
        json!({"type": "content_block_delta", "index": block, "delta": {"type": kind, field: text}})
    }

    /// The events that start a tool call and give its arguments; its end is still to come.
    #[must_use]
    pub fn tool_use(block: u64, call: &ToolCall) -> [Value; 2] {
        let start = json!({"type": "tool_use", "id": call.id, "name": call.name, "input": {}});
        let delta = json!({"type": "input_json_delta", "partial_json": call.arguments});
        [
            json!({"type": "content_block_start", "index": block, "content_block": start}),
            json!({"type": "content_block_delta", "index": block, "delta": delta}),
        ]
    }

    fn index(&self) -> Option<u64> {
        self.body.get("index").and_then(Value::as_u64)
    }

    /// The delta or the block that the event starts, with its kind.
    fn piece(&mut self) -> Option<(String, &mut Map<String, Value>)> {
        let name = match self.kind() {
            "content_block_delta" => "delta",
            "content_block_start" => "content_block",
            _ => return None,
        };
        let piece = self.body.get_mut(name)?.as_object_mut()?;
        let kind = piece.get("type")?.as_str()?.to_owned();
        Some((kind, piece))
    }

    fn check_delta(&self) -> Result<(), DialectError> {
        let kind = self.body.pointer("/delta/type").and_then(Value::as_str);
        let member = match kind {
            Some("text_delta") => "text",
            Some("thinking_delta") => "thinking",
            Some("input_json_delta") => "partial_json",
            Some("signature_delta") => "signature",
            Some("citations_delta") => return Ok(()),
            // A delta that nobody here knows could carry pieces of a text.
            _ => return Err(nonsense()),
        };
        let text = self
            .body
            .pointer("/delta")
            .and_then(|delta| delta.get(member));
        if text.is_some_and(Value::is_string) {
            Ok(())
        } else {
            Err(nonsense())
        }
    }

    fn check_start(&self) -> Result<(), DialectError> {
        match self.body.pointer("/message/content") {
            None => Ok(()),
            Some(Value::Array(blocks)) if blocks.is_empty() => Ok(()),
            // Blocks come in events of their own, where they are held back.
            Some(_) => Err(nonsense()),
        }
    }
}

fn visit_piece<'a>(walker: &mut Walker<'_, 'a>, piece: &'a Map<String, Value>) {
    let kind = piece
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let streamed = DELTAS
        .iter()
        .find(|(delta, _, block)| *delta == kind || *block == kind)
        .map(|(_, field, _)| *field);
    let role = match kind {
        "tool_use" | "input_json_delta" => TextRole::ToolCall,
        "thinking" | "redacted_thinking" | "thinking_delta" | "signature_delta" => {
            TextRole::Reasoning
        }
        _ => TextRole::Output,
    };
    walker.members(piece, |walker, name, value| {
        if Some(name) != streamed || !value.is_string() {
            walker.named(name, value, role);
        }
    });
}

fn nonsense() -> DialectError {
    DialectError::whole(
        ErrorCode::UpstreamFailed,
        "The upstream's stream is not one of message events.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(body: &Value) -> MessagesEvent {
        MessagesEvent::parse(&body.to_string(), &JsonLimits::default()).unwrap()
    }

    #[test]
    fn texts_calls_and_the_rest_cover_an_event() {
        let mut text = event(&json!({"type": "content_block_delta", "index": 2,
            "delta": {"type": "text_delta", "text": "a", "extra": "b"}}));
        let mut texts = Vec::new();
        text.texts(|delta| {
            texts.push((delta.choice, delta.field.to_owned(), delta.text.clone()));
            delta.text.clear();
        });
        assert_eq!(texts, [(2, "text".to_owned(), "a".to_owned())]);
        let mut rest = Vec::new();
        text.visit_rest(&mut |leaf| rest.push(leaf.text.into_owned()));
        assert!(
            rest.contains(&"b".to_owned()) && !text.is_hollow(),
            "{rest:?}"
        );

        let mut start = event(&json!({"type": "content_block_start", "index": 1,
            "content_block": {"type": "tool_use", "id": "t", "name": "send", "input": {}}}));
        let call = start.take_tool_call().unwrap();
        assert_eq!(
            (call.piece.name.as_str(), call.piece.arguments.as_str()),
            ("send", "")
        );
        let mut piece = event(&json!({"type": "content_block_delta", "index": 1,
            "delta": {"type": "input_json_delta", "partial_json": "{\"a\""}}));
        assert_eq!(piece.take_tool_call().unwrap().piece.arguments, "{\"a\"");
        assert!(piece.is_hollow());
        let stop = event(&json!({"type": "content_block_stop", "index": 1}));
        assert_eq!(stop.finished(), Some(1));
    }

    #[test]
    fn usage_grows_as_it_is_reported() {
        let start = event(&json!({"type": "message_start", "message": {"content": [],
            "usage": {"input_tokens": 7, "output_tokens": 1}}}));
        let end =
            event(&json!({"type": "message_delta", "delta": {}, "usage": {"output_tokens": 30}}));
        let usage = end.usage(start.usage(None)).unwrap();
        assert_eq!((usage.prompt_tokens, usage.completion_tokens), (7, 30));
        assert_eq!(end.usage(None), None);
    }

    #[test]
    fn what_is_released_is_read_again() {
        let released = MessagesEvent::release(3, "thinking", "x");
        let mut texts = Vec::new();
        event(&released).texts(|delta| texts.push((delta.role, delta.text.clone())));
        assert_eq!(texts, [(TextRole::Reasoning, "x".to_owned())]);
        let call = ToolCall {
            id: "t".into(),
            name: "send".into(),
            arguments: "{}".into(),
        };
        let [start, delta] = MessagesEvent::tool_use(0, &call);
        let (mut start, mut delta) = (event(&start), event(&delta));
        assert_eq!(start.take_tool_call().unwrap().piece.id, "t");
        assert_eq!(delta.take_tool_call().unwrap().piece.arguments, "{}");
    }

    #[test]
    fn what_could_carry_unseen_text_is_refused() {
        for body in [
            json!({"type": "novel_event", "text": "x"}),
            json!({"type": "content_block_delta", "index": 0, "delta": {"type": "novel_delta", "text": "x"}}),
            json!({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "x"}}),
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "image", "source": {}}}),
            json!({"type": "message_start", "message": {"content": [{"type": "text", "text": "x"}]}}),
            json!([]),
        ] {
            let parsed = MessagesEvent::parse(&body.to_string(), &JsonLimits::default());
            assert!(parsed.is_err(), "{body}");
        }
    }
}
