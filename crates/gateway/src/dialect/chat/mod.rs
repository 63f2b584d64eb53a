//! OpenAI's chat completions.

mod filter;
mod repeat;

use std::collections::BTreeMap;

use seawall_base::json::JsonLimits;
use seawall_guard::{Conversation, Source};
use seawall_llm::{
    ChatRequest, ChatResponse, Chunk, Leaf, NotEditable, Place, ToolCall, Usage, sse,
};
use serde_json::Value;

use super::{Answer, Counts, Prompt};
use crate::watch::{described, items, text};

pub(crate) use self::filter::ChatFilter;

impl Prompt for ChatRequest {
    fn model(&self) -> &str {
        Self::model(self)
    }

    fn is_streamed(&self) -> bool {
        self.stream()
    }

    fn include_usage(&self) -> bool {
        Self::include_usage(self)
    }

    fn counts(&self) -> Counts {
        let count = |name: &str| items(self.body().get(name)).len();
        Counts {
            choices: self.choices(),
            messages: count("messages"),
            tools: count("tools").saturating_add(count("functions")),
        }
    }

    fn clamp(&mut self, limit: u64) -> u64 {
        self.clamp_max_tokens(limit)
    }

    fn unseen(&self) -> Option<&'static str> {
        (self.stream() && self.logprobs()).then_some("logprobs")
    }

    fn make_ready(&mut self) {
        self.force_usage();
    }

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

impl Answer for ChatResponse {
    fn usage(&self) -> Option<Usage> {
        Self::usage(self)
    }

    fn tool_calls(&self) -> u64 {
        let messages = items(self.body().get("choices"))
            .iter()
            .filter_map(|choice| choice.get("message"));
        let count = messages.map(|message| {
            let older = message.get("function_call").is_some_and(Value::is_object);
            items(message.get("tool_calls")).len() + usize::from(older)
        });
        u64::try_from(count.sum::<usize>()).unwrap_or(u64::MAX)
    }

    fn visit<'a>(&'a self, sink: &mut dyn FnMut(Leaf<'_, 'a>)) {
        Self::visit(self, sink);
    }

    fn edit(&mut self, path: &str, place: Place, text: String) -> Result<(), NotEditable> {
        Self::edit(self, path, place, text)
    }

    fn is_echo(&self, path: &str) -> bool {
        path.ends_with("/logprobs")
    }

    fn drop_echoes(&mut self) {
        self.drop_logprobs();
    }

    fn end_early(&mut self, path: &str) -> Result<(), NotEditable> {
        let Some(choice) = path.find("/message").and_then(|end| path.get(..end)) else {
            return Ok(());
        };
        let reason = format!("{choice}/finish_reason");
        Self::edit(self, &reason, Place::Value, "length".to_owned())
    }

    fn call_at(&self, path: &str) -> Option<(String, ToolCall)> {
        let pointer = call_pointer(path)?;
        let call = self.body().pointer(pointer)?;
        let function = call.get("function").unwrap_or(call);
        let read = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let tool_call = ToolCall {
            id: read(call.get("id")).unwrap_or_default(),
            name: read(function.get("name"))?,
            arguments: read(function.get("arguments"))?,
        };
        Some((pointer.to_owned(), tool_call))
    }

    fn set_arguments(&mut self, call: &str, arguments: String) -> Result<(), NotEditable> {
        let function = if call.ends_with("/function_call") {
            ""
        } else {
            "/function"
        };
        let path = format!("{call}{function}/arguments");
        Self::edit(self, &path, Place::Value, arguments)
    }

    fn to_bytes(&self) -> Vec<u8> {
        Self::to_bytes(self)
    }
}

/// What a chunk reports, if the event is one that does.
pub(super) fn usage(event: &sse::Event, limits: &JsonLimits) -> Option<Usage> {
    Chunk::parse(&event.data, limits).ok()?.usage()
}

/// The pointer of the tool call that a path lies in.
fn call_pointer(path: &str) -> Option<&str> {
    let parts: Vec<&str> = path.split('/').take(6).collect();
    let count = match parts.as_slice() {
        ["", "choices", _, "message", "function_call", ..] => 5,
        ["", "choices", _, "message", "tool_calls", _] => 6,
        _ => return None,
    };
    let length: usize = parts.iter().take(count).map(|part| part.len() + 1).sum();
    path.get(..length.saturating_sub(1))
}

/// Who said what: messages by role, results with the name of their tool, descriptions of tools.
fn conversation(body: &Value) -> Conversation {
    let mut talk = Conversation::default();
    let mut calls: BTreeMap<&str, &str> = BTreeMap::new();
    for message in items(body.get("messages")) {
        for call in items(message.get("tool_calls")) {
            let name = call.pointer("/function/name").map(text);
            calls.insert(
                call.get("id").map(text).unwrap_or_default(),
                name.unwrap_or_default(),
            );
        }
        let role = message.get("role").map(text).unwrap_or_default();
        let tool = match role {
            "tool" => {
                let id = message.get("tool_call_id").map(text).unwrap_or_default();
                calls.get(id).copied().unwrap_or_default()
            }
            _ => message.get("name").map(text).unwrap_or_default(),
        };
        let content = message.get("content");
        let parts = items(content).iter().filter_map(|part| part.get("text"));
        for said in content.into_iter().chain(parts).map(text) {
            match role {
                "system" | "developer" => talk.say(Source::System, said),
                "user" => talk.say(Source::User, said),
                "assistant" => talk.say(Source::Assistant, said),
                _ => talk.returned(tool, said),
            }
        }
    }
    let older = items(body.get("functions"));
    for tool in items(body.get("tools")).iter().chain(older) {
        let function = tool.get("function").unwrap_or(tool);
        let name = function.get("name").map(text).unwrap_or_default();
        described(&mut talk, name, function);
    }
    talk
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_paths_lead_to_their_calls() {
        let call = "/choices/0/message/tool_calls/12";
        assert_eq!(call_pointer(&format!("{call}/function/name")), Some(call));
        assert_eq!(
            call_pointer(&format!("{call}/function/arguments#/a/b")),
            Some(call)
        );
        let older = "/choices/1/message/function_call";
        assert_eq!(call_pointer(&format!("{older}/name")), Some(older));
        assert_eq!(call_pointer("/choices/0/message/content"), None);
    }
}
