//! The guard of one answer: what the policy says, in the light of the conversation that is answered.

use std::collections::BTreeMap;

use seawall_guard::{
    Channel, Conversation, Flow, Guard, Inspection, Segment, Source, StreamInspector,
};
use seawall_llm::ChatRequest;
use serde_json::Value;

/// A guard and the conversation that it judges an answer by.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    pub(crate) guard: Guard,
    flow: Flow,
}

impl Watch {
    /// Remembers the request as it is forwarded.
    pub(crate) fn new(guard: &Guard, request: &ChatRequest) -> Self {
        Self {
            flow: guard.follow(conversation(request.body())),
            guard: guard.clone(),
        }
    }

    pub(crate) fn inspect(&self, segments: &[Segment<'_>]) -> Inspection {
        self.guard.inspect_answer(&self.flow, segments)
    }

    pub(crate) fn stream(&self, channel: Channel) -> StreamInspector {
        self.guard.stream_answer(&self.flow, channel)
    }
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
    for tool in items(body.get("tools"))
        .iter()
        .chain(items(body.get("functions")))
    {
        let function = tool.get("function").unwrap_or(tool);
        let name = function.get("name").map(text).unwrap_or_default();
        described(&mut talk, name, function, 0);
    }
    talk
}

/// Deeper schemas say nothing that their outer parts do not.
const DEPTH_MAX: usize = 12;

/// The texts of a tool's definition that somebody wrote for the model.
fn described(talk: &mut Conversation, tool: &str, value: &Value, depth: usize) {
    match value {
        Value::Object(fields) if depth < DEPTH_MAX => {
            for (name, value) in fields.iter().filter(|(name, _)| *name != "name") {
                match (name.as_str(), value) {
                    ("type" | "required" | "format", _) => {}
                    (_, Value::String(text)) => talk.described(tool, text),
                    _ => described(talk, tool, value, depth + 1),
                }
            }
        }
        Value::Array(values) if depth < DEPTH_MAX => {
            for value in values {
                match value {
                    Value::String(text) => talk.described(tool, text),
                    _ => described(talk, tool, value, depth + 1),
                }
            }
        }
        _ => {}
    }
}

fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
