//! The events of a message as chunks of a chat completion.

use std::collections::BTreeMap;

use seawall_base::json::JsonLimits;
use serde_json::{Value, json};

use super::chat_answer::{finish_reason, usage};
use super::uncarried;
use crate::error::DialectError;
use crate::messages::MessagesEvent;
use crate::sse;
use crate::usage::Usage;

/// Translates one stream.
#[derive(Debug)]
pub struct ChatEvents {
    include_usage: bool,
    limits: JsonLimits,
    id: Value,
    model: Value,
    /// The indices of calls by their block.
    calls: BTreeMap<u64, u64>,
    used: Option<Usage>,
}

impl ChatEvents {
    /// Translates a stream for a client that wants the chunk of usage or does not.
    #[must_use]
    pub const fn new(include_usage: bool, limits: JsonLimits) -> Self {
        Self {
            include_usage,
            limits,
            id: Value::Null,
            model: Value::Null,
            calls: BTreeMap::new(),
            used: None,
        }
    }

    /// Takes the data of one event and appends the chunks that say the same to `out`.
    ///
    /// # Errors
    /// When it says what the other dialect has no place for.
    pub fn event(&mut self, data: &str, out: &mut Vec<u8>) -> Result<(), DialectError> {
        let event = MessagesEvent::parse(data, &self.limits)?;
        self.used = event.usage(self.used);
        let body = event.body();
        let index = body.get("index").and_then(Value::as_u64).unwrap_or(0);
        let text = |path: &str| body.pointer(path).and_then(Value::as_str);
        match event.kind() {
            "message_start" => {
                self.id = body.pointer("/message/id").cloned().unwrap_or_default();
                self.model = body.pointer("/message/model").cloned().unwrap_or_default();
                self.send(&json!({ "role": "assistant", "content": "" }), None, out);
            }
            "content_block_start" => self.start(index, body, out)?,
            "content_block_delta" => match text("/delta/type").unwrap_or_default() {
                "text_delta" => self.piece("content", text("/delta/text"), out),
                "thinking_delta" => {
                    self.piece("reasoning_content", text("/delta/thinking"), out);
                }
                "input_json_delta" => {
                    let call = self.calls.get(&index).ok_or_else(uncarried)?;
                    let function = json!({ "arguments": text("/delta/partial_json") });
                    let delta = json!({ "tool_calls": [{ "index": call, "function": function }] });
                    self.send(&delta, None, out);
                }
                // It proves reasoning to the upstream alone, and cannot come back to it.
                "signature_delta" => {}
                _ => return Err(uncarried()),
            },
            "message_delta" => {
                if let Some(reason) = text("/delta/stop_reason") {
                    let reason = finish_reason(reason).ok_or_else(uncarried)?;
                    self.send(&json!({}), Some(reason), out);
                }
            }
            "message_stop" => self.end(out),
            _ => {}
        }
        Ok(())
    }

    fn start(&mut self, index: u64, body: &Value, out: &mut Vec<u8>) -> Result<(), DialectError> {
        let text = |name: &str| {
            let block = body.get("content_block")?;
            block.get(name).and_then(Value::as_str)
        };
        match text("type").unwrap_or_default() {
            "text" => self.piece("content", text("text"), out),
            "thinking" => self.piece("reasoning_content", text("thinking"), out),
            "tool_use" => {
                let call = u64::try_from(self.calls.len()).unwrap_or(u64::MAX);
                self.calls.insert(index, call);
                let function = json!({ "name": text("name"), "arguments": "" });
                let started = json!({ "index": call, "id": text("id"), "type": "function", "function": function });
                self.send(&json!({ "tool_calls": [started] }), None, out);
            }
            _ => return Err(uncarried()),
        }
        Ok(())
    }

    fn piece(&self, member: &str, text: Option<&str>, out: &mut Vec<u8>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.send(&json!({ member: text }), None, out);
        }
    }

    fn send(&self, delta: &Value, reason: Option<&str>, out: &mut Vec<u8>) {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": reason });
        let chunk = self.chunk(&json!([choice]));
        sse::encode(&chunk.to_string(), out);
    }

    fn chunk(&self, choices: &Value) -> Value {
        json!({ "id": self.id, "object": "chat.completion.chunk", "created": 0,
            "model": self.model, "choices": choices })
    }

    fn end(&self, out: &mut Vec<u8>) {
        if let (true, Some(used)) = (self.include_usage, self.used) {
            let mut chunk = self.chunk(&json!([]));
            if let Value::Object(fields) = &mut chunk {
                fields.insert("usage".to_owned(), usage(used));
            }
            sse::encode(&chunk.to_string(), out);
        }
        sse::encode("[DONE]", out);
    }
}
