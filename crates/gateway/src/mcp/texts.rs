//! Between messages and guard: texts become segments, redactions become edits.

use std::borrow::Cow;

use seawall_guard::{Action, Channel, Inspection};
use seawall_llm::mcp::{McpMessage, Method};
use seawall_llm::{Leaf, Place, TextRole};

use super::memory::Memory;
use super::session::Rules;
use crate::inspect::Texts;

/// Inspects a message and applies what is to be redacted. One that still asks for it then is blocked.
pub(super) fn inspect(
    rules: &Rules,
    memory: Option<&Memory>,
    message: &mut McpMessage,
    answers: Option<Method>,
) -> Inspection {
    let Some(guard) = rules.guard() else {
        return Inspection::default();
    };
    let flow = message
        .tool_call()
        .and(memory)
        .map(|memory| guard.follow(memory.conversation()));
    let look = |message: &McpMessage| {
        let texts = texts_of(message, answers);
        let seen = match &flow {
            Some(flow) => guard.inspect_answer(flow, &texts.segments()),
            None => texts.inspect(guard),
        };
        let mut edits = texts.edits(&seen);
        // The arguments as a whole only say again what stands in their members.
        edits.retain(|edit| edit.place != Place::Derived || edit.path != ARGUMENTS);
        (seen, edits)
    };
    let (mut inspection, edits) = look(message);
    if inspection.verdict == Action::Redact && !rules.route.is_shadow() {
        let mut edits = edits.into_iter();
        let edited = edits.all(|edit| message.edit(&edit.path, edit.place, edit.text).is_ok());
        if !edited || look(message).0.verdict >= Action::Redact {
            inspection.verdict = Action::Block;
        }
    }
    inspection
}

/// Where the guard looks for the arguments of a call, beside the name of its tool.
const ARGUMENTS: &str = "/params/arguments";

pub(super) fn texts_of(message: &McpMessage, answers: Option<Method>) -> Texts<'_> {
    let mut texts = Texts::default();
    if let Some(call) = message.tool_call() {
        for (path, text) in [("/params/name", call.name), (ARGUMENTS, call.arguments)] {
            let leaf = Leaf {
                role: TextRole::ToolCall,
                path,
                text: Cow::Owned(text),
                place: Place::Derived,
            };
            texts.add(Some(Channel::ToolCall), leaf);
        }
    }
    message.visit(answers, &mut |leaf| texts.add(channel(leaf.role), leaf));
    texts
}

const fn channel(role: TextRole) -> Option<Channel> {
    match role {
        TextRole::Protocol => None,
        TextRole::System => Some(Channel::System),
        TextRole::User | TextRole::Parameter => Some(Channel::User),
        TextRole::Assistant => Some(Channel::Assistant),
        TextRole::Tool => Some(Channel::Tool),
        TextRole::Document => Some(Channel::Document),
        TextRole::ToolDefinition => Some(Channel::ToolDefinition),
        TextRole::ToolCall => Some(Channel::ToolCall),
        TextRole::Output | TextRole::Reasoning => Some(Channel::Output),
    }
}
