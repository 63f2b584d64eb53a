//! Tool calls that the operator's rules deny.
//!
//! # What it detects
//! A call for which the first rule of `tools.rules` that holds says `deny`, and one for which a rule fails
//! where `on-error` is to deny. Rules are expressions over the tool, its arguments, where those come from,
//! and whether somebody asked.
//! # Why it matters
//! What a tool may do with which values is known to its operator and to nobody else.
//! # What it misses
//! What no rule says; a call outside of a conversation.
//! # Example
//! `kind == 'pay' && args.amount > 500`
//! # Remediation
//! Change the rule, or have a person make the call.
//! # References
//! OWASP LLM06:2025; MITRE ATLAS AML.T0053.

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Detector, Hit, Scene};
use crate::channel::Channel;
use crate::policy::ToolDecision;
use crate::verdict::Action;

pub(super) static META: RuleMeta = RuleMeta {
    id: "rule-denied",
    title: "Tool call that a rule denies",
    severity: Severity::High,
    confidence: Confidence::High,
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
        Channel::ToolCall => Action::Block,
        _ => Action::Allow,
    }
}

fn check(scene: &Scene<'_>, out: &mut Vec<Hit>) {
    if scene.ruled() == Some(ToolDecision::Deny) {
        out.push(Hit::new(0..scene.text().len(), 1.0, META.id));
    }
}

#[cfg(test)]
mod tests {
    use crate::channel::{Channel, Segment};
    use crate::engine::Guard;
    use crate::flow::{Conversation, Source};
    use crate::policy::{GuardPolicy, ToolDecision, ToolRule};

    #[test]
    fn a_rule_names_the_detector_of_its_decision() {
        let guard = Guard::compile(GuardPolicy {
            tool_rules: vec![ToolRule {
                name: "large".to_owned(),
                when: "args.amount > 500".to_owned(),
                decision: ToolDecision::Deny,
            }],
            ..GuardPolicy::default()
        })
        .unwrap();
        let detectors = |arguments| {
            let mut talk = Conversation::default();
            talk.say(Source::User, "Pay what is due to AB9911-2233.");
            let segment = |path, text| Segment {
                channel: Channel::ToolCall,
                path,
                text,
            };
            let call = [
                segment("/f/name", "pay_bill"),
                segment("/f/arguments", arguments),
            ];
            let inspection = guard.inspect_answer(&guard.follow(talk), &call);
            let ids = inspection.detections.iter();
            ids.map(|detection| detection.detector).collect::<Vec<_>>()
        };
        assert_eq!(detectors(r#"{"amount":501}"#), ["rule-denied"]);
        assert!(detectors(r#"{"amount":500}"#).is_empty());
    }
}
