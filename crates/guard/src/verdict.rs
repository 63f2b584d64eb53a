//! What the guard says about a message: detections without the matched text, and one verdict.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// What happens to a text, mildest first; the verdict on a message is the strictest of its parts.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Action {
    /// It passes.
    #[default]
    Allow,
    /// It passes and is recorded.
    Flag,
    /// It passes with the matched spans replaced.
    Redact,
    /// It waits for a human decision.
    Hold,
    /// It does not pass.
    Block,
}

/// What one detector saw in one segment. Spans say where; the text itself is never repeated.
#[derive(Clone, Debug, PartialEq)]
pub struct Detection {
    /// Id of the detector.
    pub detector: &'static str,
    /// Kind of control that it counts for.
    pub control: &'static str,
    /// Index of the segment.
    pub segment: usize,
    /// Half-open UTF-8 byte ranges in the segment's original text, sorted and disjoint.
    pub spans: Vec<Range<usize>>,
    /// How sure the detector is, 0 to 1.
    pub score: f32,
    /// What the policy makes of it.
    pub action: Action,
}

/// A span to replace before the text goes on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Redaction {
    /// Index of the segment.
    pub segment: usize,
    /// Half-open UTF-8 byte range in the segment's original text.
    pub span: Range<usize>,
    /// What stands there instead, such as `[email]`.
    pub replacement: String,
}

/// The guard's answer about a message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inspection {
    /// The strictest action of all detections and limits.
    pub verdict: Action,
    /// Likelihood of an attack, 0 to 1: injection, jailbreak, smuggling; not PII, not secrets.
    pub score: f32,
    /// What was seen, by segment and then by detector.
    pub detections: Vec<Detection>,
    /// What to replace when the verdict is [`Action::Redact`]; by segment and offset, disjoint.
    pub redactions: Vec<Redaction>,
    /// Names of limits that were reached, so that part of the message was not inspected.
    pub limits_hit: Vec<&'static str>,
}

impl Action {
    /// Every action, mildest first.
    pub const ALL: &'static [Self] = &[
        Self::Allow,
        Self::Flag,
        Self::Redact,
        Self::Hold,
        Self::Block,
    ];

    /// The word that reports use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Flag => "flag",
            Self::Redact => "redact",
            Self::Hold => "hold",
            Self::Block => "block",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for Action {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|action| action.as_str() == text)
            .ok_or_else(|| "expected one of allow, flag, redact, hold, block".to_owned())
    }
}

impl Inspection {
    /// The detection that decided the verdict: the strictest, and among those the surest.
    #[must_use]
    pub fn decisive(&self) -> Option<&Detection> {
        self.detections.iter().max_by(|left, right| {
            (left.action, left.score)
                .partial_cmp(&(right.action, right.score))
                .unwrap_or(std::cmp::Ordering::Equal)
        })
    }

    /// Applies the redactions of one segment to its text.
    #[must_use]
    pub fn redacted(&self, segment: usize, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut done = 0;
        for redaction in self
            .redactions
            .iter()
            .filter(|redaction| redaction.segment == segment)
        {
            out.push_str(text.get(done..redaction.span.start).unwrap_or_default());
            out.push_str(&redaction.replacement);
            done = redaction.span.end.max(done);
        }
        out.push_str(text.get(done..).unwrap_or_default());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redactions_replace_their_spans_only() {
        let inspection = Inspection {
            redactions: vec![
                Redaction {
                    segment: 0,
                    span: 0..1,
                    replacement: "[x]".into(),
                },
                Redaction {
                    segment: 1,
                    span: 0..9,
                    replacement: "?".into(),
                },
                Redaction {
                    segment: 0,
                    span: 2..4,
                    replacement: "[y]".into(),
                },
            ],
            ..Inspection::default()
        };
        assert_eq!(inspection.redacted(0, "abécd"), "[x]b[y]cd");
    }
}
