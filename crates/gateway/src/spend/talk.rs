//! What the calls of a conversation looked like, read from the request that carries them again.
//!
//! Tools, arguments and results are told apart by fingerprint; words are never judged. A text of the
//! user that was said before is no person: two agents that talk to each other play that role too.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hasher as _};

use seawall_budget::runaway::Step;
use serde_json::Value;

use crate::watch::{items, text};

/// Bytes that are taken for a token where growth is judged.
const TOKEN_BYTES: u64 = 4;

/// A conversation as a patrol sees it.
pub(super) struct Talk {
    /// A fingerprint of how it began.
    pub(super) opening: u64,
    /// Its calls, the oldest first.
    pub(super) steps: Vec<Step>,
}

/// Reads the conversation of a request of any dialect that has one.
pub(super) fn read(body: &Value) -> Talk {
    let mut reader = Reader::default();
    let messages = items(body.get("messages"));
    let input = body.get("input");
    if let Some(Value::String(said)) = input {
        reader.user(said);
    }
    for message in messages.iter().chain(items(input)) {
        reader.message(message);
    }
    reader.end()
}

#[derive(Default)]
struct Reader {
    steps: Vec<Step>,
    step: Step,
    /// What the model said without calling a tool.
    said: Option<u64>,
    /// Whether the model's turn is over, so that what it says next is another call.
    answered: bool,
    /// Whether a person has said something since the step before.
    person: bool,
    heard: BTreeSet<u64>,
    opening: u64,
    openings: u8,
    bytes: u64,
}

impl Reader {
    fn message(&mut self, message: &Value) {
        match message.get("type").map(text).unwrap_or_default() {
            "function_call" => return self.call(message.get("name"), message.get("arguments")),
            "function_call_output" => return self.result(message.get("output")),
            _ => {}
        }
        let content = message.get("content");
        match message.get("role").map(text).unwrap_or_default() {
            "assistant" => {
                for call in items(message.get("tool_calls")) {
                    let function = call.get("function").unwrap_or(call);
                    self.call(function.get("name"), function.get("arguments"));
                }
                if let Some(function) = message.get("function_call") {
                    self.call(function.get("name"), function.get("arguments"));
                }
                self.parts(content, Self::model);
            }
            "tool" | "function" => self.result(content),
            "user" => self.parts(content, Self::user),
            _ => self.open(content),
        }
    }

    /// The parts of a content: calls and results that stand among them, and texts.
    fn parts(&mut self, content: Option<&Value>, say: fn(&mut Self, &str)) {
        if let Some(Value::String(said)) = content {
            say(self, said);
        }
        for part in items(content) {
            match part.get("type").map(text).unwrap_or_default() {
                "tool_use" => self.call(part.get("name"), part.get("input")),
                "tool_result" => self.result(part.get("content")),
                _ => say(self, part.get("text").map(text).unwrap_or_default()),
            }
        }
    }

    fn call(&mut self, name: Option<&Value>, arguments: Option<&Value>) {
        self.turn();
        let name = name.map(text).unwrap_or_default();
        self.count(name.len());
        let tool = hash(&name);
        let given = self.value(arguments.unwrap_or(&Value::Null));
        self.step.tools.push(tool);
        self.step.calls.push(hash(&(tool, given)));
    }

    fn model(&mut self, said: &str) {
        if said.is_empty() {
            return;
        }
        self.turn();
        self.count(said.len());
        self.said = Some(hash(&(self.said, said)));
    }

    fn result(&mut self, content: Option<&Value>) {
        self.answered = true;
        let found = self.value(content.unwrap_or(&Value::Null));
        self.step.result = Some(hash(&(self.step.result, found)));
    }

    fn user(&mut self, said: &str) {
        self.answered = true;
        self.count(said.len());
        let said = hash(&said);
        self.begins_with(said);
        if self.heard.insert(said) {
            self.person = true;
        } else {
            self.step.result = Some(hash(&(self.step.result, said)));
        }
    }

    /// What the owner of the agent says.
    fn open(&mut self, content: Option<&Value>) {
        let said = self.value(content.unwrap_or(&Value::Null));
        self.begins_with(said);
    }

    fn begins_with(&mut self, said: u64) {
        if self.openings < 2 {
            self.openings += 1;
            self.opening = hash(&(self.opening, said));
        }
    }

    /// The model speaks: a step begins where its last turn was over.
    fn turn(&mut self) {
        if !self.answered {
            return;
        }
        self.close();
        self.answered = false;
        self.step.person = std::mem::take(&mut self.person);
    }

    fn close(&mut self) {
        let mut step = std::mem::take(&mut self.step);
        if let (true, Some(said)) = (step.calls.is_empty(), self.said.take()) {
            step.calls.push(said);
        }
        self.said = None;
        if !step.calls.is_empty() {
            step.input_tokens = self.bytes / TOKEN_BYTES;
            self.steps.push(step);
        }
    }

    fn end(mut self) -> Talk {
        self.close();
        if self.person {
            // Whatever went before, a person goes on from here.
            self.steps.push(Step {
                person: true,
                input_tokens: self.bytes / TOKEN_BYTES,
                ..Step::default()
            });
        }
        Talk {
            opening: self.opening,
            steps: self.steps,
        }
    }

    fn count(&mut self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// A fingerprint of a value, numbers and names included. Arguments that are JSON in a string are
    /// taken as they are written.
    fn value(&mut self, value: &Value) -> u64 {
        match value {
            Value::String(said) => {
                self.count(said.len());
                hash(&said.as_str())
            }
            Value::Array(values) => {
                let parts: Vec<u64> = values.iter().map(|value| self.value(value)).collect();
                hash(&parts)
            }
            Value::Object(fields) => {
                let parts = fields.iter();
                let parts = parts.map(|(name, value)| (hash(&name.as_str()), self.value(value)));
                let mut parts: Vec<(u64, u64)> = parts.collect();
                parts.sort_unstable();
                hash(&parts)
            }
            other => hash(&other.to_string()),
        }
    }
}

fn hash(value: &impl std::hash::Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use seawall_budget::runaway::{Detector, Patrol, Settings, Sighting};
    use serde_json::json;

    use super::*;

    fn noticed(body: &Value) -> Option<Detector> {
        let talk = read(body);
        let sighting = Sighting {
            identity: "key_1",
            session: None,
            conversation: talk.opening,
            steps: &talk.steps,
            at_ms: 0,
        };
        let signals = Patrol::new(Settings::default()).look(&sighting);
        signals.first().map(|signal| signal.detector)
    }

    /// One conversation of `rounds` calls in three dialects; `argument` and `result` say what round
    /// sends and gets.
    fn dialects(rounds: u64, argument: fn(u64) -> u64, result: fn(u64) -> u64) -> [Value; 3] {
        let (mut chat, mut messages, mut responses) = (
            vec![json!({"role": "user", "content": "Go on until it is done."})],
            vec![json!({"role": "user", "content": "Go on until it is done."})],
            vec![json!({"role": "user", "content": "Go on until it is done."})],
        );
        for round in 0..rounds {
            let (page, found) = (argument(round), format!("result {}", result(round)));
            let (id, arguments) = (format!("call_{round}"), format!("{{\"page\":{page}}}"));
            chat.push(json!({"role": "assistant", "content": null, "tool_calls": [
                {"id": id, "type": "function", "function": {"name": "look", "arguments": arguments}}]}));
            chat.push(json!({"role": "tool", "tool_call_id": id, "content": found}));
            messages.push(json!({"role": "assistant", "content": [
                {"type": "tool_use", "id": id, "name": "look", "input": {"page": page}}]}));
            messages.push(json!({"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": id, "content": found}]}));
            responses.push(
                json!({"type": "function_call", "call_id": id, "name": "look",
                "arguments": arguments}),
            );
            responses.push(json!({"type": "function_call_output", "call_id": id, "output": found}));
        }
        [
            json!({"messages": chat}),
            json!({"messages": messages}),
            json!({"input": responses}),
        ]
    }

    #[test]
    fn the_same_call_with_the_same_result_is_a_loop_in_every_dialect() {
        for body in dialects(12, |_| 1, |_| 1) {
            assert_eq!(noticed(&body), Some(Detector::SameCall), "{body}");
        }
        for body in dialects(15, |round| round % 3, |_| 1) {
            assert_eq!(noticed(&body), Some(Detector::Cycle), "{body}");
        }
        for body in dialects(9, |_| 1, |_| 1) {
            assert_eq!(noticed(&body), None, "{body}");
        }
    }

    #[test]
    fn other_arguments_other_results_and_people_are_no_loop() {
        // A number is all that differs, and what comes back is always the same.
        for body in dialects(40, |round| round, |_| 1) {
            assert_eq!(noticed(&body), None, "{body}");
        }
        for body in dialects(40, |_| 1, |round| round) {
            assert_eq!(noticed(&body), None, "{body}");
        }
        let [mut chat, ..] = dialects(30, |_| 1, |_| 1);
        let said = json!({"role": "user", "content": "Try the other door."});
        chat["messages"].as_array_mut().unwrap().push(said);
        assert_eq!(noticed(&chat), None);
    }

    #[test]
    fn agents_that_say_the_same_to_each_other_are_a_loop_though_one_plays_the_user() {
        let round = [
            json!({"role": "user", "content": "Over to you."}),
            json!({"role": "assistant", "content": "No, over to you."}),
        ];
        let body = json!({"messages": round.iter().cycle().take(27).collect::<Vec<_>>()});
        assert_eq!(noticed(&body), Some(Detector::SameCall));
        let chat: Vec<Value> = (0..26)
            .map(|at| {
                json!({"role": if at % 2 == 0 { "user" } else { "assistant" },
                "content": format!("line {at}")})
            })
            .collect();
        assert_eq!(noticed(&json!({ "messages": chat })), None);
    }

    #[test]
    fn any_body_is_read() {
        for body in [
            json!(null),
            json!({"messages": 7, "input": [[], 3, {"role": [], "content": {}}]}),
            json!({"input": "hello"}),
        ] {
            assert!(read(&body).steps.len() <= 1);
        }
    }
}
