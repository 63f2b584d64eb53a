//! The request: tensors that are checked, texts that are visited.

use seawall_base::ErrorCode;
use seawall_base::json::{JsonLimits, parse};
use serde_json::{Map, Value};

use super::path::{Operation, Protocol};
use super::tensor::{Tensor, shape_of};
use crate::error::DialectError;
use crate::fields::{self, invalid, text, unsupported};
use crate::leaf::{Leaf, NotEditable, Place, TextRole, edit};
use crate::names;
use crate::walk::Walker;

/// A request of which every part is known to be readable.
#[derive(Clone, Debug, PartialEq)]
pub struct PredictRequest {
    protocol: Protocol,
    body: Value,
}

impl PredictRequest {
    /// Parses a body and refuses what cannot be read in full.
    ///
    /// # Errors
    /// Names the code and the field.
    pub fn parse(
        protocol: Protocol,
        operation: Operation,
        bytes: &[u8],
        limits: &JsonLimits,
    ) -> Result<Self, DialectError> {
        let body = parse(bytes, limits)?;
        match protocol {
            Protocol::OpenInference => check_open_inference(&body)?,
            Protocol::TensorFlow => check_tensorflow(&body, operation)?,
            Protocol::TorchServe => {}
        }
        if holds_bytes(&body) {
            return Err(DialectError {
                message: "Encoded bytes cannot be inspected here.".to_owned(),
                ..unsupported("b64")
            });
        }
        Ok(Self { protocol, body })
    }

    /// The protocol.
    #[must_use]
    pub const fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The whole body.
    #[must_use]
    pub const fn body(&self) -> &Value {
        &self.body
    }

    /// The tensors of the request.
    #[must_use]
    pub fn tensors(&self) -> Vec<Tensor<'_>> {
        match self.protocol {
            Protocol::OpenInference => open_inference_tensors(&self.body, "inputs"),
            Protocol::TensorFlow => {
                tensorflow_tensors(&self.body, &["instances", "inputs", "examples"])
            }
            Protocol::TorchServe => vec![Tensor {
                name: "",
                datatype: None,
                shape: shape_of(&self.body),
                data: &self.body,
            }],
        }
    }

    /// Yields every text of the request with its role.
    pub fn visit<'a>(&'a self, sink: &mut dyn FnMut(Leaf<'_, 'a>)) {
        let mut walker = Walker::new(sink, &names::PREDICT);
        let Value::Object(fields) = &self.body else {
            walker.walk("", &self.body, TextRole::User);
            return;
        };
        walker.members(fields, |walker, name, value| {
            let role = match name {
                "parameters" | "outputs" | "signature_name" | "id" => TextRole::Parameter,
                _ => TextRole::User,
            };
            walker.named(name, value, role);
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

/// The tensors under a member of a message of the Open Inference Protocol.
pub(super) fn open_inference_tensors<'v>(body: &'v Value, member: &str) -> Vec<Tensor<'v>> {
    let tensors = body.get(member).and_then(Value::as_array);
    let tensors = tensors.into_iter().flatten();
    let shape = |tensor: &Value| {
        let shape = tensor.get("shape").and_then(Value::as_array);
        shape
            .into_iter()
            .flatten()
            .filter_map(Value::as_u64)
            .collect()
    };
    tensors
        .filter_map(|tensor| {
            Some(Tensor {
                name: tensor.get("name")?.as_str()?,
                datatype: tensor.get("datatype").and_then(Value::as_str),
                shape: shape(tensor),
                data: tensor.get("data")?,
            })
        })
        .collect()
}

/// The tensors under the first of some members of a message of TensorFlow Serving.
pub(super) fn tensorflow_tensors<'v>(body: &'v Value, members: &[&str]) -> Vec<Tensor<'v>> {
    let Some(data) = members.iter().find_map(|name| body.get(name)) else {
        return Vec::new();
    };
    let tensor = |name, data| Tensor {
        name,
        datatype: None,
        shape: shape_of(data),
        data,
    };
    match data {
        Value::Object(named) => named
            .iter()
            .map(|(name, data)| tensor(name.as_str(), data))
            .collect(),
        _ => vec![tensor("", data)],
    }
}

fn check_open_inference(body: &Value) -> Result<(), DialectError> {
    let fields = object(body)?;
    let inputs = fields.get("inputs").and_then(Value::as_array);
    let inputs = inputs.filter(|inputs| !inputs.is_empty());
    let inputs = inputs.ok_or_else(|| invalid("inputs", "must be an array of tensors"))?;
    for (position, input) in inputs.iter().enumerate() {
        let at = format!("inputs[{position}]");
        let input = input
            .as_object()
            .ok_or_else(|| invalid(at.as_str(), "must be an object"))?;
        check_tensor(input, &at)?;
        check_parameters(input, &at)?;
    }
    let outputs = fields.get("outputs").and_then(Value::as_array);
    for (position, output) in outputs.into_iter().flatten().enumerate() {
        let at = format!("outputs[{position}]");
        let output = output
            .as_object()
            .ok_or_else(|| invalid(at.as_str(), "must be an object"))?;
        check_parameters(output, &at)?;
    }
    check_parameters(fields, "request")
}

/// A tensor says name, type and shape, and holds what they say.
pub(super) fn check_tensor(tensor: &Map<String, Value>, at: &str) -> Result<(), DialectError> {
    let name = text(tensor, "name", at)?;
    let datatype = Some(text(tensor, "datatype", at)?);
    let shape = tensor.get("shape").and_then(Value::as_array);
    let shape: Option<Vec<u64>> = shape.and_then(|shape| shape.iter().map(Value::as_u64).collect());
    let shape = shape.ok_or_else(|| invalid(format!("{at}.shape"), "must be whole numbers"))?;
    let data = tensor.get("data").filter(|data| data.is_array());
    let data = data.ok_or_else(|| invalid(format!("{at}.data"), "must be an array"))?;
    let tensor = Tensor {
        name,
        datatype,
        shape,
        data,
    };
    tensor.check(at)
}

/// Parameters that point at bytes outside the JSON: binary tensors, and memory of the server.
fn check_parameters(holder: &Map<String, Value>, at: &str) -> Result<(), DialectError> {
    let parameters = holder.get("parameters").and_then(Value::as_object);
    let outside =
        |name: &&String| name.starts_with("shared_memory") || name.starts_with("binary_data");
    match parameters.and_then(|parameters| parameters.keys().find(outside)) {
        Some(_) => Err(DialectError {
            message: "Binary tensors and shared memory cannot be inspected here.".to_owned(),
            ..unsupported(format!("{at}.parameters"))
        }),
        None => Ok(()),
    }
}

fn check_tensorflow(body: &Value, operation: Operation) -> Result<(), DialectError> {
    let fields = object(body)?;
    let members: &[&str] = match operation {
        Operation::Classify | Operation::Regress => &["examples"],
        Operation::Infer | Operation::Metadata => &["instances", "inputs"],
    };
    let given: Vec<_> = members
        .iter()
        .filter(|name| fields::is_set(fields, name))
        .collect();
    if given.len() == 1 {
        Ok(())
    } else {
        let names = members.join("` or `");
        Err(invalid(names, "must be given, and one of them alone"))
    }
}

fn object(body: &Value) -> Result<&Map<String, Value>, DialectError> {
    body.as_object().ok_or_else(|| {
        DialectError::whole(ErrorCode::InvalidRequest, "The body must be a JSON object.")
    })
}

/// Whether `{"b64": …}`, the spelling of bytes in these protocols, stands anywhere.
pub(super) fn holds_bytes(value: &Value) -> bool {
    match value {
        Value::Object(fields) => {
            fields.get("b64").is_some_and(Value::is_string) || fields.values().any(holds_bytes)
        }
        Value::Array(items) => items.iter().any(holds_bytes),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(protocol: Protocol, body: &Value) -> Result<PredictRequest, DialectError> {
        let bytes = body.to_string();
        PredictRequest::parse(
            protocol,
            Operation::Infer,
            bytes.as_bytes(),
            &JsonLimits::default(),
        )
    }

    fn tensor(data: &Value) -> Value {
        json!({"inputs": [{"name": "x", "datatype": "FP32", "shape": [2], "data": data}]})
    }

    #[test]
    fn tensors_of_each_protocol_are_read() {
        let open = request(Protocol::OpenInference, &tensor(&json!([1, 2.5]))).unwrap();
        assert_eq!(open.tensors()[0].numbers(), [1.0, 2.5]);
        let named = json!({"signature_name": "s", "instances": [[1, 2], [3, 4]]});
        let tensorflow = request(Protocol::TensorFlow, &named).unwrap();
        assert_eq!(tensorflow.tensors()[0].shape, [2, 2]);
        let torch = request(Protocol::TorchServe, &json!({"data": "a sentence"})).unwrap();
        let mut seen = Vec::new();
        torch.visit(&mut |leaf| seen.push((leaf.role, leaf.text.into_owned())));
        assert_eq!(seen, [(TextRole::User, "a sentence".to_owned())]);
    }

    #[test]
    fn bytes_and_memory_that_nobody_here_can_read_are_refused() {
        let mut memory = tensor(&json!([1, 2]));
        memory["inputs"][0]["parameters"] = json!({"shared_memory_region": "r"});
        let mut binary = tensor(&json!([1, 2]));
        binary["outputs"] = json!([{"name": "y", "parameters": {"binary_data": true}}]);
        let image = json!({"instances": [{"image": {"b64": "AAAA"}}]});
        for (protocol, body) in [
            (Protocol::OpenInference, memory),
            (Protocol::OpenInference, binary),
            (Protocol::TensorFlow, image),
        ] {
            let error = request(protocol, &body).unwrap_err();
            assert_eq!(error.code, ErrorCode::UnsupportedContent, "{body}");
        }
    }

    #[test]
    fn what_breaks_a_protocol_is_refused() {
        for (protocol, body) in [
            (Protocol::OpenInference, json!({"inputs": []})),
            (Protocol::OpenInference, tensor(&json!([1]))),
            (Protocol::OpenInference, tensor(&json!(7))),
            (Protocol::OpenInference, json!([])),
            (Protocol::TensorFlow, json!({})),
            (
                Protocol::TensorFlow,
                json!({"instances": [1], "inputs": [1]}),
            ),
        ] {
            assert!(request(protocol, &body).is_err(), "{body}");
        }
    }
}
