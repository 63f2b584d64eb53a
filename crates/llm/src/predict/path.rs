//! Which protocol, model and operation a path names.

/// A protocol of predictive inference.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Protocol {
    /// Open Inference Protocol v2 over REST, as KServe and Triton speak it.
    OpenInference,
    /// TensorFlow Serving over REST.
    TensorFlow,
    /// TorchServe's predictions.
    TorchServe,
}

/// What is asked of the model.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Operation {
    /// Run the model on tensors.
    Infer,
    /// TensorFlow's classification of examples.
    Classify,
    /// TensorFlow's regression on examples.
    Regress,
    /// Read the model's metadata or state.
    Metadata,
}

/// What a path names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Target<'p> {
    /// The protocol.
    pub protocol: Protocol,
    /// The model.
    pub model: &'p str,
    /// The version, where one is named.
    pub version: Option<&'p str>,
    /// What is asked of it.
    pub operation: Operation,
}

impl<'p> Target<'p> {
    /// Reads a path without its query. None for every path that these protocols do not define: the
    /// management interfaces of model servers are not among them.
    #[must_use]
    pub fn parse(path: &'p str) -> Option<Self> {
        let parts: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
        let target = |protocol, model, version, operation| {
            Some(Self {
                protocol,
                model,
                version,
                operation,
            })
        };
        let target = match parts.as_slice() {
            ["v2", "models", rest @ ..] => {
                let (model, version, tail) = open_inference(rest)?;
                let operation = match tail {
                    ["infer"] => Operation::Infer,
                    [] | ["ready"] => Operation::Metadata,
                    _ => return None,
                };
                target(Protocol::OpenInference, model, version, operation)
            }
            ["v1", "models", rest @ ..] => {
                let (model, version, verb) = tensorflow(rest)?;
                let operation = match verb {
                    Some("predict") => Operation::Infer,
                    Some("classify") => Operation::Classify,
                    Some("regress") => Operation::Regress,
                    None => Operation::Metadata,
                    Some(_) => return None,
                };
                target(Protocol::TensorFlow, model, version, operation)
            }
            ["predictions", model] => target(Protocol::TorchServe, *model, None, Operation::Infer),
            ["predictions", model, version] => target(
                Protocol::TorchServe,
                *model,
                Some(*version),
                Operation::Infer,
            ),
            _ => None,
        };
        target.filter(|target| is_name(target.model) && target.version.is_none_or(is_name))
    }
}

type Rest<'s, 'p> = (&'p str, Option<&'p str>, &'s [&'p str]);

fn open_inference<'s, 'p>(rest: &'s [&'p str]) -> Option<Rest<'s, 'p>> {
    match rest {
        [model, "versions", version, tail @ ..] => Some((model, Some(version), tail)),
        [model, tail @ ..] => Some((model, None, tail)),
        [] => None,
    }
}

fn tensorflow<'p>(rest: &[&'p str]) -> Option<(&'p str, Option<&'p str>, Option<&'p str>)> {
    let verb = |last: &'p str| match last.split_once(':') {
        Some((name, verb)) => (name, Some(verb)),
        None => (last, None),
    };
    match rest {
        [model] => {
            let (model, verb) = verb(model);
            Some((model, None, verb))
        }
        [model, "metadata"] => Some((model, None, None)),
        [model, "versions" | "labels", version] => {
            let (version, verb) = verb(version);
            Some((model, Some(version), verb))
        }
        _ => None,
    }
}

/// Names that mean the same to every server: no escapes, no dots that climb.
fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !name.is_empty() && name.len() <= 128 && name.bytes().all(plain) && !name.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_protocols_are_read() {
        use Operation::{Classify, Infer, Metadata};
        use Protocol::{OpenInference, TensorFlow, TorchServe};
        for (path, protocol, version, operation) in [
            ("/v2/models/m/infer", OpenInference, None, Infer),
            (
                "/v2/models/m/versions/3/infer",
                OpenInference,
                Some("3"),
                Infer,
            ),
            ("/v2/models/m", OpenInference, None, Metadata),
            ("/v1/models/m:predict", TensorFlow, None, Infer),
            (
                "/v1/models/m/versions/2:classify",
                TensorFlow,
                Some("2"),
                Classify,
            ),
            ("/v1/models/m/metadata", TensorFlow, None, Metadata),
            ("/predictions/m", TorchServe, None, Infer),
            ("/predictions/m/1.0", TorchServe, Some("1.0"), Infer),
        ] {
            let target = Target::parse(path).unwrap();
            assert_eq!(target.model, "m", "{path}");
            assert_eq!(
                (target.protocol, target.version, target.operation),
                (protocol, version, operation)
            );
        }
    }

    #[test]
    fn management_and_tricks_are_not_paths() {
        for path in [
            "",
            "/v2/repository/models/m/load",
            "/v2/models/m/generate",
            "/v2/models//infer",
            "/v2/models/../infer",
            "/v2/models/a%2fb/infer",
            "/v1/models/m:steal",
            "/models",
            "/predictions/.hidden",
            "/predictions/a/b/c",
        ] {
            assert_eq!(Target::parse(path), None, "{path}");
        }
    }
}
