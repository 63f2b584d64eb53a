//! A review of a change to source code: who wrote it, what it introduces, whether it may go on.

use seawall_base::{Digest, Verdict};
use serde_json::{Value, json};

use super::{BodyError, Fields, error};

/// The outcome of one review of a range of commits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChangeReview {
    /// Commit that the change starts from.
    pub base: String,
    /// Commit that it ends in.
    pub head: String,
    /// Commits in the range.
    pub commits: u64,
    /// Of these, commits with AI authorship.
    pub ai_commits: u64,
    /// Whether a human has reviewed all that needs it.
    pub reviewed: bool,
    /// Outcome of the gate.
    pub verdict: Verdict,
    /// Findings about what the change introduces.
    pub findings: u64,
    /// Digest of the report.
    pub report: Digest,
}

impl ChangeReview {
    /// The body on the wire.
    #[must_use]
    pub fn to_body(&self) -> Value {
        json!({
            "base": self.base,
            "head": self.head,
            "commits": self.commits,
            "ai_commits": self.ai_commits,
            "reviewed": self.reviewed,
            "verdict": self.verdict.as_str(),
            "findings": self.findings,
            "report": self.report.to_string(),
        })
    }

    /// Reads a body.
    ///
    /// # Errors
    /// Names the first field that is missing or wrong.
    pub fn from_body(body: &Value) -> Result<Self, BodyError> {
        let fields = Fields::of(body)?;
        Ok(Self {
            base: fields.owned("base")?,
            head: fields.owned("head")?,
            commits: fields.number("commits")?,
            ai_commits: fields.number("ai_commits")?,
            reviewed: fields.flag("reviewed")?,
            verdict: fields
                .text("verdict")?
                .parse()
                .map_err(|_| error("verdict", "a known word"))?,
            findings: fields.number("findings")?,
            report: fields.digest("report")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_review_reads_back() {
        let review = ChangeReview {
            base: "a1".to_owned(),
            head: "b2".to_owned(),
            commits: 3,
            ai_commits: 2,
            reviewed: false,
            verdict: Verdict::Fail,
            findings: 4,
            report: Digest::of(b"report"),
        };
        assert_eq!(ChangeReview::from_body(&review.to_body()), Ok(review));
    }
}
