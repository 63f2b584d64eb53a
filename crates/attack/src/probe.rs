//! What a probe and a benign task are: metadata, and a function from choices to a request and an oracle.

use seawall_base::Digest;
use serde_json::Value;

use crate::draw::Draw;
use crate::mutator::Dress;
use crate::oracle::Oracle;
use crate::request::Request;

/// An attack technique as a recipe for attempts.
#[derive(Debug)]
pub struct Probe {
    /// Kebab-case id.
    pub id: &'static str,
    /// Kebab-case id of its family, the name of its file.
    pub family: &'static str,
    /// What it tries, in a few words.
    pub title: &'static str,
    /// Catalogue ids.
    pub maps: &'static [&'static str],
    pub(crate) build: fn(&mut Draw, &Dress) -> Sketch,
}

/// A harmless task: what a control must not get in the way of.
#[derive(Debug)]
pub struct Task {
    /// Kebab-case id.
    pub id: &'static str,
    /// Kebab-case id of its family, the name of its file.
    pub family: &'static str,
    /// What is asked, in a few words.
    pub title: &'static str,
    pub(crate) build: fn(&mut Draw) -> Sketch,
}

/// One request and what must come of it.
#[derive(Clone, Debug)]
pub(crate) struct Sketch {
    pub(crate) request: Request,
    pub(crate) oracle: Oracle,
}

/// A payload that is ready to be sent to any arm.
#[derive(Clone, Debug)]
pub struct Payload {
    /// The request body, the same bytes on every arm.
    pub request: Value,
    /// Judges the answer.
    pub oracle: Oracle,
}

impl Probe {
    /// The payload of one variation under a campaign's seed, addressed to `model`.
    #[must_use]
    pub fn payload(&self, seed: u64, variation: u64, model: &str) -> Payload {
        let mut draw = Draw::new(seed, self.id, variation);
        let dress = Dress::draw(&mut draw, variation);
        self.dressed(&mut draw, &dress, model)
    }

    /// The payload in a dress of the caller's choice.
    pub fn dressed(&self, draw: &mut Draw, dress: &Dress, model: &str) -> Payload {
        let sketch = (self.build)(draw, dress);
        Payload {
            request: sketch.request.to_json(model),
            oracle: sketch.oracle,
        }
    }
}

impl Task {
    /// The payload of one variation under a campaign's seed, addressed to `model`.
    #[must_use]
    pub fn payload(&self, seed: u64, variation: u64, model: &str) -> Payload {
        let sketch = (self.build)(&mut Draw::new(seed, self.id, variation));
        Payload {
            request: sketch.request.to_json(model),
            oracle: sketch.oracle,
        }
    }
}

impl Payload {
    /// Digest of the request in canonical form.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&seawall_base::canonical_json(&self.request))
    }
}
