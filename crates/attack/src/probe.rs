//! What a probe and a benign task are: metadata, and a function from choices to a request and an oracle.

use seawall_base::{Digest, Hasher};
use serde_json::{Value, json};

use crate::canary::Canary;
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
    /// What the user says in later turns, each sent with the answers so far, until the effect shows.
    pub turns: Vec<String>,
    /// Judges the answers.
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
        (self.build)(draw, dress).payload(model)
    }
}

impl Task {
    /// The payload of one variation under a campaign's seed, addressed to `model`.
    #[must_use]
    pub fn payload(&self, seed: u64, variation: u64, model: &str) -> Payload {
        (self.build)(&mut Draw::new(seed, self.id, variation)).payload(model)
    }
}

impl Sketch {
    /// An attempt to have `canary` read back.
    pub(crate) const fn read_back(request: Request, canary: Canary) -> Self {
        Self {
            request,
            oracle: Oracle::CanaryRead(canary),
        }
    }

    fn payload(self, model: &str) -> Payload {
        Payload {
            request: self.request.to_json(model),
            turns: self.request.turns().to_vec(),
            oracle: self.oracle,
        }
    }
}

impl Payload {
    /// Digest of the request in canonical form, and of the later turns.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut hasher = Hasher::new();
        hasher.update(&seawall_base::canonical_json(&self.request));
        for turn in &self.turns {
            hasher.update(b"\0");
            hasher.update(turn.as_bytes());
        }
        hasher.finish()
    }
}

/// The request of the next turn: `request` with what was answered and what the user says to that.
#[must_use]
pub fn continued(request: &Value, answer: &Value, turn: &str) -> Value {
    let mut next = request.clone();
    let said = answer.pointer("/choices/0/message/content").cloned();
    let said = said
        .filter(|said| !said.is_null())
        .unwrap_or_else(|| "".into());
    if let Some(messages) = next.get_mut("messages").and_then(Value::as_array_mut) {
        messages.push(json!({ "role": "assistant", "content": said }));
        messages.push(json!({ "role": "user", "content": turn }));
    }
    next
}
