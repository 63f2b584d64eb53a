//! The kinds of evidence and the schema names they go by.

use std::fmt;

/// What an entry is evidence of. Each kind has its own body type in [`crate::body`].
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Kind {
    /// What the guard decided about one message.
    Verdict,
    /// What a request used in the end.
    Settlement,
    /// One attempt against a control.
    Trial,
    /// A tool call that waits for a reviewer.
    Hold,
    /// What a reviewer decided about a hold.
    Decision,
    /// A run of trials, begun or finished.
    Campaign,
    /// A static scan of files or manifests.
    Scan,
    /// A virtual key, created or revoked.
    Key,
    /// A process started with a configuration.
    Start,
    /// A review of a change to source code.
    ChangeReview,
    /// A maturity assessment.
    Assessment,
    /// A tool's definition, pinned, changed or approved.
    Pin,
    /// Something that the owner of a budget or a session wants to know.
    Alert,
    /// A schema that this version does not know, kept whole so that it is written back unchanged.
    Unknown(String),
}

const PREFIX: &str = "seawall.evidence.";
const VERSION: &str = "/v1";

impl Kind {
    /// Every kind that this version knows.
    pub const KNOWN: &'static [Self] = &[
        Self::Verdict,
        Self::Settlement,
        Self::Trial,
        Self::Hold,
        Self::Decision,
        Self::Campaign,
        Self::Scan,
        Self::Key,
        Self::Start,
        Self::ChangeReview,
        Self::Assessment,
        Self::Pin,
        Self::Alert,
    ];

    /// The word that filters and tables use; the whole schema where the kind is unknown.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Verdict => "verdict",
            Self::Settlement => "settlement",
            Self::Trial => "trial",
            Self::Hold => "hold",
            Self::Decision => "decision",
            Self::Campaign => "campaign",
            Self::Scan => "scan",
            Self::Key => "key",
            Self::Start => "start",
            Self::ChangeReview => "change-review",
            Self::Assessment => "assessment",
            Self::Pin => "pin",
            Self::Alert => "alert",
            Self::Unknown(schema) => schema,
        }
    }

    /// The schema name on the wire.
    #[must_use]
    pub fn schema(&self) -> String {
        match self {
            Self::Unknown(schema) => schema.clone(),
            known => format!("{PREFIX}{}{VERSION}", known.as_str()),
        }
    }

    /// The kind that a schema name stands for.
    #[must_use]
    pub fn from_schema(schema: &str) -> Self {
        schema
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.strip_suffix(VERSION))
            .and_then(Self::from_word)
            .unwrap_or_else(|| Self::Unknown(schema.to_owned()))
    }

    /// The known kind that a word stands for, as a filter names it.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::KNOWN
            .iter()
            .find(|kind| kind.as_str() == word)
            .cloned()
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_read_back_and_unknown_ones_are_kept_whole() {
        for kind in Kind::KNOWN {
            assert_eq!(Kind::from_schema(&kind.schema()), *kind);
        }
        for schema in ["seawall.evidence.trial/v2", "other.thing/v1", ""] {
            let kind = Kind::from_schema(schema);
            assert_eq!(kind, Kind::Unknown(schema.to_owned()));
            assert_eq!(kind.schema(), schema);
        }
    }
}
