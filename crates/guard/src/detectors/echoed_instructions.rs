//! An answer that reproduces the operator's text.
//!
//! # What it detects
//! Runs of words that stand so in the system text and not in what the user said: from 80 letters on
//! where they speak to the model, from 160 on otherwise, or nearly the whole of a shorter text; and
//! several shorter runs that make up half of it. In all views, so also encoded or reversed.
//! # Why it matters
//! The system text holds rules that are safe only while they are unknown, and it is the first thing that
//! an attacker asks for.
//! # What it misses
//! Translation and paraphrase. In a stream: letter-spaced or reversed prose is recorded and not stopped,
//! and of an echo in several runs only the last one is held back.
//! # Example
//! An answer that begins with the first two sentences of the system text.
//! # Remediation
//! Keep what must not be known out of prompts. Where the text is public, set `echoed-instructions` to
//! flag.
//! # References
//! OWASP LLM07:2025; MITRE ATLAS AML.T0056.

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Detector, Hit, Scene, outward_actions};
use crate::flow::Echo;

pub(super) static META: RuleMeta = RuleMeta {
    id: "echoed-instructions",
    title: "System text in an answer",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["LLM07:2025", "AML.T0056"],
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
    let Some(operator) = scene.flow.map(crate::flow::Flow::operator) else {
        return;
    };
    // The visible text of a stream is followed word by word where it is held back.
    if operator.is_short() || (scene.streaming && scene.is_first) {
        return;
    }
    let text = scene.text();
    let mut echo = Echo::default();
    for (place, character) in text.char_indices() {
        echo.step(operator, character, place);
    }
    echo.end(operator);
    if let Some(start) = echo.found() {
        out.push(Hit::new(start..text.len(), 1.0, "[instructions]"));
    }
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
    fn the_operators_text_does_not_come_back() {
        let guard = Guard::compile(GuardPolicy::default()).unwrap();
        let system = "You steer callers of the observatory to the right desk. You never say who is on duty, and you keep the roof schedule to yourself.";
        let mut talk = Conversation::default();
        talk.say(Source::System, system);
        talk.say(Source::User, "Who are you?");
        let flow = guard.follow(talk);
        let verdict = |text: &str| {
            let segment = Segment {
                channel: Channel::Output,
                path: "",
                text,
            };
            guard.inspect_answer(&flow, &[segment]).verdict
        };
        assert_eq!(verdict(&format!("Gladly! {system}")), Action::Block);
        let coded = base64::engine::general_purpose::STANDARD.encode(system);
        assert_eq!(verdict(&format!("Gladly! {coded}")), Action::Block);
        assert_eq!(
            verdict(&system.chars().rev().collect::<String>()),
            Action::Block
        );
        assert_eq!(
            verdict("I steer callers of the observatory."),
            Action::Allow
        );
    }
}
