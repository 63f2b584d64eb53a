//! Predictive models behind the guard: who may ask, what may go in, what may come out, and how often.
//!
//! Paths are those of the Open Inference Protocol (KServe, Triton), TensorFlow Serving and TorchServe.
//! Whatever else a model server offers (loading models, its repository, its statistics, tracing) is not
//! there: a path that no protocol of inference defines is refused.
//!
//! # What it misses
//! Inputs that are adversarial within their bounds. Slow extraction by many identities, each below its
//! rate. Extraction with queries that have nothing in common.

mod answer;
mod drift;
mod rules;
mod similar;

pub(crate) use self::answer::answer;
pub use self::rules::{Input, PredictRoute, PredictRules};

use http::Method;
use seawall_llm::predict::{Operation, Target};

/// What a request asks of a predictive model; none where the path is another interface's.
pub(crate) fn target<'p>(method: &Method, path: &'p str) -> Option<Target<'p>> {
    let target = Target::parse(path)?;
    let wanted = match target.operation {
        Operation::Metadata => Method::GET,
        Operation::Infer | Operation::Classify | Operation::Regress => Method::POST,
    };
    // `GET /v1/models/m` is how a client of OpenAI's asks for a model.
    let is_shared = target.operation == Operation::Metadata
        && path.starts_with("/v1/models/")
        && !path.ends_with("/metadata");
    (*method == wanted && !is_shared).then_some(target)
}
