//! Anthropic's count of the tokens of messages: a request like one for messages, and a number.

use seawall_base::ErrorCode;
use seawall_base::json::{JsonLimits, parse};
use seawall_guard::Conversation;
use seawall_llm::messages::MessagesRequest;
use seawall_llm::{DialectError, Leaf, NotEditable, Place, TextRole, ToolCall, Usage, visit_any};
use serde_json::{Value, json};

use super::{Answer, Counts, Prompt};

/// A request for a count.
pub(crate) struct CountRequest {
    request: MessagesRequest,
}

/// The answer to one.
pub(crate) struct Count {
    body: Value,
}

impl CountRequest {
    /// Reads a request for messages that need not say how long the answer may be.
    pub(super) fn parse(bytes: &[u8], limits: &JsonLimits) -> Result<Self, DialectError> {
        let mut body = parse(bytes, limits)?;
        if let Value::Object(fields) = &mut body {
            fields
                .entry("max_tokens")
                .or_insert_with(|| Value::from(1_u64));
        }
        let request = MessagesRequest::parse(body.to_string().as_bytes(), limits)?;
        Ok(Self { request })
    }
}

impl Prompt for CountRequest {
    fn model(&self) -> &str {
        self.request.model()
    }

    fn is_streamed(&self) -> bool {
        false
    }

    fn include_usage(&self) -> bool {
        true
    }

    fn counts(&self) -> Counts {
        Prompt::counts(&self.request)
    }

    fn clamp(&mut self, _limit: u64) -> u64 {
        // Nothing is generated.
        0
    }

    fn unseen(&self) -> Option<&'static str> {
        None
    }

    fn make_ready(&mut self) {}

    fn visit<'a>(&'a self, sink: &mut dyn FnMut(Leaf<'_, 'a>)) {
        self.request.visit(sink);
    }

    fn edit(&mut self, path: &str, place: Place, text: String) -> Result<(), NotEditable> {
        self.request.edit(path, place, text)
    }

    fn body(&self) -> &Value {
        self.request.body()
    }

    fn conversation(&self) -> Conversation {
        Prompt::conversation(&self.request)
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut body = self.request.body().clone();
        if let Value::Object(fields) = &mut body {
            // The dialect has neither for a count.
            fields.shift_remove("max_tokens");
            fields.shift_remove("stream");
        }
        body.to_string().into_bytes()
    }

    fn copy(&self) -> Box<dyn Prompt> {
        Box::new(Self {
            request: self.request.clone(),
        })
    }
}

impl Count {
    pub(super) fn parse(bytes: &[u8], limits: &JsonLimits) -> Result<Self, DialectError> {
        let body = parse(bytes, limits).unwrap_or_default();
        if body.get("input_tokens").is_some_and(Value::is_u64) {
            return Ok(Self { body });
        }
        Err(DialectError::whole(
            ErrorCode::UpstreamFailed,
            "The upstream's answer is not a count of tokens.",
        ))
    }
}

impl Answer for Count {
    fn usage(&self) -> Option<Usage> {
        // A count is not billed.
        Some(Usage::default())
    }

    fn tool_calls(&self) -> u64 {
        0
    }

    fn visit<'a>(&'a self, sink: &mut dyn FnMut(Leaf<'_, 'a>)) {
        visit_any(&self.body, TextRole::Output, sink);
    }

    fn edit(&mut self, _path: &str, _place: Place, _text: String) -> Result<(), NotEditable> {
        Err(NotEditable)
    }

    fn is_echo(&self, _path: &str) -> bool {
        false
    }

    fn drop_echoes(&mut self) {}

    fn end_early(&mut self, _path: &str) -> Result<(), NotEditable> {
        Err(NotEditable)
    }

    fn call_at(&self, _path: &str) -> Option<(String, ToolCall)> {
        None
    }

    fn set_arguments(&mut self, _call: &str, _arguments: String) -> Result<(), NotEditable> {
        Err(NotEditable)
    }

    fn to_bytes(&self) -> Vec<u8> {
        json!(self.body).to_string().into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_needs_no_bound_and_sends_none() {
        let body = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
        let limits = JsonLimits::default();
        let request = CountRequest::parse(body.to_string().as_bytes(), &limits).unwrap();
        let sent: Value = serde_json::from_slice(&request.to_bytes()).unwrap();
        assert_eq!(sent, body);
        assert!(Count::parse(br#"{"input_tokens": 3}"#, &limits).is_ok());
        assert!(Count::parse(br#"{"input_tokens": "3"}"#, &limits).is_err());
    }
}
