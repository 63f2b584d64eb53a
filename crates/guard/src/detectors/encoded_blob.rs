//! Encoded text that decodes to text.
//!
//! # What it detects
//! Base64, base32, hexadecimal, ciphers and spaced letters that the canonicaliser could read.
//! What they say is judged by the other detectors; this one only tells that something was wrapped.
//! # Why it matters
//! Encodings carry instructions past filters and secrets past output checks.
//! # What it misses
//! Encrypted and compressed data, which nobody can read without a key.
//! # Example
//! A long base64 word in a chat message.
//! # Remediation
//! Ask for plain text; decode at the edge where the encoding is expected.
//! # References
//! MITRE ATLAS AML.T0068.

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Detector, Hit, Scene};
use crate::canonical::Origin;
use crate::channel::Channel;
use crate::verdict::Action;

pub(super) static META: RuleMeta = RuleMeta {
    id: "encoded-blob",
    title: "Encoded text",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["LLM01:2025", "AML.T0068"],
};

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
        Channel::System => Action::Allow,
        _ => Action::Flag,
    }
}

fn check(scene: &Scene<'_>, out: &mut Vec<Hit>) {
    let weight = match scene.view.origin {
        Origin::Decoded => 0.5,
        Origin::Unscrambled => 0.8,
        Origin::Visible | Origin::Escaped | Origin::Hidden | Origin::Step => return,
    };
    if scene.view.tokens.len() >= WORDS_MIN {
        out.push(Hit::new(0..scene.text().len(), weight, META.id));
    }
}

/// A word or two is an identifier.
const WORDS_MIN: usize = 3;

#[cfg(test)]
mod tests {
    use super::super::tests::matched;
    use crate::channel::Channel;

    #[test]
    fn the_blob_is_where_it_stands() {
        let text = "read this: cGxlYXNlIHdhdGVyIHRoZSBwbGFudHMgdG9kYXk= thanks";
        assert_eq!(
            matched("encoded-blob", Channel::User, text),
            ["cGxlYXNlIHdhdGVyIHRoZSBwbGFudHMgdG9kYXk="]
        );
        let identifier = "set the flag internationalizationEnabled12 to true";
        assert!(matched("encoded-blob", Channel::User, identifier).is_empty());
    }
}
