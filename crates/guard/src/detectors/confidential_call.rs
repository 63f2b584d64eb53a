//! The result of a confidential tool in a call that leaves.
//!
//! # What it detects
//! Values and runs of four words from the results of the tools that the policy names as confidential, in
//! the arguments of any other tool that does more than read.
//! # Why it matters
//! A lookup that may be shown to its user may not be mailed, posted or fetched with.
//! # What it misses
//! Paraphrase; values of fewer than eight letters and digits.
//! # Example
//! `confidential: [read_payroll]`, and a call of a messaging tool with a line of its result.
//! # Remediation
//! Show the result to the user, or name the tool that may take it in a route of its own.
//! # References
//! OWASP LLM02:2025, LLM06:2025.

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Detector, Hit, Scene};
use crate::channel::Channel;
use crate::verdict::Action;

pub(super) static META: RuleMeta = RuleMeta {
    id: "confidential-call",
    title: "Confidential result in a tool call",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["LLM02:2025", "LLM06:2025"],
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
        Channel::ToolCall => Action::Block,
        _ => Action::Allow,
    }
}

fn check(scene: &Scene<'_>, out: &mut Vec<Hit>) {
    let names = &scene.policy.confidential_tools;
    let Some((flow, call)) = scene.call().filter(|_| !names.is_empty()) else {
        return;
    };
    if flow.is_leak(&call, |tool| names.contains(tool)) {
        out.push(Hit::new(0..scene.text().len(), 1.0, META.id));
    }
}

#[cfg(test)]
mod tests {
    use crate::channel::{Channel, Segment};
    use crate::engine::Guard;
    use crate::flow::{Conversation, Source};
    use crate::policy::GuardPolicy;
    use crate::verdict::Action;

    #[test]
    fn a_confidential_result_stays() {
        let guard = Guard::compile(GuardPolicy {
            confidential_tools: ["read_payroll".to_owned()].into(),
            ..GuardPolicy::default()
        })
        .unwrap();
        let verdict = |arguments: &str| {
            let mut talk = Conversation::default();
            talk.say(Source::User, "Send Ann a note about the payroll.");
            talk.returned(
                "read_payroll",
                "Jo Fenn earns 51230 a year since the spring review",
            );
            talk.returned("read_menu", "Soup of the day is leek with barley bread");
            let segment = |path, text| Segment {
                channel: Channel::ToolCall,
                path,
                text,
            };
            guard
                .inspect_answer(
                    &guard.follow(talk),
                    &[
                        segment("/f/name", "send_note"),
                        segment("/f/arguments", arguments),
                    ],
                )
                .verdict
        };
        assert_eq!(
            verdict(r#"{"text":"Jo Fenn earns 51230 a year, you know"}"#),
            Action::Block
        );
        assert_eq!(
            verdict(r#"{"text":"Soup of the day is leek with barley"}"#),
            Action::Allow
        );
    }
}
