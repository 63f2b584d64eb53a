//! What the guard decided about one message of one request.

use seawall_base::Digest;
use serde_json::{Value, json};

use super::{BodyError, Fields, words};

/// The guard's decision and what led to it. What matched is never here.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Id of the request.
    pub request: String,
    /// Name of the route.
    pub route: String,
    /// Name of the model that was asked for.
    pub model: String,
    /// Where in the exchange the guard looked.
    pub stage: Stage,
    /// The decision.
    pub action: Action,
    /// Likelihood of an attack, 0 to 1.
    pub score: f64,
    /// Digest of the policy that decided.
    pub policy: Digest,
    /// What the detectors said, those that said something.
    pub detections: Vec<Detection>,
    /// Limits that were reached, by name.
    pub limits: Vec<String>,
    /// Set where the guard could not decide and the policy's choice decided: `deny` or `allow`.
    pub on_error: Option<String>,
    /// Salted commitment to the content.
    pub content: Option<Digest>,
    /// Time the guard took, in microseconds.
    pub latency_us: u64,
    /// Whether the decision took effect.
    pub mode: Mode,
}

/// What one detector said.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    /// Id of the detector.
    pub detector: String,
    /// Control kind that it works for.
    pub control: String,
    /// How sure it is, 0 to 1.
    pub score: f64,
    /// What it asks for.
    pub action: Action,
}

words! {
    /// Where in an exchange the guard looked.
    Stage {
        /// What goes to the model.
        Request = "request",
        /// What the model answers.
        Response = "response",
        /// A tool that the model asks for.
        ToolCall = "tool-call",
    }
}

words! {
    /// Whether a decision takes effect.
    Mode {
        /// It does.
        Enforce = "enforce",
        /// It is recorded, and everything passes.
        Shadow = "shadow",
    }
}

words! {
    /// What the guard does, mildest first.
    Action {
        /// Pass.
        Allow = "allow",
        /// Pass and record.
        Flag = "flag",
        /// Pass with parts replaced.
        Redact = "redact",
        /// Wait for a reviewer.
        Hold = "hold",
        /// Refuse.
        Block = "block",
    }
}

impl Verdict {
    /// The body on the wire.
    #[must_use]
    pub fn to_body(&self) -> Value {
        let detections: Vec<Value> = self.detections.iter().map(Detection::to_value).collect();
        let mut body = json!({
            "request": self.request,
            "route": self.route,
            "model": self.model,
            "stage": self.stage.as_str(),
            "action": self.action.as_str(),
            "score": self.score,
            "policy": self.policy.to_string(),
            "detections": detections,
            "limits": self.limits,
            "on_error": self.on_error,
            "content": self.content.map(|digest| digest.to_string()),
            "latency_us": self.latency_us,
        });
        // Absent where decisions take effect, as they do unless a route says otherwise.
        if let (Mode::Shadow, Value::Object(fields)) = (self.mode, &mut body) {
            fields.insert("mode".to_owned(), self.mode.as_str().into());
        }
        body
    }

    /// Reads a body.
    ///
    /// # Errors
    /// Names the first field that is missing or wrong.
    pub fn from_body(body: &Value) -> Result<Self, BodyError> {
        let fields = Fields::of(body)?;
        Ok(Self {
            request: fields.owned("request")?,
            route: fields.owned("route")?,
            model: fields.owned("model")?,
            stage: fields.word("stage", Stage::from_word)?,
            action: fields.word("action", Action::from_word)?,
            score: fields.real("score")?,
            policy: fields.digest("policy")?,
            detections: fields.list("detections", Detection::from_value)?,
            limits: fields.texts("limits")?,
            on_error: fields.optional("on_error", Fields::owned)?,
            content: fields.optional("content", Fields::digest)?,
            latency_us: fields.number("latency_us")?,
            mode: fields
                .optional("mode", |fields, name| fields.word(name, Mode::from_word))?
                .unwrap_or(Mode::Enforce),
        })
    }
}

impl Detection {
    fn to_value(&self) -> Value {
        json!({
            "detector": self.detector,
            "control": self.control,
            "score": self.score,
            "action": self.action.as_str(),
        })
    }

    fn from_value(value: &Value) -> Result<Self, BodyError> {
        let fields = Fields::of(value)?;
        Ok(Self {
            detector: fields.owned("detector")?,
            control: fields.owned("control")?,
            score: fields.real("score")?,
            action: fields.word("action", Action::from_word)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_reads_back() {
        let verdict = Verdict {
            request: "req_1".to_owned(),
            route: "default".to_owned(),
            model: "practice".to_owned(),
            stage: Stage::ToolCall,
            action: Action::Block,
            score: 0.75,
            policy: Digest::of(b"policy"),
            detections: vec![Detection {
                detector: "shell".to_owned(),
                control: "tool-call-inspection".to_owned(),
                score: 1.0,
                action: Action::Block,
            }],
            limits: vec!["depth".to_owned()],
            on_error: Some("deny".to_owned()),
            content: Some(Digest::of(b"salted")),
            latency_us: 40,
            mode: Mode::Enforce,
        };
        assert_eq!(Verdict::from_body(&verdict.to_body()), Ok(verdict.clone()));
        assert!(verdict.to_body().get("mode").is_none());
        let shadow = Verdict {
            mode: Mode::Shadow,
            ..verdict
        };
        assert_eq!(Verdict::from_body(&shadow.to_body()), Ok(shadow));
    }
}
