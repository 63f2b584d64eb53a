//! Verdicts about artifacts: what was found when one content, named by its digest, was verified.

use seawall_base::Timestamp;
use serde::{Deserialize, Serialize};

/// A verdict that a trusted key has signed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ArtifactVerdict {
    /// What it is about: `sha256:…`, or a reference that names one content.
    pub subject: String,
    /// Whether it passed.
    pub passed: bool,
    /// When it was found.
    pub at: Timestamp,
    /// Until when it holds; for ever where none is named.
    pub expires: Option<Timestamp>,
}

/// What is known about an artifact. The order is how much each weighs.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Standing {
    /// Nothing.
    Unknown,
    /// It passed once, and that no longer holds.
    Expired,
    /// It passed.
    Passed,
    /// It failed.
    Failed,
}

/// What is signed.
#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VerdictDraft {
    /// What it is about: `sha256:…`, or a reference that names one content.
    pub subject: String,
    /// `pass` or `fail`.
    pub verdict: String,
    /// Digest of the rules that were applied.
    pub rules: String,
    /// When it was found, RFC 3339.
    pub at: String,
    /// Until when it holds, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

impl ArtifactVerdict {
    pub(super) fn read(payload: &[u8]) -> Result<Self, String> {
        let draft: VerdictDraft =
            serde_json::from_slice(payload).map_err(|error| error.to_string())?;
        let time = |text: &str| {
            let time: Result<Timestamp, _> = text.parse();
            time.map_err(|_| "a time cannot be read".to_owned())
        };
        Ok(Self {
            passed: match draft.verdict.as_str() {
                "pass" => true,
                "fail" => false,
                _ => return Err("its verdict is neither pass nor fail".to_owned()),
            },
            at: time(&draft.at)?,
            expires: draft.expires.as_deref().map(time).transpose()?,
            subject: draft.subject,
        })
    }

    pub(super) fn standing(&self, now: Timestamp) -> Standing {
        let held = self.expires.is_none_or(|expires| now < expires);
        match (self.passed, held) {
            // What failed once does not get better by waiting.
            (false, _) => Standing::Failed,
            (true, true) => Standing::Passed,
            (true, false) => Standing::Expired,
        }
    }
}
