//! Planted values that turn up where they must not.
//!
//! # What it detects
//! Each canary of the policy in any view, without regard to case and to what stands between its
//! letters and digits, also reversed, rotated, in base64 at any offset and in hexadecimal.
//! # Why it matters
//! A canary in an answer or a tool call proves a leak; no wording has to be judged.
//! # What it misses
//! A canary that is described, translated or spread over several answers.
//! # Example
//! A random string in the system text, seen in a tool argument.
//! # Remediation
//! Find the injected instruction in the same conversation; rotate what leaked beside the canary.
//! # References
//! OWASP LLM07:2025, LLM02:2025.

use std::collections::BTreeSet;
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use base64::Engine as _;
use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Detector, Hit, Scene};
use crate::channel::Channel;
use crate::policy::PolicyError;
use crate::verdict::Action;

pub(super) static META: RuleMeta = RuleMeta {
    id: "canary",
    title: "Canary leak",
    severity: Severity::Critical,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["LLM02:2025", "LLM07:2025"],
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
        Channel::Output | Channel::ToolCall => Action::Block,
        Channel::System | Channel::Document | Channel::Tool | Channel::ToolDefinition => {
            Action::Allow
        }
        Channel::User | Channel::Assistant => Action::Flag,
    }
}

fn check(scene: &Scene<'_>, out: &mut Vec<Hit>) {
    let found = scene.canaries.find(scene.text());
    out.extend(
        found
            .into_iter()
            .map(|span| Hit::new(span, 1.0, "[canary]")),
    );
}

/// The canaries in all their forms, as letters and digits only.
#[derive(Debug, Default)]
pub(crate) struct Canaries {
    automaton: Option<AhoCorasick>,
    forms: Vec<Vec<u8>>,
}

impl Canaries {
    /// Compiles the forms of every canary.
    pub(crate) fn compile(canaries: &BTreeSet<String>) -> Result<Self, PolicyError> {
        let forms: Vec<Vec<u8>> = canaries
            .iter()
            .flat_map(|canary| forms(canary))
            .filter(|form| form.len() >= FORM_MIN)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let automaton = if forms.is_empty() {
            None
        } else {
            let built = AhoCorasick::builder()
                .kind(Some(AhoCorasickKind::ContiguousNFA))
                .build(&forms);
            Some(built.map_err(|_| PolicyError::Pattern("canary"))?)
        };
        Ok(Self { automaton, forms })
    }

    /// The forms, for the automaton that streams use.
    pub(crate) fn forms(&self) -> &[Vec<u8>] {
        &self.forms
    }

    /// Where a form stands in a text.
    pub(crate) fn find(&self, text: &str) -> Vec<Range<usize>> {
        let Some(automaton) = &self.automaton else {
            return Vec::new();
        };
        let mut places = Vec::new();
        let mut skeleton = Vec::new();
        for (at, byte) in text.bytes().enumerate() {
            if let Some(letter) = letter(byte) {
                skeleton.push(letter);
                places.push(at);
            }
        }
        automaton
            .find_overlapping_iter(&skeleton)
            .filter_map(|found| {
                Some(*places.get(found.start())?..*places.get(found.end() - 1)? + 1)
            })
            .collect()
    }
}

/// What of a byte counts in a canary.
pub(crate) const fn letter(byte: u8) -> Option<u8> {
    if byte.is_ascii_alphanumeric() {
        Some(byte.to_ascii_lowercase())
    } else {
        None
    }
}

const FORM_MIN: usize = 8;

fn forms(canary: &str) -> Vec<Vec<u8>> {
    let skeleton = |bytes: &[u8]| {
        bytes
            .iter()
            .copied()
            .filter_map(letter)
            .collect::<Vec<u8>>()
    };
    let plain = skeleton(canary.as_bytes());
    let mut reversed = plain.clone();
    reversed.reverse();
    let rotated: Vec<u8> = plain
        .iter()
        .map(|byte| match byte {
            b'a'..=b'm' => byte + 13,
            b'n'..=b'z' => byte - 13,
            other => *other,
        })
        .collect();
    let hex: Vec<u8> = canary
        .bytes()
        .flat_map(|byte| format!("{byte:02x}").into_bytes())
        .collect();
    let mut forms = vec![plain, reversed, rotated, hex];
    for shift in 0..3_usize {
        // The characters that depend on neighbours of the canary are cut off at both ends.
        let padded = [&vec![b'x'; shift][..], canary.as_bytes()].concat();
        let whole = padded.len() / 3 * 3;
        let encoded = base64::engine::general_purpose::STANDARD_NO_PAD
            .encode(padded.get(..whole).unwrap_or_default());
        let head = [0, 2, 3].get(shift).copied().unwrap_or(0);
        forms.push(skeleton(encoded.as_bytes().get(head..).unwrap_or_default()));
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::Segment;
    use crate::engine::Guard;
    use crate::policy::GuardPolicy;

    #[test]
    fn every_form_of_a_canary_is_blocked_on_the_way_out() {
        let canary = "SW-7f3a-Kestrel-91";
        let policy = GuardPolicy {
            canaries: [canary.to_owned()].into(),
            ..GuardPolicy::default()
        };
        let guard = Guard::compile(policy).unwrap();
        let verdict = |channel, text: &str| {
            guard
                .inspect(&[Segment {
                    channel,
                    path: "",
                    text,
                }])
                .verdict
        };
        let reversed: String = canary.chars().rev().collect();
        let spaced: String = canary.chars().flat_map(|letter| [letter, ' ']).collect();
        let encode = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        for form in [
            canary.to_owned(),
            canary.to_lowercase(),
            reversed,
            spaced,
            encode(canary),
            encode(&format!("a{canary}b")),
            encode(&format!("ab{canary}")),
        ] {
            assert_eq!(
                verdict(Channel::Output, &format!("so: {form}.")),
                Action::Block,
                "{form}"
            );
            assert_eq!(verdict(Channel::ToolCall, &form), Action::Block, "{form}");
        }
        assert_eq!(verdict(Channel::System, canary), Action::Allow);
        assert_eq!(
            verdict(Channel::Output, "SW-7f3a-Kestrel-92"),
            Action::Allow
        );
    }
}
