//! OpenAI's embeddings: texts go in, vectors come out. What is embedded becomes documents that other
//! requests will read, so it is inspected like them.

use seawall_guard::{Conversation, Source};
use seawall_llm::{
    EmbeddingsRequest, EmbeddingsResponse, Leaf, NotEditable, Place, ToolCall, Usage,
};
use serde_json::Value;

use super::{Answer, Counts, Prompt};
use crate::watch::{items, text};

impl Prompt for EmbeddingsRequest {
    fn model(&self) -> &str {
        Self::model(self)
    }

    fn is_streamed(&self) -> bool {
        false
    }

    fn include_usage(&self) -> bool {
        true
    }

    fn counts(&self) -> Counts {
        Counts {
            choices: 1,
            messages: items(self.body().get("input")).len(),
            tools: 0,
        }
    }

    fn clamp(&mut self, _limit: u64) -> u64 {
        // Vectors are no tokens.
        0
    }

    fn unseen(&self) -> Option<&'static str> {
        None
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
        let mut talk = Conversation::default();
        let input = self.body().get("input");
        for said in input.into_iter().chain(items(input)).map(text) {
            talk.say(Source::Document, said);
        }
        talk
    }

    fn to_bytes(&self) -> Vec<u8> {
        Self::to_bytes(self)
    }

    fn copy(&self) -> Box<dyn Prompt> {
        Box::new(self.clone())
    }
}

impl Answer for EmbeddingsResponse {
    fn usage(&self) -> Option<Usage> {
        Self::usage(self)
    }

    fn tool_calls(&self) -> u64 {
        0
    }

    fn visit<'a>(&'a self, sink: &mut dyn FnMut(Leaf<'_, 'a>)) {
        Self::visit(self, sink);
    }

    fn edit(&mut self, _path: &str, _place: Place, _text: String) -> Result<(), NotEditable> {
        // An answer of vectors has no text that could need it.
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
        Value::to_string(self.body()).into_bytes()
    }
}
