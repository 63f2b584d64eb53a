//! OpenAI's embeddings: what is embedded is inspected like a user's text; vectors are numbers.

use seawall_base::ErrorCode;
use seawall_base::json::{JsonLimits, parse};
use serde_json::{Map, Value};

use crate::error::DialectError;
use crate::fields::{self, check_model, invalid, unsupported};
use crate::leaf::{Leaf, NotEditable, Place, TextRole, edit};
use crate::names;
use crate::usage::Usage;
use crate::walk::Walker;

/// A request of which every part is known to be readable.
#[derive(Clone, Debug, PartialEq)]
pub struct EmbeddingsRequest {
    body: Value,
}

/// An answer: vectors, and nothing that is not one.
#[derive(Clone, Debug, PartialEq)]
pub struct EmbeddingsResponse {
    body: Value,
}

impl EmbeddingsRequest {
    /// Parses a body and refuses what cannot be read: token ids stand for text that nobody sees.
    ///
    /// # Errors
    /// Names the code and the field.
    pub fn parse(bytes: &[u8], limits: &JsonLimits) -> Result<Self, DialectError> {
        let fields = fields::object(bytes, limits)?;
        check_model(&fields)?;
        check_input(&fields)?;
        Ok(Self {
            body: Value::Object(fields),
        })
    }

    /// The model that is asked for.
    #[must_use]
    pub fn model(&self) -> &str {
        let model = self.body.get("model").and_then(Value::as_str);
        model.unwrap_or_default()
    }

    /// The whole body.
    #[must_use]
    pub const fn body(&self) -> &Value {
        &self.body
    }

    /// Yields every text of the request with its role.
    pub fn visit<'a>(&'a self, sink: &mut dyn FnMut(Leaf<'_, 'a>)) {
        let Value::Object(fields) = &self.body else {
            return;
        };
        let mut walker = Walker::new(sink, &names::EMBEDDINGS);
        walker.members(fields, |walker, name, value| match name {
            "input" => walker.walk(name, value, TextRole::Document),
            _ => walker.named(name, value, TextRole::Parameter),
        });
    }

    /// Replaces one text that [`Self::visit`] yielded.
    ///
    /// # Errors
    /// When it cannot be replaced, so that the request must be blocked.
    pub fn edit(&mut self, path: &str, place: Place, text: String) -> Result<(), NotEditable> {
        edit(&mut self.body, path, place, text)
    }

    /// The body to forward.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(&self.body).unwrap_or_default()
    }
}

impl EmbeddingsResponse {
    /// Parses an answer.
    ///
    /// # Errors
    /// The upstream answered something else than a list of vectors.
    pub fn parse(bytes: &[u8], limits: &JsonLimits) -> Result<Self, DialectError> {
        let body = parse(bytes, limits).map_err(|_| nonsense())?;
        let data = body.get("data").and_then(Value::as_array);
        let vector = |item: &Value| match item.get("embedding") {
            Some(Value::Array(numbers)) => numbers.iter().all(Value::is_number),
            Some(Value::String(encoded)) => encoded.bytes().all(is_base64),
            _ => false,
        };
        if data.is_some_and(|data| data.iter().all(vector)) {
            Ok(Self { body })
        } else {
            Err(nonsense())
        }
    }

    /// The whole body.
    #[must_use]
    pub const fn body(&self) -> &Value {
        &self.body
    }

    /// What the upstream says the call cost, if it says so.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        let prompt_tokens = self.body.pointer("/usage/prompt_tokens")?.as_u64()?;
        Some(Usage::new(prompt_tokens, 0))
    }

    /// Yields every text of the answer but encoded vectors.
    pub fn visit<'a>(&'a self, sink: &mut dyn FnMut(Leaf<'_, 'a>)) {
        let mut walker = Walker::new(sink, &names::EMBEDDINGS);
        if let Value::Object(fields) = &self.body {
            walker.members(fields, |walker, name, value| match (name, value) {
                ("data", Value::Array(items)) => walker.items(items, visit_vector),
                _ => walker.named(name, value, TextRole::Output),
            });
        }
    }
}

fn visit_vector<'a>(walker: &mut Walker<'_, 'a>, item: &'a Value) {
    let Value::Object(fields) = item else {
        return;
    };
    walker.members(fields, |walker, name, value| match name {
        "embedding" => {}
        _ => walker.named(name, value, TextRole::Output),
    });
}

fn check_input(fields: &Map<String, Value>) -> Result<(), DialectError> {
    match fields.get("input") {
        Some(Value::String(_)) => Ok(()),
        Some(Value::Array(items)) if !items.is_empty() => {
            if items.iter().all(Value::is_string) {
                return Ok(());
            }
            let tokens = |item: &Value| item.is_number() || item.is_array();
            if items.iter().all(tokens) {
                return Err(DialectError {
                    message: "Token ids cannot be inspected here; send the text.".to_owned(),
                    ..unsupported("input")
                });
            }
            Err(invalid("input", "must be a string or an array of strings"))
        }
        _ => Err(invalid("input", "must be a string or an array of strings")),
    }
}

const fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

fn nonsense() -> DialectError {
    DialectError::whole(
        ErrorCode::UpstreamFailed,
        "The upstream's answer is not a list of embeddings.",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(input: &Value) -> Result<EmbeddingsRequest, DialectError> {
        let body = json!({"model": "m", "input": input, "user": "someone"});
        EmbeddingsRequest::parse(body.to_string().as_bytes(), &JsonLimits::default())
    }

    #[test]
    fn texts_are_seen_and_token_ids_refused() {
        let parsed = request(&json!(["a", "b"])).unwrap();
        let mut seen = Vec::new();
        parsed.visit(&mut |leaf| seen.push(leaf.text.into_owned()));
        assert!(
            ["a", "b", "someone"]
                .iter()
                .all(|text| seen.contains(&(*text).to_owned()))
        );
        for tokens in [json!([1, 2]), json!([[1, 2]])] {
            let error = request(&tokens).unwrap_err();
            assert_eq!(error.code, ErrorCode::UnsupportedContent);
        }
        for wrong in [json!([]), json!({}), json!(["a", 1]), Value::Null] {
            assert_eq!(request(&wrong).unwrap_err().code, ErrorCode::InvalidRequest);
        }
    }

    #[test]
    fn an_answer_is_vectors() {
        let parse = |body: &Value| {
            EmbeddingsResponse::parse(body.to_string().as_bytes(), &JsonLimits::default())
        };
        let answer = json!({"data": [{"embedding": [0.5, 1]}, {"embedding": "AAAA"}], "usage": {"prompt_tokens": 4}});
        assert_eq!(
            parse(&answer).unwrap().usage().map(|usage| usage.total()),
            Some(4)
        );
        for body in [
            json!({}),
            json!({"data": [{"embedding": ["text"]}]}),
            json!({"data": [{"embedding": "words of text"}]}),
        ] {
            assert!(parse(&body).is_err(), "{body}");
        }
    }
}
