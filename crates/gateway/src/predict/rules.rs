//! What a route of predictive models declares, and the check of a request against it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use seawall_base::ErrorCode;
use seawall_llm::DialectError;
use seawall_llm::predict::Tensor;

use super::drift::Drift;
use super::similar::Similar;
use crate::config::Route;

/// A route of predictive models and what it remembers.
#[derive(Debug)]
pub struct PredictRoute {
    /// Models, guard, mode and upstream.
    pub route: Route,
    /// What requests and answers are held to.
    pub rules: PredictRules,
    state: Mutex<State>,
}

/// What requests and answers are held to. The default checks what the protocol itself says.
#[derive(Clone, Debug, Default)]
pub struct PredictRules {
    /// The inputs by name. Where any is declared, no other is accepted.
    pub inputs: Vec<Input>,
    /// Decimals of the numbers of an answer.
    pub decimals: Option<u32>,
    /// How many of the scores of one list are shown; the others become 0. For lists of probabilities.
    pub top: Option<usize>,
    /// How many of a caller's last 256 queries may resemble the next one.
    pub similar_max: Option<usize>,
    /// Bytes of a body that is no JSON (TorchServe) which is passed on unseen; none are without it.
    pub raw_bytes_max: Option<usize>,
}

/// One declared input. Protocols without names have one input whose name is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its type in the words of the Open Inference Protocol.
    pub datatype: Option<String>,
    /// Its shape; a dimension that is none may have any length.
    pub shape: Option<Vec<Option<u64>>>,
    /// No value is below it.
    pub minimum: Option<f64>,
    /// No value is above it.
    pub maximum: Option<f64>,
    /// The range that values of the training data lay in, but for one in a hundred.
    pub expected: Option<(f64, f64)>,
}

/// What a route remembers of its requests.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) drift: Drift,
    pub(super) similar: Similar,
}

impl PredictRoute {
    /// A route that has seen nothing yet.
    #[must_use]
    pub fn new(route: Route, rules: PredictRules) -> Self {
        Self {
            route,
            rules,
            state: Mutex::default(),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PredictRules {
    /// Checks the tensors of a request.
    ///
    /// # Errors
    /// Names the input and the rule.
    pub(super) fn check(&self, tensors: &[Tensor<'_>]) -> Result<(), DialectError> {
        if self.inputs.is_empty() {
            return Ok(());
        }
        for tensor in tensors {
            let declared = self.inputs.iter().find(|input| input.name == tensor.name);
            let declared =
                declared.ok_or_else(|| refused("inputs", "names an input that is not declared"))?;
            declared.check(tensor)?;
        }
        for (position, tensor) in tensors.iter().enumerate() {
            let earlier = tensors.get(..position).unwrap_or_default();
            if earlier.iter().any(|other| other.name == tensor.name) {
                return Err(refused("inputs", "names an input twice"));
            }
        }
        if tensors.len() != self.inputs.len() {
            return Err(refused("inputs", "must hold every declared input"));
        }
        Ok(())
    }
}

impl Input {
    fn check(&self, tensor: &Tensor<'_>) -> Result<(), DialectError> {
        let at = format!("inputs.{}", self.name);
        let is_other = |declared: &str| tensor.datatype.is_some_and(|said| said != declared);
        if self.datatype.as_deref().is_some_and(is_other) {
            return Err(refused(&at, "has another type than is declared"));
        }
        if let Some(shape) = &self.shape {
            let fits = shape.len() == tensor.shape.len()
                && shape
                    .iter()
                    .zip(&tensor.shape)
                    .all(|(declared, given)| declared.is_none_or(|declared| declared == *given));
            if !fits {
                return Err(refused(&at, "has another shape than is declared"));
            }
        }
        let within = |value: &f64| {
            value.is_finite()
                && self.minimum.is_none_or(|least| *value >= least)
                && self.maximum.is_none_or(|most| *value <= most)
        };
        if !tensor.numbers().iter().all(within) {
            return Err(refused(&at, "has values beyond the declared bounds"));
        }
        Ok(())
    }
}

fn refused(param: &str, rule: &str) -> DialectError {
    DialectError {
        code: ErrorCode::InvalidRequest,
        message: format!("`{param}` {rule}."),
        param: Some(param.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn check(shape: &[u64], data: &Value) -> Result<(), DialectError> {
        let rules = PredictRules {
            inputs: vec![Input {
                name: "x".to_owned(),
                datatype: Some("FP32".to_owned()),
                shape: Some(vec![None, Some(2)]),
                minimum: Some(0.0),
                maximum: Some(1.0),
                expected: None,
            }],
            ..PredictRules::default()
        };
        rules.check(&[Tensor {
            name: "x",
            datatype: Some("FP32"),
            shape: shape.to_vec(),
            data,
        }])
    }

    #[test]
    fn inputs_keep_to_what_is_declared() {
        assert!(check(&[2, 2], &json!([0.0, 1.0, 0.5, 0.25])).is_ok());
        assert!(check(&[1, 2], &json!([0.0, 1.5])).is_err());
        assert!(check(&[1, 3], &json!([0.0, 1.0, 1.0])).is_err());
        assert!(check(&[2], &json!([0.0, 1.0])).is_err());
        let rules = PredictRules {
            inputs: vec![Input::default()],
            ..PredictRules::default()
        };
        assert!(rules.check(&[]).is_err(), "a declared input is missing");
    }
}
