//! An answer that goes round in circles.
//!
//! # What it detects
//! Two kibibytes in which one stretch stands behind itself at least eight times, where numbers may move on
//! by a fixed step. The rest of the answer is cut off; a stream ends in good order.
//! # Why it matters
//! A short request for an endless answer costs the operator and blocks the model for others.
//! # What it misses
//! Long answers that say something new in every line; repetition with a long period.
//! # Example
//! A request to count to a million.
//! # Remediation
//! Lower `answer-tokens-max`; where long regular answers are wanted, set `repetition` to flag.
//! # References
//! OWASP LLM10:2025; MITRE ATLAS AML.T0034.

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Detector, Hit, Scene};
use crate::channel::Channel;
use crate::flow::Repeats;
use crate::verdict::Action;

pub(super) static META: RuleMeta = RuleMeta {
    id: "repetition",
    title: "Answer that repeats itself",
    severity: Severity::Low,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["LLM10:2025", "AML.T0034"],
};

/// The id, for streams that end because of it.
pub(crate) const ID: &str = META.id;

pub(super) static DETECTOR: Detector = Detector {
    meta: &META,
    attack: false,
    streams: true,
    literals: &[],
    actions,
    check,
};

const fn actions(channel: Channel) -> Action {
    match channel {
        Channel::Output => Action::Redact,
        Channel::ToolCall => Action::Flag,
        _ => Action::Allow,
    }
}

fn check(scene: &Scene<'_>, out: &mut Vec<Hit>) {
    // A stream counts for itself, over its whole length.
    if !scene.is_first || scene.streaming {
        return;
    }
    let text = scene.text();
    if let Some(end) = Repeats::new(scene.policy.limits.repeated_bytes_max).push(text)
        && end < text.len()
    {
        out.push(Hit::new(end..text.len(), 1.0, ""));
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::inspect;
    use super::*;

    #[test]
    fn the_rest_of_a_circle_is_cut_off() {
        let text = "Round and round we go.\n".repeat(400);
        let inspection = inspect(Channel::Output, &text);
        assert_eq!(inspection.verdict, Action::Redact);
        assert!(inspection.redacted(0, &text).len() < 2_500);
        assert_eq!(inspection.detections[0].control, "spend-limit");
        let short = "Round and round we go.\n".repeat(40);
        assert_eq!(inspect(Channel::Output, &short).verdict, Action::Allow);
    }
}
