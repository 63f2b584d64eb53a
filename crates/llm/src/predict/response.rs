//! The answer: tensors that are checked and may be rounded, texts that are visited.

use seawall_base::ErrorCode;
use seawall_base::json::{JsonLimits, parse};
use serde_json::{Number, Value};

use super::path::Protocol;
use super::request::{check_tensor, holds_bytes, open_inference_tensors, tensorflow_tensors};
use super::tensor::{Tensor, shape_of};
use crate::error::DialectError;
use crate::leaf::{Leaf, NotEditable, Place, TextRole, edit};
use crate::names;
use crate::walk::Walker;

/// An answer of which every part is known to be readable.
#[derive(Clone, Debug, PartialEq)]
pub struct PredictResponse {
    protocol: Protocol,
    body: Value,
}

impl PredictResponse {
    /// Parses an answer and refuses what cannot be read in full.
    ///
    /// # Errors
    /// The server answered nonsense, or bytes.
    pub fn parse(
        protocol: Protocol,
        bytes: &[u8],
        limits: &JsonLimits,
    ) -> Result<Self, DialectError> {
        let body = parse(bytes, limits).map_err(|_| nonsense())?;
        let readable = match protocol {
            Protocol::OpenInference => {
                let outputs = body.get("outputs").and_then(Value::as_array);
                let tensor = |output: &Value| {
                    let output = output.as_object();
                    output.is_some_and(|output| check_tensor(output, "outputs").is_ok())
                };
                outputs.is_some_and(|outputs| outputs.iter().all(tensor))
            }
            Protocol::TensorFlow => ["predictions", "outputs", "results"]
                .iter()
                .any(|name| body.get(name).is_some()),
            Protocol::TorchServe => true,
        };
        if !readable || holds_bytes(&body) {
            return Err(nonsense());
        }
        Ok(Self { protocol, body })
    }

    /// The whole body.
    #[must_use]
    pub const fn body(&self) -> &Value {
        &self.body
    }

    /// The tensors of the answer.
    #[must_use]
    pub fn tensors(&self) -> Vec<Tensor<'_>> {
        match self.protocol {
            Protocol::OpenInference => open_inference_tensors(&self.body, "outputs"),
            Protocol::TensorFlow => {
                tensorflow_tensors(&self.body, &["predictions", "outputs", "results"])
            }
            Protocol::TorchServe => vec![Tensor {
                name: "",
                datatype: None,
                shape: shape_of(&self.body),
                data: &self.body,
            }],
        }
    }

    /// Rounds every number that is not whole to so many decimals: fine scores are what model
    /// extraction and membership inference feed on.
    pub fn round(&mut self, decimals: u32) {
        let scale = 10_f64.powi(i32::try_from(decimals.min(15)).unwrap_or(15));
        round(&mut self.body, scale);
    }

    /// Keeps the greatest `most` scores of every list of probabilities; the others become 0. Lists with a
    /// number beyond 0 to 1 are something else and stay as they are.
    pub fn keep_top(&mut self, most: usize) {
        keep_top(&mut self.body, most);
    }

    /// Yields every text of the answer with its role.
    pub fn visit<'a>(&'a self, sink: &mut dyn FnMut(Leaf<'_, 'a>)) {
        Walker::new(sink, &names::PREDICT).walk("", &self.body, TextRole::Output);
    }

    /// Replaces one text that [`Self::visit`] yielded.
    ///
    /// # Errors
    /// When it cannot be replaced, so that the answer must be blocked.
    pub fn edit(&mut self, path: &str, place: Place, text: String) -> Result<(), NotEditable> {
        edit(&mut self.body, path, place, text)
    }

    /// The body to send.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(&self.body).unwrap_or_default()
    }
}

fn round(value: &mut Value, scale: f64) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| round(item, scale)),
        Value::Object(fields) => fields.values_mut().for_each(|value| round(value, scale)),
        Value::Number(number) if number.is_f64() => {
            let rounded = number
                .as_f64()
                .map(|number| (number * scale).round() / scale);
            if let Some(rounded) = rounded.and_then(Number::from_f64) {
                *number = rounded;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn keep_top(value: &mut Value, most: usize) {
    match value {
        Value::Object(fields) => fields
            .iter_mut()
            // The lengths of dimensions are no scores.
            .filter(|(name, _)| *name != "shape")
            .for_each(|(_, value)| keep_top(value, most)),
        Value::Array(items) => {
            let scores: Option<Vec<f64>> = items.iter().map(Value::as_f64).collect();
            let Some(mut scores) = scores else {
                items.iter_mut().for_each(|item| keep_top(item, most));
                return;
            };
            if scores.len() <= most || !scores.iter().all(|score| (0.0..=1.0).contains(score)) {
                return;
            }
            scores.sort_by(|left, right| right.total_cmp(left));
            let least = scores.get(most.saturating_sub(1)).copied().unwrap_or(1.0);
            let greater = scores.iter().filter(|score| **score > least).count();
            // Of equal scores, the first ones fill what is left.
            let mut left = most.saturating_sub(greater);
            for item in items {
                let score = item.as_f64().unwrap_or_default();
                let ties = score.total_cmp(&least).is_eq();
                let fills = ties && left > 0;
                left -= usize::from(fills);
                if score < least || (ties && !fills) {
                    *item = Value::from(0.0);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn nonsense() -> DialectError {
    DialectError::whole(
        ErrorCode::UpstreamFailed,
        "The server's answer is not a prediction that can be inspected.",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn response(protocol: Protocol, body: &Value) -> Result<PredictResponse, DialectError> {
        PredictResponse::parse(
            protocol,
            body.to_string().as_bytes(),
            &JsonLimits::default(),
        )
    }

    #[test]
    fn scores_are_rounded_and_whole_numbers_kept() {
        let body = json!({"model_name": "m", "outputs": [
            {"name": "y", "datatype": "FP32", "shape": [3], "data": [0.123456, 0.5, 7]}]});
        let mut answer = response(Protocol::OpenInference, &body).unwrap();
        answer.round(2);
        assert_eq!(answer.tensors()[0].numbers(), [0.12, 0.5, 7.0]);
        let mut seen = Vec::new();
        answer.visit(&mut |leaf| seen.push(leaf.text.into_owned()));
        assert!(seen.contains(&"m".to_owned()) && seen.contains(&"y".to_owned()));
    }

    #[test]
    fn the_greatest_scores_stay_and_other_numbers_are_left_alone() {
        let body = json!({"predictions": [[0.1, 0.7, 0.2, 0.0], [3.0, 0.5, 0.1, 0.2]]});
        let mut answer = response(Protocol::TensorFlow, &body).unwrap();
        answer.keep_top(2);
        let kept = json!({"predictions": [[0.0, 0.7, 0.2, 0.0], [3.0, 0.5, 0.1, 0.2]]});
        assert_eq!(*answer.body(), kept);
        let flat = json!({"outputs": [{"name": "y", "datatype": "FP32", "shape": [1, 3], "data": [0.5, 0.5, 0.7]}]});
        let mut answer = response(Protocol::OpenInference, &flat).unwrap();
        answer.keep_top(2);
        assert_eq!(answer.tensors()[0].numbers(), [0.5, 0.0, 0.7]);
        assert_eq!(answer.tensors()[0].shape, [1, 3]);
    }

    #[test]
    fn nonsense_is_refused() {
        for (protocol, body) in [
            (Protocol::OpenInference, json!({})),
            (Protocol::OpenInference, json!({"outputs": [{"name": "y"}]})),
            (Protocol::TensorFlow, json!({"error": "x"})),
            (
                Protocol::TensorFlow,
                json!({"predictions": [{"b64": "AAAA"}]}),
            ),
        ] {
            assert!(response(protocol, &body).is_err(), "{body}");
        }
        assert!(response(Protocol::TorchServe, &json!([0.1])).is_ok());
    }
}
