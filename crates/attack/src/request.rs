//! Builds chat-completions requests, the one dialect that probes and tasks speak.

use serde_json::{Map, Value, json};

/// A request in the making.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    messages: Vec<Value>,
    tools: Vec<Value>,
    tokens_max: Option<u32>,
    turns: Vec<String>,
}

impl Request {
    /// A request whose operator says `system`.
    pub(crate) fn new(system: impl Into<String>) -> Self {
        Self {
            messages: vec![json!({ "role": "system", "content": system.into() })],
            ..Self::default()
        }
    }

    /// The user says something.
    pub(crate) fn user(mut self, text: impl Into<String>) -> Self {
        self.messages
            .push(json!({ "role": "user", "content": text.into() }));
        self
    }

    /// The user says this once the model has answered what stands before: a turn of its own.
    pub(crate) fn then(mut self, text: impl Into<String>) -> Self {
        self.turns.push(text.into());
        self
    }

    /// The user hands over a picture beside `text`, in the address of an `image_url` part.
    pub(crate) fn picture(mut self, text: impl Into<String>, address: impl Into<String>) -> Self {
        let parts = json!([
            { "type": "text", "text": text.into() },
            { "type": "image_url", "image_url": { "url": address.into() } },
        ]);
        self.messages
            .push(json!({ "role": "user", "content": parts }));
        self
    }

    /// The model answered something earlier.
    pub(crate) fn assistant(mut self, text: impl Into<String>) -> Self {
        self.messages
            .push(json!({ "role": "assistant", "content": text.into() }));
        self
    }

    /// The model called `tool` and got `result`.
    pub(crate) fn called(
        mut self,
        tool: &str,
        arguments: &Value,
        result: impl Into<String>,
    ) -> Self {
        let id = format!("call_{}", self.messages.len());
        let call = json!({ "id": id, "type": "function", "function": { "name": tool, "arguments": arguments.to_string() } });
        self.messages
            .push(json!({ "role": "assistant", "content": null, "tool_calls": [call] }));
        self.messages
            .push(json!({ "role": "tool", "tool_call_id": id, "content": result.into() }));
        self
    }

    /// A tool that may be called; parameters end in `:number` where they are numbers.
    pub(crate) fn tool(
        mut self,
        name: &str,
        description: impl Into<String>,
        parameters: &[&str],
    ) -> Self {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for parameter in parameters {
            let (name, kind) = parameter.split_once(':').unwrap_or((parameter, "string"));
            properties.insert(name.to_owned(), json!({ "type": kind }));
            required.push(name);
        }
        self.tools.push(json!({ "type": "function", "function": {
            "name": name,
            "description": description.into(),
            "parameters": { "type": "object", "properties": properties, "required": required, "additionalProperties": false },
        } }));
        self
    }

    /// A tool whose parameters are given as a JSON schema.
    pub(crate) fn schema_tool(mut self, name: &str, description: &str, parameters: &Value) -> Self {
        self.tools.push(json!({ "type": "function", "function": {
            "name": name, "description": description, "parameters": parameters,
        } }));
        self
    }

    /// At most so many tokens may come back.
    pub(crate) const fn tokens_max(mut self, tokens: u32) -> Self {
        self.tokens_max = Some(tokens);
        self
    }

    /// What the user says in later turns.
    pub(crate) fn turns(&self) -> &[String] {
        &self.turns
    }

    /// The request, to `model`.
    pub(crate) fn to_json(&self, model: &str) -> Value {
        let mut fields = Map::new();
        fields.insert("model".to_owned(), model.into());
        fields.insert("messages".to_owned(), self.messages.clone().into());
        if !self.tools.is_empty() {
            fields.insert("tools".to_owned(), self.tools.clone().into());
        }
        fields.insert("temperature".to_owned(), 0.into());
        if let Some(tokens) = self.tokens_max {
            fields.insert("max_tokens".to_owned(), tokens.into());
        }
        fields.into()
    }
}
