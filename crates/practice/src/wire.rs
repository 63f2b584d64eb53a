//! The shapes of OpenAI chat completions that the practice upstream sends.
//!
//! Ids are digests of the request and the creation time is constant: there is no clock here.

use seawall_base::{Digest, canonical_json};
use serde_json::{Value, json};

use crate::mind::{Answer, Call};
use crate::{FINGERPRINT, MODEL};

/// Longest piece of content in one stream chunk, in characters.
const PIECE_CHARS: usize = 24;

/// An answer cut to its limit, with what it cost.
#[derive(Debug)]
pub(crate) struct Reply {
    id: String,
    text: String,
    calls: Vec<Call>,
    finish: &'static str,
    usage: Value,
}

impl Reply {
    /// The reply that `answer` to `request` becomes under a limit of `tokens_max`.
    pub(crate) fn new(request: &Value, answer: Answer, tokens_max: usize) -> Self {
        let prompt = tokens(&canonical_json(request));
        let limit = tokens_max.saturating_mul(4);
        let cut = answer.text.chars().count() > limit;
        let text: String = answer.text.chars().take(limit).collect();
        let arguments: usize = answer
            .calls
            .iter()
            .map(|call| call.arguments.to_string().len())
            .sum();
        let completion = tokens(text.as_bytes()) + arguments.div_ceil(4);
        let digest = Digest::of(&canonical_json(request)).to_hex();
        Self {
            id: digest.chars().take(24).collect(),
            finish: match (cut, answer.calls.is_empty()) {
                (true, _) => "length",
                (false, true) => "stop",
                (false, false) => "tool_calls",
            },
            text,
            calls: answer.calls,
            usage: json!({
                "prompt_tokens": prompt,
                "completion_tokens": completion,
                "total_tokens": prompt + completion,
            }),
        }
    }

    /// The whole completion.
    pub(crate) fn completion(&self) -> Value {
        let content = if self.text.is_empty() {
            Value::Null
        } else {
            Value::from(self.text.as_str())
        };
        let mut message = json!({ "role": "assistant", "content": content, "refusal": null });
        if !self.calls.is_empty()
            && let Some(fields) = message.as_object_mut()
        {
            let calls: Vec<Value> = self
                .calls
                .iter()
                .enumerate()
                .map(|(position, call)| self.call(position, call))
                .collect();
            fields.insert("tool_calls".to_owned(), calls.into());
        }
        let mut body = self.envelope("chat.completion");
        if let Some(fields) = body.as_object_mut() {
            let choice = json!({ "index": 0, "message": message, "logprobs": null, "finish_reason": self.finish });
            fields.insert("choices".to_owned(), json!([choice]));
            fields.insert("usage".to_owned(), self.usage.clone());
        }
        body
    }

    /// The completion as stream chunks, without the closing marker.
    pub(crate) fn chunks(&self, with_usage: bool) -> Vec<Value> {
        let mut deltas = vec![json!({ "role": "assistant", "content": "" })];
        let letters: Vec<char> = self.text.chars().collect();
        for piece in letters.chunks(PIECE_CHARS) {
            deltas.push(json!({ "content": piece.iter().collect::<String>() }));
        }
        for (position, call) in self.calls.iter().enumerate() {
            let mut opening = self.call(position, call);
            if let Some(arguments) = opening.pointer_mut("/function/arguments") {
                *arguments = "".into();
            }
            if let Some(fields) = opening.as_object_mut() {
                fields.insert("index".to_owned(), position.into());
            }
            deltas.push(json!({ "tool_calls": [opening] }));
            let arguments: Vec<char> = call.arguments.to_string().chars().collect();
            for piece in arguments.chunks(PIECE_CHARS) {
                let piece: String = piece.iter().collect();
                deltas.push(json!({ "tool_calls": [{ "index": position, "function": { "arguments": piece } }] }));
            }
        }
        let mut chunks: Vec<Value> = deltas
            .into_iter()
            .map(|delta| self.chunk(&delta, None))
            .collect();
        chunks.push(self.chunk(&json!({}), Some(self.finish)));
        if with_usage {
            let mut last = self.envelope("chat.completion.chunk");
            if let Some(fields) = last.as_object_mut() {
                fields.insert("choices".to_owned(), json!([]));
                fields.insert("usage".to_owned(), self.usage.clone());
            }
            chunks.push(last);
        }
        chunks
    }

    fn chunk(&self, delta: &Value, finish: Option<&str>) -> Value {
        let mut body = self.envelope("chat.completion.chunk");
        if let Some(fields) = body.as_object_mut() {
            let choice =
                json!({ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish });
            fields.insert("choices".to_owned(), json!([choice]));
        }
        body
    }

    fn call(&self, position: usize, call: &Call) -> Value {
        json!({
            "id": format!("call_{}{position}", self.id.get(..16).unwrap_or_default()),
            "type": "function",
            "function": { "name": call.name, "arguments": call.arguments.to_string() },
        })
    }

    fn envelope(&self, object: &str) -> Value {
        json!({
            "id": format!("chatcmpl-practice-{}", self.id),
            "object": object,
            "created": 0,
            "model": MODEL,
            "system_fingerprint": FINGERPRINT,
        })
    }
}

/// The list of models: one.
pub(crate) fn models() -> Value {
    json!({ "object": "list", "data": [model()] })
}

/// The one model.
pub(crate) fn model() -> Value {
    json!({ "id": MODEL, "object": "model", "created": 0, "owned_by": "seawall-practice" })
}

/// An error in OpenAI's form.
pub(crate) fn error(message: &str, param: Option<&str>, code: seawall_base::ErrorCode) -> Value {
    let kind = if code.http_status() < 500 {
        "invalid_request_error"
    } else {
        "server_error"
    };
    json!({ "error": { "message": message, "type": kind, "param": param, "code": code.as_str() } })
}

/// Tokens as practice counts them: four bytes each.
fn tokens(bytes: &[u8]) -> usize {
    bytes.len().div_ceil(4)
}
