//! The chunks of a chat completion as events of a message.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::messages_answer::{stop_reason, usage};
use super::uncarried;
use crate::error::DialectError;
use crate::sse;
use crate::usage::Usage;

/// Translates one stream.
#[derive(Debug, Default)]
pub struct MessagesEvents {
    has_begun: bool,
    /// Blocks that were begun.
    blocks: u64,
    /// The block that is open, and what it is.
    open: Option<(u64, Kind)>,
    /// The blocks of tool calls by their index.
    calls: BTreeMap<u64, u64>,
    reason: Option<&'static str>,
    used: Option<Usage>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Text,
    Thinking,
    Call,
}

impl MessagesEvents {
    /// Takes the data of one event and appends those of the other dialect to `out`.
    ///
    /// # Errors
    /// When it says what the other dialect has no place for.
    pub fn event(&mut self, data: &str, out: &mut Vec<u8>) -> Result<(), DialectError> {
        if data == "[DONE]" {
            self.end(out);
            return Ok(());
        }
        let chunk: Value = serde_json::from_str(data).map_err(|_| uncarried())?;
        self.used = chunk.get("usage").and_then(Usage::parse).or(self.used);
        self.begin(&chunk, out);
        let choices = chunk.get("choices").and_then(Value::as_array);
        for choice in choices.into_iter().flatten() {
            if choice.get("index").and_then(Value::as_u64).unwrap_or(0) != 0 {
                return Err(uncarried());
            }
            self.delta(choice, out)?;
            if let Some(reason) = choice.get("finish_reason").and_then(Value::as_str) {
                // A refusal that was told stays the reason.
                self.reason.get_or_insert_with(|| stop_reason(reason));
            }
        }
        Ok(())
    }

    fn begin(&mut self, chunk: &Value, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.has_begun, true) {
            return;
        }
        let message = json!({
            "id": chunk.get("id").and_then(Value::as_str).unwrap_or("msg"),
            "type": "message",
            "role": "assistant",
            "model": chunk.get("model"),
            "content": [],
            "stop_reason": null,
            "stop_sequence": null,
            "usage": usage(None),
        });
        send(&json!({ "type": "message_start", "message": message }), out);
    }

    fn delta(&mut self, choice: &Value, out: &mut Vec<u8>) -> Result<(), DialectError> {
        let delta = choice.get("delta").and_then(Value::as_object);
        for (name, value) in delta.into_iter().flatten() {
            match (name.as_str(), value) {
                ("role", _) | (_, Value::Null) => {}
                ("annotations", Value::Array(items)) if items.is_empty() => {}
                ("content", Value::String(text)) => self.text(Kind::Text, text, out),
                ("refusal", Value::String(text)) => {
                    self.reason = Some("refusal");
                    self.text(Kind::Text, text, out);
                }
                ("reasoning" | "reasoning_content", Value::String(text)) => {
                    self.text(Kind::Thinking, text, out);
                }
                ("tool_calls", Value::Array(calls)) => {
                    calls.iter().try_for_each(|call| self.call(call, out))?;
                }
                _ => return Err(uncarried()),
            }
        }
        Ok(())
    }

    fn text(&mut self, kind: Kind, text: &str, out: &mut Vec<u8>) {
        if text.is_empty() {
            return;
        }
        let block = match self.open {
            Some((block, open)) if open == kind => block,
            _ => {
                let start = match kind {
                    Kind::Thinking => {
                        json!({ "type": "thinking", "thinking": "", "signature": "" })
                    }
                    _ => json!({ "type": "text", "text": "" }),
                };
                self.start(kind, &start, out)
            }
        };
        let delta = match kind {
            Kind::Thinking => json!({ "type": "thinking_delta", "thinking": text }),
            _ => json!({ "type": "text_delta", "text": text }),
        };
        send(
            &json!({ "type": "content_block_delta", "index": block, "delta": delta }),
            out,
        );
    }

    fn call(&mut self, call: &Value, out: &mut Vec<u8>) -> Result<(), DialectError> {
        let text = |path: &str| call.pointer(path).and_then(Value::as_str);
        let index = call.get("index").and_then(Value::as_u64).unwrap_or(0);
        let block = match self.calls.get(&index) {
            Some(block) => *block,
            None => {
                let start = json!({ "type": "tool_use", "id": text("/id"),
                    "name": text("/function/name"), "input": {} });
                let block = self.start(Kind::Call, &start, out);
                self.calls.insert(index, block);
                block
            }
        };
        let arguments = text("/function/arguments").unwrap_or_default();
        if arguments.is_empty() {
            return Ok(());
        }
        // Calls that take turns in pieces have no place: blocks follow each other.
        if self.open != Some((block, Kind::Call)) {
            return Err(uncarried());
        }
        let delta = json!({ "type": "input_json_delta", "partial_json": arguments });
        send(
            &json!({ "type": "content_block_delta", "index": block, "delta": delta }),
            out,
        );
        Ok(())
    }

    /// Begins a block after the one that is open.
    fn start(&mut self, kind: Kind, start: &Value, out: &mut Vec<u8>) -> u64 {
        self.stop(out);
        let block = self.blocks;
        self.blocks += 1;
        self.open = Some((block, kind));
        send(
            &json!({ "type": "content_block_start", "index": block, "content_block": start }),
            out,
        );
        block
    }

    fn stop(&mut self, out: &mut Vec<u8>) {
        if let Some((block, _)) = self.open.take() {
            send(
                &json!({ "type": "content_block_stop", "index": block }),
                out,
            );
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        self.begin(&Value::Null, out);
        self.stop(out);
        let delta =
            json!({ "stop_reason": self.reason.unwrap_or("end_turn"), "stop_sequence": null });
        send(
            &json!({ "type": "message_delta", "delta": delta, "usage": usage(self.used) }),
            out,
        );
        send(&json!({ "type": "message_stop" }), out);
    }
}

fn send(event: &Value, out: &mut Vec<u8>) {
    let kind = event.get("type").and_then(Value::as_str);
    sse::encode_named(kind.unwrap_or_default(), &event.to_string(), out);
}
