//! A run of trials, when it begins and when it is done.

use seawall_base::Digest;
use serde_json::{Value, json};

use super::{BodyError, Fields, words};

/// The frame around trials. A campaign without a `finished` entry was cut short.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Campaign {
    /// Id of the campaign.
    pub campaign: String,
    /// Where it stands.
    pub phase: Phase,
    /// Name of the probe suite.
    pub suite: String,
    /// Digest of the suite's content.
    pub suite_digest: Digest,
    /// What is attacked.
    pub target: String,
    /// Seed of the campaign.
    pub seed: u64,
    /// Trials planned, or done once finished.
    pub trials: u64,
}

words! {
    /// Where a campaign stands.
    Phase {
        /// Trials follow.
        Started = "started",
        /// All trials are recorded.
        Finished = "finished",
    }
}

impl Campaign {
    /// The body on the wire.
    #[must_use]
    pub fn to_body(&self) -> Value {
        json!({
            "campaign": self.campaign,
            "phase": self.phase.as_str(),
            "suite": self.suite,
            "suite_digest": self.suite_digest.to_string(),
            "target": self.target,
            "seed": self.seed.to_string(),
            "trials": self.trials,
        })
    }

    /// Reads a body.
    ///
    /// # Errors
    /// Names the first field that is missing or wrong.
    pub fn from_body(body: &Value) -> Result<Self, BodyError> {
        let fields = Fields::of(body)?;
        Ok(Self {
            campaign: fields.owned("campaign")?,
            phase: fields.word("phase", Phase::from_word)?,
            suite: fields.owned("suite")?,
            suite_digest: fields.digest("suite_digest")?,
            target: fields.owned("target")?,
            seed: fields.wide("seed")?,
            trials: fields.number("trials")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_campaign_reads_back() {
        let campaign = Campaign {
            campaign: "camp_1".to_owned(),
            phase: Phase::Finished,
            suite: "smoke".to_owned(),
            suite_digest: Digest::of(b"suite"),
            target: "practice".to_owned(),
            seed: 7,
            trials: 240,
        };
        assert_eq!(Campaign::from_body(&campaign.to_body()), Ok(campaign));
    }
}
