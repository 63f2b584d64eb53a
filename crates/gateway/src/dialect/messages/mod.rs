//! Anthropic's messages.

mod filter;

use std::collections::BTreeMap;

use seawall_base::json::JsonLimits;
use seawall_guard::{Conversation, Source};
use seawall_llm::messages::{MessagesEvent, MessagesRequest, MessagesResponse};
use seawall_llm::{
    DialectError, Leaf, NotEditable, Place, TextRole, ToolCall, Usage, edit, sse, visit_any,
};
use serde_json::{Map, Value, json};

use super::{Answer, Counts, Prompt, kind_of};
use crate::watch::{described, items, text};

pub(crate) use self::filter::MessagesFilter;

impl Prompt for MessagesRequest {
    fn model(&self) -> &str {
        Self::model(self)
    }

    fn is_streamed(&self) -> bool {
        self.stream()
    }

    fn include_usage(&self) -> bool {
        true
    }

    fn counts(&self) -> Counts {
        Counts {
            choices: 1,
            messages: items(self.body().get("messages")).len(),
            tools: items(self.body().get("tools")).len(),
        }
    }

    fn clamp(&mut self, limit: u64) -> u64 {
        self.clamp_max_tokens(limit)
    }

    fn unseen(&self) -> Option<&'static str> {
        None
    }

    fn make_ready(&mut self) {}

    fn visit<'a>(&'a self, sink: &mut dyn FnMut(Leaf<'_, 'a>)) {
        Self::visit(self, sink);
    }

    fn edit(&mut self, path: &str, place: Place, text: String) -> Result<(), NotEditable> {
        Self::edit(self, path, place, text)
    }

    fn body(&self) -> &Value {
        Self::body(self)
    }

    fn conversation(&self) -> Conversation {
        conversation(self.body())
    }

    fn to_bytes(&self) -> Vec<u8> {
        Self::to_bytes(self)
    }

    fn copy(&self) -> Box<dyn Prompt> {
        Box::new(self.clone())
    }
}

/// An answer whose tool calls are shown to the guard as every dialect shows them: the arguments of a
/// call are one document in a text.
pub(crate) struct MessagesAnswer {
    response: MessagesResponse,
    /// By position in the content: id, name and arguments of each call.
    calls: Value,
}

impl MessagesAnswer {
    pub(super) fn parse(bytes: &[u8], limits: &JsonLimits) -> Result<Self, DialectError> {
        let response = MessagesResponse::parse(bytes, limits)?;
        let blocks = items(response.body().get("content")).iter().enumerate();
        let calls = blocks.filter(|(_, block)| block.get("type").map(text) == Some("tool_use"));
        let calls = calls.map(|(position, block)| {
            let member = |name: &str| block.get(name).map(text).unwrap_or_default();
            let arguments = block.get("input").map(Value::to_string).unwrap_or_default();
            let call =
                json!({ "id": member("id"), "name": member("name"), "arguments": arguments });
            (position.to_string(), call)
        });
        let calls: Map<String, Value> = calls.collect();
        Ok(Self {
            calls: json!({ "content": calls }),
            response,
        })
    }

    /// The call that a text belongs to, and the member of it.
    fn call_of<'p>(&self, path: &'p str) -> Option<(&'p str, &'p str)> {
        let rest = path.strip_prefix("/content/")?;
        let (position, member) = rest.split_once('/')?;
        let member = member.split(['/', '#']).next()?;
        let known = self
            .calls
            .pointer(&format!("/content/{position}"))
            .is_some();
        (known && matches!(member, "id" | "name" | "input" | "arguments"))
            .then_some((position, member))
    }

    fn member(&self, position: &str, name: &str) -> Option<String> {
        let value = self.calls.pointer(&format!("/content/{position}/{name}"))?;
        value.as_str().map(str::to_owned)
    }
}

impl Answer for MessagesAnswer {
    fn usage(&self) -> Option<Usage> {
        self.response.usage()
    }

    fn tool_calls(&self) -> u64 {
        let calls = self.calls.get("content").and_then(Value::as_object);
        calls.map_or(0, |calls| u64::try_from(calls.len()).unwrap_or(u64::MAX))
    }

    fn visit<'a>(&'a self, sink: &mut dyn FnMut(Leaf<'_, 'a>)) {
        self.response.visit(&mut |leaf| {
            if self.call_of(leaf.path).is_none() {
                sink(leaf);
            }
        });
        visit_any(&self.calls, TextRole::ToolCall, &mut |leaf| {
            // Names here are positions; those in the arguments are part of their text.
            if leaf.place != Place::Name {
                sink(leaf);
            }
        });
    }

    fn edit(&mut self, path: &str, place: Place, text: String) -> Result<(), NotEditable> {
        let Some((position, member)) = self.call_of(path) else {
            return self.response.edit(path, place, text);
        };
        edit(&mut self.calls, path, place, text)?;
        let edited = self.member(position, member).ok_or(NotEditable)?;
        match member {
            "arguments" => self.set_arguments(&format!("/content/{position}"), edited),
            _ => self.response.edit(path, place, edited),
        }
    }

    fn is_echo(&self, _path: &str) -> bool {
        false
    }

    fn drop_echoes(&mut self) {}

    fn end_early(&mut self, _path: &str) -> Result<(), NotEditable> {
        let reason = "max_tokens".to_owned();
        self.response.edit("/stop_reason", Place::Value, reason)
    }

    fn call_at(&self, path: &str) -> Option<(String, ToolCall)> {
        let (position, _) = self.call_of(path)?;
        let call = ToolCall {
            id: self.member(position, "id")?,
            name: self.member(position, "name")?,
            arguments: self.member(position, "arguments")?,
        };
        Some((format!("/content/{position}"), call))
    }

    fn set_arguments(&mut self, call: &str, arguments: String) -> Result<(), NotEditable> {
        let limits = JsonLimits::default();
        let input = seawall_base::json::parse(arguments.as_bytes(), &limits);
        let position = call.strip_prefix("/content/").ok_or(NotEditable)?;
        let position = position.parse().map_err(|_| NotEditable)?;
        self.response
            .set_input(position, input.map_err(|_| NotEditable)?)?;
        edit(
            &mut self.calls,
            &format!("{call}/arguments"),
            Place::Value,
            arguments,
        )
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.response.to_bytes()
    }
}

/// Whether the event is the last of a stream.
pub(super) fn is_last(event: &sse::Event) -> bool {
    kind_of(event) == "message_stop"
}

/// Whether the event carries a piece of the answer.
pub(super) fn is_piece(event: &sse::Event) -> bool {
    kind_of(event) == "content_block_delta"
}

/// What a stream has reported once the event has come.
pub(super) fn usage(
    event: &sse::Event,
    before: Option<Usage>,
    limits: &JsonLimits,
) -> Option<Usage> {
    match MessagesEvent::parse(&event.data, limits) {
        Ok(event) => event.usage(before),
        Err(_) => before,
    }
}

/// Who said what.
fn conversation(body: &Value) -> Conversation {
    let mut talk = Conversation::default();
    let mut calls: BTreeMap<&str, &str> = BTreeMap::new();
    for said in texts(body.get("system")) {
        talk.say(Source::System, said);
    }
    for message in items(body.get("messages")) {
        let source = match message.get("role").map(text) {
            Some("assistant") => Source::Assistant,
            _ => Source::User,
        };
        let content = message.get("content");
        talk.say(source, content.map(text).unwrap_or_default());
        for block in items(content) {
            said(&mut talk, &mut calls, source, block);
        }
    }
    for tool in items(body.get("tools")) {
        let name = tool.get("name").map(text).unwrap_or_default();
        described(&mut talk, name, tool);
    }
    talk
}

/// Adds the texts of one block.
fn said<'v>(
    talk: &mut Conversation,
    calls: &mut BTreeMap<&'v str, &'v str>,
    source: Source,
    block: &'v Value,
) {
    let member = |name: &str| block.get(name).map(text).unwrap_or_default();
    match member("type") {
        "tool_use" => {
            calls.insert(member("id"), member("name"));
        }
        "tool_result" => {
            let tool = calls
                .get(member("tool_use_id"))
                .copied()
                .unwrap_or_default();
            for said in texts(block.get("content")) {
                talk.returned(tool, said);
            }
        }
        "document" => {
            talk.say(Source::Document, member("title"));
            talk.say(Source::Document, member("context"));
            for name in ["data", "content"] {
                for said in texts(block.pointer(&format!("/source/{name}"))) {
                    talk.say(Source::Document, said);
                }
            }
        }
        "search_result" => {
            talk.say(Source::Document, member("title"));
            for said in texts(block.get("content")) {
                talk.say(Source::Document, said);
            }
        }
        _ => talk.say(source, member("text")),
    }
}

/// A text, or the texts of blocks, those of documents in them included.
fn texts(content: Option<&Value>) -> Vec<&str> {
    let mut found: Vec<&str> = content.and_then(Value::as_str).into_iter().collect();
    for block in items(content) {
        found.extend(block.get("text").map(text));
        found.extend(block.pointer("/source/data").map(text));
        let inner = [block.get("content"), block.pointer("/source/content")];
        let inner = inner.into_iter().flatten();
        found.extend(inner.clone().filter_map(Value::as_str));
        found.extend(inner.flat_map(|inner| {
            items(Some(inner))
                .iter()
                .filter_map(|part| part.get("text"))
                .map(text)
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(content: &Value) -> MessagesAnswer {
        let body = json!({"content": content, "stop_reason": "tool_use"});
        MessagesAnswer::parse(body.to_string().as_bytes(), &JsonLimits::default()).unwrap()
    }

    #[test]
    fn a_call_is_one_name_and_one_document_and_its_edit_reaches_the_input() {
        let mut answer = answer(&json!([{"type": "text", "text": "a"},
            {"type": "tool_use", "id": "t", "name": "send", "input": {"to": "x\ny"}, "caller": {"type": "direct"}}]));
        let mut seen = Vec::new();
        answer.visit(&mut |leaf| seen.push((leaf.path.to_owned(), leaf.text.into_owned())));
        let has = |path: &str, text: &str| seen.contains(&(path.to_owned(), text.to_owned()));
        assert!(has("/content/1/name", "send"), "{seen:?}");
        assert!(has("/content/1/arguments", r#"{"to":"x\ny"}"#), "{seen:?}");
        assert!(has("/content/1/arguments#/to", "x\ny"), "{seen:?}");
        assert!(has("/content/1/caller/type", "direct"), "{seen:?}");
        assert!(!seen.iter().any(|(path, _)| path.contains("/input")));
        let (path, call) = answer.call_at("/content/1/arguments#/to").unwrap();
        assert_eq!((path.as_str(), call.name.as_str()), ("/content/1", "send"));
        let nested = Place::Nested {
            outer: "/content/1/arguments".len(),
        };
        answer
            .edit("/content/1/arguments#/to", nested, "[gone]".into())
            .unwrap();
        let body: Value = serde_json::from_slice(&answer.to_bytes()).unwrap();
        assert_eq!(body["content"][1]["input"], json!({"to": "[gone]"}));
        // What would not be a document any more cannot stand in the dialect.
        let broken = answer.edit("/content/1/arguments", Place::Value, "[gone]".into());
        assert_eq!(broken, Err(NotEditable));
        assert_eq!(answer.call_at("/content/0/text"), None);
    }
}
