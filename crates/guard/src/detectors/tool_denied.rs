//! Calls of tools that the policy forbids.
//!
//! # What it detects
//! The name of a forbidden tool on the tool-call channel.
//! # Why it matters
//! A tool that an agent never needs is a tool that only an attacker uses.
//! # What it misses
//! A tool that reaches the same effect under another name.
//! # Example
//! `denied_tools: [shell]`
//! # Remediation
//! Remove the tool from the agent, or from the list.
//! # References
//! OWASP LLM06:2025.

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::tool_approval::names_one_of;
use super::{Detector, Hit, Scene};
use crate::channel::Channel;
use crate::verdict::Action;

pub(super) static META: RuleMeta = RuleMeta {
    id: "tool-denied",
    title: "Forbidden tool call",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["LLM06:2025"],
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
    if names_one_of(scene, &scene.policy.denied_tools) {
        out.push(Hit::new(0..scene.text().len(), 1.0, META.id));
    }
}

#[cfg(test)]
mod tests {
    use crate::channel::{Channel, Segment};
    use crate::engine::Guard;
    use crate::policy::GuardPolicy;
    use crate::verdict::Action;

    #[test]
    fn the_name_decides_and_only_where_a_tool_is_called() {
        let policy = GuardPolicy {
            denied_tools: ["shell".to_owned()].into(),
            ..GuardPolicy::default()
        };
        let guard = Guard::compile(policy).unwrap();
        let verdict = |channel, text| {
            let path = "/tool_calls/0/function/name";
            let segment = Segment {
                channel,
                path,
                text,
            };
            guard.inspect(&[segment]).verdict
        };
        assert_eq!(verdict(Channel::ToolCall, "ｓhell"), Action::Block);
        assert_eq!(verdict(Channel::ToolCall, "shell_lint"), Action::Allow);
        assert_eq!(verdict(Channel::ToolDefinition, "shell"), Action::Allow);
    }
}
