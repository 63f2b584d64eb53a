//! A tool call that the user asked for, going where only untrusted text says.
//!
//! # What it detects
//! A call of a tool that acts and that somebody asked for, whose recipient, address, account, program or
//! destroyed object stands only in running text of a tool result, a document or quoted material; and a
//! milder call that nobody asked for with such a value from a record.
//! # Why it matters
//! "Pay the bill in my inbox" is an honest wish, and whoever can write into the inbox can use it. Nobody can
//! tell from the text alone; a person can.
//! # What it misses
//! What `steered-call` misses.
//! # Example
//! The user asks to answer a letter, and the letter names in passing the address that the answer goes to.
//! # Remediation
//! Set `unvouched-call` to hold where a reviewer is at hand, or to block where such calls are never
//! wanted; the default records it.
//! # References
//! OWASP LLM06:2025; MITRE ATLAS AML.T0053.

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Detector, Hit, Scene};
use crate::channel::Channel;
use crate::flow::Concern;
use crate::verdict::Action;

pub(super) static META: RuleMeta = RuleMeta {
    id: "unvouched-call",
    title: "Tool call whose target nobody vouches for",
    severity: Severity::Medium,
    confidence: Confidence::Low,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["LLM06:2025", "AML.T0053"],
};

pub(super) static DETECTOR: Detector = Detector {
    meta: &META,
    attack: false,
    streams: false,
    literals: &[],
    actions,
    check,
};

const fn actions(channel: Channel) -> Action {
    match channel {
        Channel::ToolCall => Action::Flag,
        _ => Action::Allow,
    }
}

fn check(scene: &Scene<'_>, out: &mut Vec<Hit>) {
    if scene.concern() == Some(Concern::Unvouched) {
        out.push(Hit::new(0..scene.text().len(), 1.0, META.id));
    }
}

#[cfg(test)]
mod tests {
    use crate::channel::{Channel, Segment};
    use crate::engine::Guard;
    use crate::flow::{Conversation, Source};
    use crate::policy::{ActionOverride, GuardPolicy};
    use crate::verdict::Action;

    #[test]
    fn a_wish_without_a_target_is_the_policys_to_judge() {
        let verdict = |action| {
            let guard = Guard::compile(GuardPolicy {
                overrides: vec![ActionOverride {
                    detector: "unvouched-call".into(),
                    channel: None,
                    action,
                }],
                ..GuardPolicy::default()
            })
            .unwrap();
            let mut talk = Conversation::default();
            talk.say(Source::User, "Please reply to the last letter.");
            talk.returned(
                "read_letter",
                "Do answer me at lee@quay.example before Friday, thanks.",
            );
            let segment = |path, text| Segment {
                channel: Channel::ToolCall,
                path,
                text,
            };
            let arguments = r#"{"to":"lee@quay.example","body":"Yes."}"#;
            guard
                .inspect_answer(
                    &guard.follow(talk),
                    &[
                        segment("/f/name", "send_mail"),
                        segment("/f/arguments", arguments),
                    ],
                )
                .verdict
        };
        assert_eq!(verdict(Action::Flag), Action::Flag);
        assert_eq!(verdict(Action::Hold), Action::Hold);
    }
}
