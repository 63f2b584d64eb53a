//! One event of a streamed response: its texts can be taken out, replaced and put back.
//!
//! The dialect says every text several times: in pieces, then whole at the end of the text, of its
//! part, of its item and of the response. Pieces are streamed through an inspector; the repetitions
//! are visited whole, so that the same policy edits them in the same way.

use seawall_base::ErrorCode;
use seawall_base::json::{JsonLimits, parse};
use serde_json::{Map, Value, json};

use super::item::{Direction, check_part, visit_item};
use super::response::{
    answered, check_answer, check_output, drop_logprobs, end_early, tool_call, usage, visit_answer,
};
use crate::error::DialectError;
use crate::leaf::{Leaf, NotEditable, Place, TextRole, edit};
use crate::names;
use crate::response::ToolCall;
use crate::usage::Usage;
use crate::walk::Walker;

/// An event that was parsed strictly.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponsesEvent {
    body: Value,
}

/// Which text of a response a piece belongs to.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct TextKey {
    /// Position of the item in the output.
    pub item: u64,
    /// Position of the part in the item.
    pub part: u64,
    /// What kind of text it is.
    pub kind: &'static str,
}

/// Kinds of streamed text: the stem of their events and the role that they play.
const TEXTS: &[(&str, TextRole)] = &[
    ("output_text", TextRole::Output),
    ("reasoning_summary_text", TextRole::Reasoning),
    ("reasoning_text", TextRole::Reasoning),
    ("refusal", TextRole::Output),
];

/// Kinds of streamed tool calls: the stem of their events.
const CALLS: &[&str] = &["custom_tool_call_input", "function_call_arguments"];

impl ResponsesEvent {
    /// Parses the data of one event.
    ///
    /// # Errors
    /// When it is not an event of a response, or carries what cannot be inspected.
    pub fn parse(data: &str, limits: &JsonLimits) -> Result<Self, DialectError> {
        let body = parse(data.as_bytes(), limits).map_err(|_| nonsense())?;
        let event = Self { body };
        event.check()?;
        Ok(event)
    }

    fn check(&self) -> Result<(), DialectError> {
        let member = |name: &str| self.body.get(name).ok_or_else(nonsense);
        match self.stem() {
            "created" | "in_progress" | "queued" | "completed" | "failed" | "incomplete" => {
                check_answer(member("response")?)
            }
            "output_item.added" | "output_item.done" => {
                self.position("output_index").ok_or_else(nonsense)?;
                check_output(member("item")?)
            }
            "content_part.added" | "content_part.done" => {
                let kinds = ["output_text", "refusal", "reasoning_text"];
                check_part(member("part")?, &kinds, "part").map_err(|error| answered(&error))
            }
            "reasoning_summary_part.added" | "reasoning_summary_part.done" => {
                check_part(member("part")?, &["summary_text"], "part")
                    .map_err(|error| answered(&error))
            }
            "output_text.annotation.added" | "error" => Ok(()),
            stem => {
                let (kind, tail) = stem.rsplit_once('.').ok_or_else(nonsense)?;
                let text = TEXTS.iter().any(|(known, _)| *known == kind);
                let known = text || CALLS.contains(&kind);
                let delta = self.body.get("delta").is_some_and(Value::is_string);
                let placed = self.position("output_index").is_some();
                match tail {
                    "delta" if known && delta && placed => Ok(()),
                    "done" if known && placed => Ok(()),
                    // An event that nobody here knows could carry pieces of a text.
                    _ => Err(nonsense()),
                }
            }
        }
    }

    /// The kind of the event, which is its name on the wire too.
    #[must_use]
    pub fn kind(&self) -> &str {
        let kind = self.body.get("type").and_then(Value::as_str);
        kind.unwrap_or_default()
    }

    /// The kind without its prefix.
    fn stem(&self) -> &str {
        let kind = self.kind();
        match kind.strip_prefix("response.") {
            Some("error") => "",
            Some(stem) => stem,
            None if kind == "error" => kind,
            None => "",
        }
    }

    /// The whole event.
    #[must_use]
    pub const fn body(&self) -> &Value {
        &self.body
    }

    /// Whether the event is the last of the response.
    #[must_use]
    pub fn is_last(&self) -> bool {
        matches!(self.stem(), "completed" | "failed" | "incomplete" | "error")
    }

    /// The usage that this event reports.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        self.body.get("response").and_then(usage)
    }

    /// The text piece of the event: which text, its role, and the piece, which may be replaced.
    pub fn text(&mut self) -> Option<(TextKey, TextRole, &mut String)> {
        let (key, role, tail) = self.text_key()?;
        let piece = tail == "delta";
        match self.body.get_mut("delta") {
            Some(Value::String(text)) if piece => Some((key, role, text)),
            _ => None,
        }
    }

    /// The text that ends with this event.
    #[must_use]
    pub fn finished(&self) -> Option<TextKey> {
        let (key, _, tail) = self.text_key()?;
        (tail == "done").then_some(key)
    }

    /// The position of the item whose tool call the event begins or continues. Such events are kept
    /// until the call is whole.
    #[must_use]
    pub fn open_call(&self) -> Option<u64> {
        let item = self.position("output_index")?;
        let stem = self.stem();
        let begins =
            stem == "output_item.added" && self.body.get("item").and_then(tool_call).is_some();
        let continues = stem
            .rsplit_once('.')
            .is_some_and(|(kind, _)| CALLS.contains(&kind));
        (begins || continues).then_some(item)
    }

    /// The tool call that is whole with this event, and the position of its item.
    #[must_use]
    pub fn closed_call(&self) -> Option<(u64, ToolCall)> {
        let item = self.position("output_index")?;
        let call = self.body.get("item").and_then(tool_call)?;
        (self.stem() == "output_item.done").then_some((item, call))
    }

    /// Replaces the arguments of the call that is whole with this event.
    pub fn set_arguments(&mut self, arguments: &str) {
        if let Some(item) = self.body.get_mut("item") {
            set_arguments(item, arguments);
        }
    }

    /// The events that lead to this one, the end of a tool call: its beginning and its arguments.
    #[must_use]
    pub fn call_events(&self) -> Vec<Value> {
        let Some((position, call)) = self.closed_call() else {
            return Vec::new();
        };
        let mut item = self.body.get("item").cloned().unwrap_or_default();
        let custom = item.get("type").and_then(Value::as_str) == Some("custom_tool_call");
        let (stem, member) = if custom {
            ("custom_tool_call_input", "input")
        } else {
            ("function_call_arguments", "arguments")
        };
        let id = item.get("id").cloned().unwrap_or_default();
        set_arguments(&mut item, "");
        if let Value::Object(fields) = &mut item
            && fields.contains_key("status")
        {
            fields.insert("status".to_owned(), "in_progress".into());
        }
        vec![
            json!({"type": "response.output_item.added", "output_index": position, "item": item}),
            json!({"type": format!("response.{stem}.delta"), "output_index": position, "item_id": id, "delta": call.arguments}),
            json!({"type": format!("response.{stem}.done"), "output_index": position, "item_id": id, member: call.arguments}),
        ]
    }

    /// Puts an item that was released in place of what the end of the response says of it.
    pub fn replace_item(&mut self, position: u64, item: &Value) {
        let items = self.body.pointer_mut("/response/output");
        let items = items.and_then(Value::as_array_mut);
        let position = usize::try_from(position).unwrap_or(usize::MAX);
        if let Some(place) = items.and_then(|items| items.get_mut(position)) {
            place.clone_from(item);
        }
    }

    /// Drops what spells a text a second time or is not there to be read: token probabilities and
    /// padding. True when there was any.
    pub fn drop_echoes(&mut self) -> bool {
        let padding = match &mut self.body {
            Value::Object(fields) => fields.shift_remove("obfuscation").is_some(),
            _ => false,
        };
        drop_logprobs(&mut self.body) | padding
    }

    /// Whether an upstream tells of its own failure.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.stem() == "error"
    }

    /// The answer in which this event, the first of a response, announces it: cut at its limit.
    #[must_use]
    pub fn incomplete(&self) -> Option<Value> {
        let mut response = self.body.get("response")?.clone();
        end_early(&mut response);
        Some(json!({"type": "response.incomplete", "response": response}))
    }

    /// Yields every text of the event but the piece that [`Self::text`] gives.
    pub fn visit_rest<'a>(&'a self, sink: &mut dyn FnMut(Leaf<'_, 'a>)) {
        let Value::Object(fields) = &self.body else {
            return;
        };
        let streamed = self.text_key().is_some_and(|(_, _, tail)| tail == "delta");
        let role = self.role();
        let mut walker = Walker::new(sink, &names::RESPONSES);
        walker.members(fields, |walker, name, value| match (name, value) {
            ("delta", Value::String(_)) if streamed => {}
            ("response", Value::Object(answer)) => visit_answer(walker, answer),
            ("item", _) => visit_item(walker, value, Direction::Output),
            _ => walker.named(name, value, role),
        });
    }

    /// Replaces one text that [`Self::visit_rest`] yielded.
    ///
    /// # Errors
    /// When it cannot be replaced, so that the stream must end.
    pub fn edit(&mut self, path: &str, place: Place, text: String) -> Result<(), NotEditable> {
        edit(&mut self.body, path, place, text)
    }

    /// Whether a client would miss nothing without this event, once its piece is taken out.
    #[must_use]
    pub fn is_hollow(&self) -> bool {
        let piece = self.body.get("delta").and_then(Value::as_str);
        self.text_key().is_some_and(|(_, _, tail)| tail == "delta") && piece == Some("")
    }

    /// The event that releases text which was held back, from the event that ends the text.
    #[must_use]
    pub fn release(&self, key: TextKey, text: &str) -> Value {
        let mut fields = Map::new();
        fields.insert(
            "type".to_owned(),
            format!("response.{}.delta", key.kind).into(),
        );
        for name in ["item_id", "output_index", "content_index", "summary_index"] {
            if let Some(value) = self.body.get(name) {
                fields.insert(name.to_owned(), value.clone());
            }
        }
        fields.insert("delta".to_owned(), text.into());
        Value::Object(fields)
    }

    fn role(&self) -> TextRole {
        let stem = self.stem();
        let (kind, _) = stem.rsplit_once('.').unwrap_or((stem, ""));
        let text = TEXTS.iter().find(|(known, _)| *known == kind);
        match text {
            Some((_, role)) => *role,
            None if CALLS.contains(&kind) => TextRole::ToolCall,
            None if kind.starts_with("reasoning") => TextRole::Reasoning,
            None => TextRole::Output,
        }
    }

    fn text_key(&self) -> Option<(TextKey, TextRole, &str)> {
        let (kind, tail) = self.stem().rsplit_once('.')?;
        let (kind, role) = TEXTS.iter().find(|(known, _)| *known == kind)?;
        let part = ["content_index", "summary_index"]
            .iter()
            .find_map(|name| self.position(name));
        let key = TextKey {
            item: self.position("output_index")?,
            part: part.unwrap_or_default(),
            kind,
        };
        Some((key, *role, tail))
    }

    fn position(&self, name: &str) -> Option<u64> {
        self.body.get(name).and_then(Value::as_u64)
    }
}

fn set_arguments(item: &mut Value, arguments: &str) {
    let custom = item.get("type").and_then(Value::as_str) == Some("custom_tool_call");
    if let Value::Object(fields) = item {
        let member = if custom { "input" } else { "arguments" };
        fields.insert(member.to_owned(), arguments.into());
    }
}

fn nonsense() -> DialectError {
    DialectError::whole(
        ErrorCode::UpstreamFailed,
        "The upstream's stream is not one of response events.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(body: &Value) -> ResponsesEvent {
        ResponsesEvent::parse(&body.to_string(), &JsonLimits::default()).unwrap()
    }

    #[test]
    fn pieces_and_the_rest_cover_an_event() {
        let mut piece = event(
            &json!({"type": "response.output_text.delta", "item_id": "i", "output_index": 1,
            "content_index": 2, "delta": "a", "extra": "b"}),
        );
        let (key, role, text) = piece.text().unwrap();
        assert_eq!(
            (key.item, key.part, key.kind, role),
            (1, 2, "output_text", TextRole::Output)
        );
        text.clear();
        assert!(piece.is_hollow());
        let mut rest = Vec::new();
        piece.visit_rest(&mut |leaf| rest.push(leaf.text.into_owned()));
        assert!(
            rest.contains(&"b".to_owned()) && rest.contains(&"i".to_owned()),
            "{rest:?}"
        );
        let done = event(
            &json!({"type": "response.output_text.done", "item_id": "i", "output_index": 1,
            "content_index": 2, "text": "whole"}),
        );
        assert_eq!(done.finished(), Some(key));
        let mut released = event(&done.release(key, "held"));
        assert_eq!(released.text().unwrap().0, key);
        let mut rest = Vec::new();
        done.visit_rest(&mut |leaf| rest.push(leaf.text.into_owned()));
        assert!(rest.contains(&"whole".to_owned()));
    }

    #[test]
    fn a_call_is_kept_until_it_is_whole_and_can_be_told_again() {
        let item = json!({"type": "function_call", "id": "f", "call_id": "c", "name": "send", "arguments": "", "status": "in_progress"});
        let added =
            event(&json!({"type": "response.output_item.added", "output_index": 0, "item": item}));
        let piece = event(
            &json!({"type": "response.function_call_arguments.delta", "output_index": 0, "item_id": "f", "delta": "{}"}),
        );
        assert_eq!((added.open_call(), piece.open_call()), (Some(0), Some(0)));
        let mut whole = item.clone();
        whole["arguments"] = json!("{}");
        whole["status"] = json!("completed");
        let mut done =
            event(&json!({"type": "response.output_item.done", "output_index": 0, "item": whole}));
        assert_eq!(done.open_call(), None);
        assert_eq!(done.closed_call().unwrap().1.arguments, "{}");
        done.set_arguments("[]");
        let events = done.call_events();
        assert_eq!(events[0]["item"], item);
        assert_eq!(
            (&events[1]["delta"], &events[2]["arguments"]),
            (&json!("[]"), &json!("[]"))
        );
        let mut last = event(
            &json!({"type": "response.completed", "response": {"output": [whole], "usage": {"input_tokens": 1, "output_tokens": 2}}}),
        );
        last.replace_item(0, &done.body()["item"]);
        assert_eq!(last.body()["response"]["output"][0]["arguments"], "[]");
        assert_eq!(last.usage().map(|usage| usage.total()), Some(3));
        assert!(last.is_last());
    }

    #[test]
    fn what_could_carry_unseen_text_is_refused() {
        for body in [
            json!({"type": "response.novel.delta", "output_index": 0, "delta": "x"}),
            json!({"type": "novel"}),
            json!({"type": "response.output_text.delta", "delta": "x"}),
            json!({"type": "response.output_item.added", "output_index": 0, "item": {"type": "mcp_call"}}),
            json!({"type": "response.content_part.added", "part": {"type": "image"}}),
            json!({"type": "response.created", "response": {}}),
            json!({}),
        ] {
            let parsed = ResponsesEvent::parse(&body.to_string(), &JsonLimits::default());
            assert!(parsed.is_err(), "{body}");
        }
    }
}
