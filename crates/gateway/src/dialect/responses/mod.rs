//! OpenAI's responses.

mod filter;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use seawall_base::json::JsonLimits;
use seawall_guard::{Conversation, Source};
use seawall_llm::responses::{ResponsesEvent, ResponsesRequest, ResponsesResponse};
use seawall_llm::{DialectError, Leaf, NotEditable, Place, TextRole, ToolCall, Usage, sse};
use serde_json::Value;

use super::{Answer, Counts, Prompt, kind_of};
use crate::watch::{described, items, text};

pub(crate) use self::filter::ResponsesFilter;

impl Prompt for ResponsesRequest {
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
            messages: items(self.body().get("input")).len(),
            tools: items(self.body().get("tools")).len(),
        }
    }

    fn clamp(&mut self, limit: u64) -> u64 {
        self.clamp_max_tokens(limit)
    }

    fn unseen(&self) -> Option<&'static str> {
        if !self.stream() {
            return None;
        }
        let asked = self.body().get("top_logprobs").and_then(Value::as_u64);
        if asked.is_some_and(|count| count > 0) {
            return Some("top_logprobs");
        }
        let included = items(self.body().get("include")).iter().map(text);
        let mut included = included.filter(|name| name.ends_with("logprobs"));
        included.next().is_some().then_some("include")
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

    /// Answers repeat instructions and tools.
    fn repeated(&self) -> BTreeSet<String> {
        let mut said = BTreeSet::new();
        Self::visit(self, &mut |leaf| {
            if matches!(leaf.role, TextRole::System | TextRole::ToolDefinition) {
                said.insert(leaf.text.into_owned());
            }
        });
        said
    }

    fn to_bytes(&self) -> Vec<u8> {
        Self::to_bytes(self)
    }

    fn copy(&self) -> Box<dyn Prompt> {
        Box::new(self.clone())
    }
}

/// An answer whose tool calls are shown to the guard as every dialect shows them.
pub(crate) struct ResponsesAnswer {
    response: ResponsesResponse,
}

impl ResponsesAnswer {
    pub(super) fn parse(bytes: &[u8], limits: &JsonLimits) -> Result<Self, DialectError> {
        ResponsesResponse::parse(bytes, limits).map(|response| Self { response })
    }
}

impl Answer for ResponsesAnswer {
    fn usage(&self) -> Option<Usage> {
        self.response.usage()
    }

    fn tool_calls(&self) -> u64 {
        u64::try_from(self.response.tool_calls().len()).unwrap_or(u64::MAX)
    }

    fn visit<'a>(&'a self, sink: &mut dyn FnMut(Leaf<'_, 'a>)) {
        let body = self.response.body();
        self.response.visit(&mut |leaf| shown(body, leaf, sink));
    }

    fn edit(&mut self, path: &str, place: Place, text: String) -> Result<(), NotEditable> {
        let (path, place) = stored(self.response.body(), path, place);
        self.response.edit(&path, place, text)
    }

    fn is_echo(&self, path: &str) -> bool {
        path.contains("/logprobs")
    }

    fn drop_echoes(&mut self) {
        self.response.drop_logprobs();
    }

    fn end_early(&mut self, _path: &str) -> Result<(), NotEditable> {
        self.response.end_early();
        Ok(())
    }

    fn call_at(&self, path: &str) -> Option<(String, ToolCall)> {
        let item = item_of(path)?;
        let call = call_of(self.response.body().pointer(item)?)?;
        Some((item.to_owned(), call))
    }

    fn set_arguments(&mut self, call: &str, arguments: String) -> Result<(), NotEditable> {
        self.edit(&format!("{call}/arguments"), Place::Value, arguments)
    }

    fn to_bytes(&self) -> Vec<u8> {
        self.response.to_bytes()
    }
}

/// Whether the event is the last of a stream.
pub(super) fn is_last(event: &sse::Event) -> bool {
    matches!(
        kind_of(event).as_ref(),
        "response.completed" | "response.failed" | "response.incomplete" | "error"
    )
}

/// Whether the event carries a piece of the answer.
pub(super) fn is_piece(event: &sse::Event) -> bool {
    kind_of(event).ends_with(".delta")
}

/// What a stream has reported once the event has come.
pub(super) fn usage(
    event: &sse::Event,
    before: Option<Usage>,
    limits: &JsonLimits,
) -> Option<Usage> {
    let event = ResponsesEvent::parse(&event.data, limits).ok();
    event.and_then(|event| event.usage()).or(before)
}

/// The path of the item that a path in an answer or an event lies in.
fn item_of(path: &str) -> Option<&str> {
    if path.starts_with("/item/") {
        return path.get(.."/item".len());
    }
    for prefix in ["/output/", "/response/output/"] {
        if let Some(rest) = path.strip_prefix(prefix) {
            let length = rest.find('/')?;
            return path.get(..prefix.len() + length);
        }
    }
    None
}

/// The tool call that an item is.
fn call_of(item: &Value) -> Option<ToolCall> {
    let member = |name: &str| item.get(name).map(text).unwrap_or_default().to_owned();
    let arguments = match item.get("type").map(text)? {
        "function_call" => "arguments",
        "custom_tool_call" => "input",
        _ => return None,
    };
    Some(ToolCall {
        id: member("call_id"),
        name: member("name"),
        arguments: member(arguments),
    })
}

fn is_custom(body: &Value, item: &str) -> bool {
    let kind = body.pointer(&format!("{item}/type"));
    kind.map(text) == Some("custom_tool_call")
}

/// Shows a text to the guard: what a custom tool is given counts as its arguments.
fn shown<'a>(body: &Value, leaf: Leaf<'_, 'a>, sink: &mut dyn FnMut(Leaf<'_, 'a>)) {
    let Some(path) = renamed(body, leaf.path, "/input", "/arguments") else {
        return sink(leaf);
    };
    let place = moved(leaf.place, leaf.path, &path);
    sink(Leaf {
        path: &path,
        place,
        ..leaf
    });
}

/// The place of a text that was shown.
fn stored<'p>(body: &Value, path: &'p str, place: Place) -> (Cow<'p, str>, Place) {
    match renamed(body, path, "/arguments", "/input") {
        Some(stored) => (Cow::Owned(stored.clone()), moved(place, path, &stored)),
        None => (Cow::Borrowed(path), place),
    }
}

fn renamed(body: &Value, path: &str, from: &str, to: &str) -> Option<String> {
    let item = item_of(path)?;
    let rest = path.strip_prefix(item)?.strip_prefix(from)?;
    let whole = rest.is_empty() || rest.starts_with('#');
    (whole && is_custom(body, item)).then(|| format!("{item}{to}{rest}"))
}

const fn moved(place: Place, from: &str, to: &str) -> Place {
    match place {
        Place::Nested { outer } => Place::Nested {
            outer: (outer + to.len()).saturating_sub(from.len()),
        },
        other => other,
    }
}

/// Who said what.
fn conversation(body: &Value) -> Conversation {
    let mut talk = Conversation::default();
    let mut calls: BTreeMap<&str, &str> = BTreeMap::new();
    talk.say(
        Source::System,
        body.get("instructions").map(text).unwrap_or_default(),
    );
    let input = body.get("input");
    talk.say(Source::User, input.map(text).unwrap_or_default());
    for item in items(input) {
        let member = |name: &str| item.get(name).map(text).unwrap_or_default();
        match member("type") {
            "function_call" | "custom_tool_call" => {
                calls.insert(member("call_id"), member("name"));
            }
            "function_call_output" | "custom_tool_call_output" => {
                let tool = calls.get(member("call_id")).copied().unwrap_or_default();
                for said in texts(item.get("output")) {
                    talk.returned(tool, said);
                }
            }
            "reasoning" => {}
            _ => {
                let source = match member("role") {
                    "system" | "developer" => Source::System,
                    "assistant" => Source::Assistant,
                    _ => Source::User,
                };
                for said in texts(item.get("content")) {
                    talk.say(source, said);
                }
            }
        }
    }
    for tool in items(body.get("tools")) {
        let name = tool.get("name").map(text).unwrap_or_default();
        described(&mut talk, name, tool);
    }
    talk
}

/// A text, or the texts of parts.
fn texts(content: Option<&Value>) -> impl Iterator<Item = &str> {
    let parts = items(content).iter().filter_map(|part| part.get("text"));
    content.into_iter().chain(parts).filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_custom_tool_is_given_is_shown_and_edited_as_its_arguments() {
        let body = json!({"output": [
            {"type": "custom_tool_call", "call_id": "c", "name": "run", "input": "{\"a\":\"x\\ny\"}"},
            {"type": "function_call", "call_id": "d", "name": "send", "arguments": "{}"}]});
        let limits = JsonLimits::default();
        let mut answer = ResponsesAnswer::parse(body.to_string().as_bytes(), &limits).unwrap();
        let mut seen = Vec::new();
        answer.visit(&mut |leaf| seen.push((leaf.path.to_owned(), leaf.place)));
        let nested = Place::Nested {
            outer: "/output/0/arguments".len(),
        };
        let paths: Vec<_> = seen.iter().map(|(path, _)| path.as_str()).collect();
        assert!(paths.contains(&"/output/0/arguments"), "{paths:?}");
        assert!(
            seen.contains(&("/output/0/arguments#/a".into(), nested)),
            "{seen:?}"
        );
        answer
            .edit("/output/0/arguments#/a", nested, "[gone]".into())
            .unwrap();
        let (path, call) = answer.call_at("/output/0/name").unwrap();
        assert_eq!(
            (path.as_str(), call.arguments.as_str()),
            ("/output/0", "{\"a\":\"[gone]\"}")
        );
        answer
            .set_arguments("/output/1", "{\"b\":1}".into())
            .unwrap();
        assert_eq!(
            answer.call_at("/output/1/arguments").unwrap().1.arguments,
            "{\"b\":1}"
        );
    }
}
