//! A code of the operator's text in an answer or a tool call.
//!
//! # What it detects
//! Keys, passwords with digits, sealed numbers and other tokens of the system text that nobody says by
//! chance, in any view, whatever stands between their letters, also reversed, rotated, in base64 at any
//! offset and in hexadecimal. Codes that the user said are the user's.
//! # Why it matters
//! What an operator gives a model to keep comes out under pressure; no wording has to be judged here.
//! # What it misses
//! Secrets that are words; a code that is described, translated or spread over several answers.
//! # Example
//! A system text with an access key, and an answer that spells the key backwards.
//! # Remediation
//! Keep secrets out of prompts. Where a code in the system text is meant to be told, set
//! `echoed-code` to flag.
//! # References
//! OWASP LLM07:2025, LLM02:2025.

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Detector, Hit, Scene, outward_actions};

pub(super) static META: RuleMeta = RuleMeta {
    id: "echoed-code",
    title: "Code of the system text in an answer",
    severity: Severity::High,
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
    actions: outward_actions,
    check,
};

fn check(scene: &Scene<'_>, out: &mut Vec<Hit>) {
    let Some(flow) = scene.flow else {
        return;
    };
    let codes = flow.codes(scene.canaries.forms());
    let found = codes.canaries.find(scene.text());
    out.extend(found.into_iter().map(|span| Hit::new(span, 1.0, "[code]")));
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use crate::channel::{Channel, Segment};
    use crate::engine::Guard;
    use crate::flow::{Conversation, Source};
    use crate::policy::GuardPolicy;
    use crate::verdict::Action;

    #[test]
    fn a_code_is_stopped_in_every_form_unless_the_user_said_it() {
        let guard = Guard::compile(GuardPolicy::default()).unwrap();
        let code = "mq7-Tf39-x2Lk";
        let flow = |user: &str| {
            let mut talk = Conversation::default();
            talk.say(
                Source::System,
                &format!("You guard the sluice; its word is {code}."),
            );
            talk.say(Source::User, user);
            guard.follow(talk)
        };
        let verdict = |user: &str, channel, text: &str| {
            let segment = Segment {
                channel,
                path: "",
                text,
            };
            guard.inspect_answer(&flow(user), &[segment]).verdict
        };
        let backwards: String = code.chars().rev().collect();
        let apart: String = code.chars().flat_map(|mark| [mark, ' ']).collect();
        let coded = base64::engine::general_purpose::STANDARD.encode(code);
        for text in [code, &backwards, &apart, &coded] {
            for channel in [Channel::Output, Channel::ToolCall] {
                assert_eq!(verdict("Hello", channel, text), Action::Block, "{text}");
            }
        }
        assert_eq!(verdict(code, Channel::Output, code), Action::Allow);
        assert_eq!(verdict("Hello", Channel::Output, "mq7-Tf39"), Action::Allow);
    }
}
