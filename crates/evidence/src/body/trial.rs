//! One attempt against a control: what was tried, on which arm, and what came of it.

use seawall_base::Digest;
use serde_json::{Value, json};

use super::{BodyError, Fields, error, words};

/// One attempt of a campaign. The payload itself is not here: `probe`, `seed` and `pair` remake it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Trial {
    /// Id of the campaign.
    pub campaign: String,
    /// Name of the probe suite.
    pub suite: String,
    /// Digest of the suite's content.
    pub suite_digest: Digest,
    /// Id of the probe.
    pub probe: String,
    /// Family of the probe.
    pub family: String,
    /// How the payload was found.
    pub stratum: Stratum,
    /// Which controls stood in the way.
    pub arm: Arm,
    /// What was attacked, such as `practice`. Practice trials move only the demonstration system.
    pub target: String,
    /// Digest of the target: model, version, configuration.
    pub target_digest: Digest,
    /// Digest of the guard policy on this arm.
    pub controls_digest: Digest,
    /// Seed that remakes the payload.
    pub seed: u64,
    /// Number that the off and the on attempt with the same payload share.
    pub pair: u64,
    /// What came of it.
    pub outcome: Outcome,
    /// Time from request to last byte, in microseconds.
    pub latency_us: u64,
}

words! {
    /// How the payload of an attempt was found.
    Stratum {
        /// Fixed before the campaign.
        Static = "static",
        /// Chosen in answer to what the target did.
        Adaptive = "adaptive",
    }
}

/// Which controls stood in the way of an attempt.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Arm {
    /// None.
    Off,
    /// All.
    On,
    /// All but the named control.
    OnMinusOne(String),
    /// All, and the request was harmless.
    Benign,
}

/// What came of an attempt. An error is never a success of the control.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// The attack had its effect.
    Succeeded,
    /// A control stopped it.
    Blocked {
        /// Control kind, such as `prompt-inspection`.
        control: String,
        /// Id of the detector that decided.
        detector: String,
    },
    /// No control intervened and the effect did not come about.
    Resisted,
    /// A harmless request was served.
    Completed,
    /// It cannot be said: an error, a time-out, an answer that could not be judged.
    Unassessed {
        /// Why not.
        reason: String,
    },
}

impl Trial {
    /// The body on the wire.
    #[must_use]
    pub fn to_body(&self) -> Value {
        let mut body = json!({
            "campaign": self.campaign,
            "suite": self.suite,
            "suite_digest": self.suite_digest.to_string(),
            "probe": self.probe,
            "family": self.family,
            "stratum": self.stratum.as_str(),
            "arm": self.arm.word(),
            "target": self.target,
            "target_digest": self.target_digest.to_string(),
            "controls_digest": self.controls_digest.to_string(),
            "seed": self.seed.to_string(),
            "pair": self.pair,
            "outcome": self.outcome.word(),
            "latency_us": self.latency_us,
        });
        if let Some(fields) = body.as_object_mut() {
            if let Arm::OnMinusOne(control) = &self.arm {
                fields.insert("without".to_owned(), control.as_str().into());
            }
            match &self.outcome {
                Outcome::Blocked { control, detector } => {
                    fields.insert("control".to_owned(), control.as_str().into());
                    fields.insert("detector".to_owned(), detector.as_str().into());
                }
                Outcome::Unassessed { reason } => {
                    fields.insert("reason".to_owned(), reason.as_str().into());
                }
                Outcome::Succeeded | Outcome::Resisted | Outcome::Completed => {}
            }
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
            campaign: fields.owned("campaign")?,
            suite: fields.owned("suite")?,
            suite_digest: fields.digest("suite_digest")?,
            probe: fields.owned("probe")?,
            family: fields.owned("family")?,
            stratum: fields.word("stratum", Stratum::from_word)?,
            arm: Arm::read(&fields)?,
            target: fields.owned("target")?,
            target_digest: fields.digest("target_digest")?,
            controls_digest: fields.digest("controls_digest")?,
            seed: fields.wide("seed")?,
            pair: fields.number("pair")?,
            outcome: Outcome::read(&fields)?,
            latency_us: fields.number("latency_us")?,
        })
    }
}

impl Arm {
    /// The word on the wire and in reports.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::On => "on",
            Self::OnMinusOne(_) => "on-minus-one",
            Self::Benign => "benign",
        }
    }

    fn read(fields: &Fields<'_>) -> Result<Self, BodyError> {
        match fields.text("arm")? {
            "off" => Ok(Self::Off),
            "on" => Ok(Self::On),
            "on-minus-one" => fields.owned("without").map(Self::OnMinusOne),
            "benign" => Ok(Self::Benign),
            _ => Err(error("arm", "a known word")),
        }
    }
}

impl Outcome {
    /// The word on the wire and in reports.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Blocked { .. } => "blocked",
            Self::Resisted => "resisted",
            Self::Completed => "completed",
            Self::Unassessed { .. } => "unassessed",
        }
    }

    fn read(fields: &Fields<'_>) -> Result<Self, BodyError> {
        match fields.text("outcome")? {
            "succeeded" => Ok(Self::Succeeded),
            "blocked" => Ok(Self::Blocked {
                control: fields.owned("control")?,
                detector: fields.owned("detector")?,
            }),
            "resisted" => Ok(Self::Resisted),
            "completed" => Ok(Self::Completed),
            "unassessed" => fields
                .owned("reason")
                .map(|reason| Self::Unassessed { reason }),
            _ => Err(error("outcome", "a known word")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(arm: Arm, outcome: Outcome) -> Trial {
        Trial {
            campaign: "camp_1".to_owned(),
            suite: "smoke".to_owned(),
            suite_digest: Digest::of(b"suite"),
            probe: "ask-for-canary".to_owned(),
            family: "leak".to_owned(),
            stratum: Stratum::Static,
            arm,
            target: "practice".to_owned(),
            target_digest: Digest::of(b"target"),
            controls_digest: Digest::of(b"policy"),
            seed: u64::MAX,
            pair: 3,
            outcome,
            latency_us: 1200,
        }
    }

    #[test]
    fn every_arm_and_outcome_reads_back() {
        let arms = [
            Arm::Off,
            Arm::On,
            Arm::OnMinusOne("prompt-inspection".to_owned()),
            Arm::Benign,
        ];
        let outcomes = [
            Outcome::Succeeded,
            Outcome::Blocked {
                control: "prompt-inspection".to_owned(),
                detector: "injection-phrases".to_owned(),
            },
            Outcome::Resisted,
            Outcome::Completed,
            Outcome::Unassessed {
                reason: "timeout".to_owned(),
            },
        ];
        for arm in &arms {
            for outcome in &outcomes {
                let trial = trial(arm.clone(), outcome.clone());
                assert_eq!(Trial::from_body(&trial.to_body()), Ok(trial));
            }
        }
    }

    #[test]
    fn errors_name_the_field() {
        let mut body = trial(Arm::Off, Outcome::Resisted).to_body();
        body["seed"] = json!(1.5);
        let error = Trial::from_body(&body).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`seed` is not a whole number in a string"
        );
    }
}
