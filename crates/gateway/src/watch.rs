//! The guard of one answer: what the policy says, in the light of the conversation that is answered.

use std::collections::BTreeSet;
use std::sync::Arc;

use seawall_guard::{Channel, Conversation, Flow, Guard, Inspection, Segment, StreamInspector};
use seawall_llm::{Leaf, TextRole};
use serde_json::Value;

use crate::dialect::Prompt;
use crate::inspect::response_channel;

/// A guard and the conversation that it judges an answer by.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    pub(crate) guard: Guard,
    flow: Flow,
    /// What the answer may repeat of the request, because its dialect does.
    repeated: Arc<BTreeSet<String>>,
}

impl Watch {
    /// Remembers the request as it is forwarded.
    pub(crate) fn new(guard: &Guard, prompt: &dyn Prompt) -> Self {
        Self {
            flow: guard.follow(prompt.conversation()),
            repeated: Arc::new(prompt.repeated()),
            guard: guard.clone(),
        }
    }

    /// What a text of the answer is to the guard. What the answer repeats of the request, word for
    /// word, is what it was there; anything else in its place is the answer's own.
    pub(crate) fn channel(&self, leaf: &Leaf<'_, '_>) -> Option<Channel> {
        match leaf.role {
            TextRole::System if self.repeated.contains(leaf.text.as_ref()) => Some(Channel::System),
            TextRole::ToolDefinition if self.repeated.contains(leaf.text.as_ref()) => {
                Some(Channel::ToolDefinition)
            }
            role => response_channel(role),
        }
    }

    pub(crate) fn inspect(&self, segments: &[Segment<'_>]) -> Inspection {
        self.guard.inspect_answer(&self.flow, segments)
    }

    pub(crate) fn stream(&self, channel: Channel) -> StreamInspector {
        self.guard.stream_answer(&self.flow, channel)
    }
}

/// Deeper schemas say nothing that their outer parts do not.
const DEPTH_MAX: usize = 12;

/// Adds the texts of a tool's definition that somebody wrote for the model.
pub(crate) fn described(talk: &mut Conversation, tool: &str, definition: &Value) {
    walk(talk, tool, definition, 0);
}

fn walk(talk: &mut Conversation, tool: &str, value: &Value, depth: usize) {
    match value {
        Value::Object(fields) if depth < DEPTH_MAX => {
            for (name, value) in fields.iter().filter(|(name, _)| *name != "name") {
                match (name.as_str(), value) {
                    ("type" | "required" | "format", _) => {}
                    (_, Value::String(text)) => talk.described(tool, text),
                    _ => walk(talk, tool, value, depth + 1),
                }
            }
        }
        Value::Array(values) if depth < DEPTH_MAX => {
            for value in values {
                match value {
                    Value::String(text) => talk.described(tool, text),
                    _ => walk(talk, tool, value, depth + 1),
                }
            }
        }
        _ => {}
    }
}

/// The items of a member that is a list; none where it is not.
pub(crate) fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A value that is a text; empty where it is not.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
