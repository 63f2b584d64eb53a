//! The detectors: one file each, one line each in [`DETECTORS`].
//!
//! A detector names the literals that may begin a match; one automaton finds all of them in one
//! pass, and a detector's check verifies only there. Detectors of attacks also add to one sum, which
//! becomes the likelihood of an attack.

mod active_content;
mod canary;
mod card;
mod carried_link;
mod code_execution;
mod confidential_call;
mod echoed_code;
mod echoed_instructions;
mod email;
mod encoded_blob;
mod exfiltration_link;
mod iban;
mod injection;
mod invisible_text;
mod jailbreak;
mod national_id;
mod nhs_number;
pub(crate) mod numbers;
mod phone;
mod prompt_extraction;
mod repetition;
mod role_forging;
mod rule_denied;
mod rule_held;
pub(crate) mod secret;
mod steered_call;
mod tool_approval;
mod tool_denied;
mod unvouched_call;
mod us_ssn;

use std::cell::OnceCell;
use std::ops::Range;

use seawall_base::RuleMeta;

pub(crate) use self::canary::{Canaries, letter};
use self::numbers::Number;
pub(crate) use self::repetition::ID as REPETITION;
use crate::canonical::{Canonical, View};
use crate::channel::Channel;
use crate::flow::{Call, Concern, Flow};
use crate::language::ActHit;
use crate::policy::{GuardPolicy, ToolDecision};
use crate::rules::Rules;
use crate::verdict::Action;

/// A runtime check.
pub(crate) struct Detector {
    /// What it says about itself.
    pub(crate) meta: &'static RuleMeta,
    /// Whether its hits say that somebody attacks; if not, they say what a text contains.
    pub(crate) attack: bool,
    /// Whether every match lies in one run without white space, or in one of the constructs that
    /// `stream::cuts` knows, so that a stream can hold back just that.
    pub(crate) streams: bool,
    /// Literals, compared without case, one of which every match begins at or lies around.
    pub(crate) literals: &'static [&'static str],
    /// The action by channel, unless the policy says otherwise.
    pub(crate) actions: fn(Channel) -> Action,
    /// Looks at one view.
    pub(crate) check: fn(&Scene<'_>, &mut Vec<Hit>),
}

/// What a detector is shown: one view of one segment.
pub(crate) struct Scene<'a> {
    /// The view.
    pub(crate) view: &'a View<'a>,
    /// All views, for what was seen on the way.
    pub(crate) canonical: &'a Canonical<'a>,
    /// Whether this is the text itself rather than something decoded from it.
    pub(crate) is_first: bool,
    /// The interface.
    pub(crate) channel: Channel,
    /// JSON pointer of the text.
    pub(crate) path: &'a str,
    /// Where the conversation's texts came from; only for an answer.
    pub(crate) flow: Option<&'a Flow>,
    /// The tool whose arguments the text is, or nothing.
    pub(crate) tool: &'a str,
    /// Whether this is a part of a stream rather than a whole text.
    pub(crate) streaming: bool,
    /// Where the detector's literals are.
    pub(crate) anchors: &'a [Anchor],
    /// The acts in it.
    pub(crate) acts: &'a [ActHit],
    /// Numbers of several groups.
    pub(crate) numbers: &'a [Number],
    /// What speaks against the call, once somebody has asked.
    pub(crate) concern: &'a OnceCell<Option<Concern>>,
    /// The operator's rules, and what they say about the call, once somebody has asked.
    pub(crate) rules: &'a Rules,
    pub(crate) ruled: &'a OnceCell<Option<ToolDecision>>,
    /// The policy.
    pub(crate) policy: &'a GuardPolicy,
    /// The planted values, compiled.
    pub(crate) canaries: &'a Canaries,
}

/// One place of one literal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anchor {
    /// Index into the detector's literals.
    pub(crate) literal: usize,
    /// First byte in the view.
    pub(crate) start: usize,
    /// One past the last byte.
    pub(crate) end: usize,
}

/// What a detector saw.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    /// Bytes of the view.
    pub(crate) span: Range<usize>,
    /// How sure it is, 0 to 1; for attacks, what it adds to the log-odds.
    pub(crate) score: f32,
    /// What stands instead when the span is redacted.
    pub(crate) label: &'static str,
}

impl Hit {
    pub(crate) const fn new(span: Range<usize>, score: f32, label: &'static str) -> Self {
        Self { span, score, label }
    }
}

impl Scene<'_> {
    /// The call whose arguments the text is, with the conversation that led to it.
    pub(crate) fn call(&self) -> Option<(&Flow, Call<'_>)> {
        let is_call = self.is_first && !self.tool.is_empty() && self.channel == Channel::ToolCall;
        let call = Call {
            name: self.tool,
            arguments: self.text(),
        };
        self.flow.filter(|_| is_call).map(|flow| (flow, call))
    }

    /// What speaks against the call whose arguments the text is.
    pub(crate) fn concern(&self) -> Option<Concern> {
        let judge = || self.call().and_then(|(flow, call)| flow.concern(&call));
        *self.concern.get_or_init(judge)
    }

    /// What the operator's rules say about the call whose arguments the text is.
    pub(crate) fn ruled(&self) -> Option<ToolDecision> {
        let decide = || {
            let (flow, call) = self.call()?;
            let on_error = self.policy.on_error;
            self.rules.decide(flow, &call, self.concern(), on_error)
        };
        *self.ruled.get_or_init(decide)
    }

    /// The text of the view.
    pub(crate) fn text(&self) -> &str {
        &self.view.text
    }

    /// A piece of the view, empty when out of bounds or off a character boundary.
    pub(crate) fn piece(&self, span: Range<usize>) -> &str {
        self.text().get(span).unwrap_or_default()
    }

    /// Up to `length` bytes before `at`, at most [`LOOKBACK`], in lower case.
    pub(crate) fn before(&self, at: usize, length: usize) -> String {
        let length = length.min(LOOKBACK);
        let start = self.text().ceil_char_boundary(at.saturating_sub(length));
        self.piece(start.min(at)..at).to_ascii_lowercase()
    }

    /// Up to `length` bytes from `at` on.
    pub(crate) fn after(&self, at: usize, length: usize) -> &str {
        let end = self
            .text()
            .floor_char_boundary(at.saturating_add(length).min(self.text().len()));
        self.piece(at..end.max(at))
    }
}

/// How far back a detector may look: a stream keeps this much of what it has released.
pub(crate) const LOOKBACK: usize = 128;

/// Every detector, by id.
pub(crate) static DETECTORS: &[&Detector] = &[
    &active_content::DETECTOR,
    &canary::DETECTOR,
    &card::DETECTOR,
    &carried_link::DETECTOR,
    &code_execution::DETECTOR,
    &confidential_call::DETECTOR,
    &echoed_code::DETECTOR,
    &echoed_instructions::DETECTOR,
    &email::DETECTOR,
    &encoded_blob::DETECTOR,
    &exfiltration_link::DETECTOR,
    &iban::DETECTOR,
    &injection::DETECTOR,
    &invisible_text::DETECTOR,
    &jailbreak::DETECTOR,
    &national_id::DETECTOR,
    &nhs_number::DETECTOR,
    &phone::DETECTOR,
    &prompt_extraction::DETECTOR,
    &repetition::DETECTOR,
    &role_forging::DETECTOR,
    &rule_denied::DETECTOR,
    &rule_held::DETECTOR,
    &secret::DETECTOR,
    &steered_call::DETECTOR,
    &tool_approval::DETECTOR,
    &tool_denied::DETECTOR,
    &unvouched_call::DETECTOR,
    &us_ssn::DETECTOR,
];

/// What instructions of an attack mean on a channel: blocked where they come in, recorded where the
/// operator or the model itself speaks.
pub(crate) const fn attack_actions(channel: Channel) -> Action {
    match channel {
        Channel::User | Channel::Tool | Channel::Document | Channel::ToolDefinition => {
            Action::Block
        }
        Channel::System | Channel::Assistant | Channel::Output | Channel::ToolCall => Action::Flag,
    }
}

/// What private values mean on a channel: masked on the way out, recorded elsewhere.
pub(crate) const fn private_actions(channel: Channel) -> Action {
    match channel {
        Channel::Output => Action::Redact,
        Channel::System => Action::Allow,
        Channel::User
        | Channel::Assistant
        | Channel::Tool
        | Channel::Document
        | Channel::ToolDefinition
        | Channel::ToolCall => Action::Flag,
    }
}

/// What may not leave does not leave.
pub(crate) const fn outward_actions(channel: Channel) -> Action {
    match channel {
        Channel::Output | Channel::ToolCall => Action::Block,
        _ => Action::Allow,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::channel::Segment;
    use crate::engine::Guard;
    use crate::verdict::Inspection;

    /// Inspects one text with the default policy.
    pub(crate) fn inspect(channel: Channel, text: &str) -> Inspection {
        Guard::compile(GuardPolicy::default())
            .unwrap()
            .inspect(&[Segment {
                channel,
                path: "",
                text,
            }])
    }

    /// What `detector` matched in the original text.
    pub(crate) fn matched<'a>(detector: &str, channel: Channel, text: &'a str) -> Vec<&'a str> {
        inspect(channel, text)
            .detections
            .iter()
            .filter(|detection| detection.detector == detector)
            .flat_map(|detection| {
                detection
                    .spans
                    .iter()
                    .map(|span| text.get(span.clone()).unwrap())
            })
            .collect()
    }

    #[test]
    fn ids_are_sorted_unique_and_named_like_their_files() {
        let ids: Vec<_> = DETECTORS.iter().map(|detector| detector.meta.id).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "{ids:?}");
        for id in ids {
            let file = format!(
                "{}/src/detectors/{}.rs",
                env!("CARGO_MANIFEST_DIR"),
                id.replace('-', "_")
            );
            assert!(std::path::Path::new(&file).exists(), "{file}");
        }
    }

    #[test]
    fn nothing_private_or_hostile_in_ordinary_text() {
        for text in [
            "The meeting on 12/05/2026 at 10:30 covers 1,234,567 items, see section 4.2.1 and page 12.",
            "Please summarise the attached report in three sentences for the board.",
            "def area(width: float, height: float) -> float:\n    return width * height\n",
            "See https://docs.example.org/guide/install.html for how to install version 1.2.3 of the tool.",
            "Order 20260512 shipped with tracking 1234567890123456 to the depot.",
        ] {
            for channel in [Channel::User, Channel::Document, Channel::Output] {
                let inspection = inspect(channel, text);
                assert_eq!(
                    inspection.verdict,
                    Action::Allow,
                    "{channel} {text}: {inspection:?}"
                );
            }
        }
    }
}
