//! Calls of tools that need a human decision.
//!
//! # What it detects
//! The name of a tool that the policy lists; the text is a tool name when its JSON pointer ends in `/name`
//! on the tool-call channel.
//! # Why it matters
//! Some effects cannot be undone: a person decides about them, bound to the exact arguments.
//! # What it misses
//! A tool that reaches the same effect under another name.
//! # Example
//! `approval_tools: [pay]`
//! # Remediation
//! Approve or deny the call in the console.
//! # References
//! OWASP LLM06:2025, OWASP Agentic ASI.

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Detector, Hit, Scene};
use crate::channel::Channel;
use crate::verdict::Action;

pub(super) static META: RuleMeta = RuleMeta {
    id: "tool-approval",
    title: "Tool call that needs approval",
    severity: Severity::Medium,
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
        Channel::ToolCall => Action::Hold,
        _ => Action::Allow,
    }
}

fn check(scene: &Scene<'_>, out: &mut Vec<Hit>) {
    if names_one_of(scene, &scene.policy.approval_tools) {
        out.push(Hit::new(0..scene.text().len(), 1.0, META.id));
    }
}

/// Whether the text is a tool's name and the list has it, without regard to case and disguise.
pub(super) fn names_one_of(scene: &Scene<'_>, names: &std::collections::BTreeSet<String>) -> bool {
    scene.is_first
        && scene.channel == Channel::ToolCall
        && scene.path.ends_with("/name")
        && names
            .iter()
            .any(|name| name.trim().eq_ignore_ascii_case(scene.text().trim()))
}

#[cfg(test)]
mod tests {
    use crate::channel::{Channel, Segment};
    use crate::engine::Guard;
    use crate::policy::GuardPolicy;
    use crate::verdict::Action;

    #[test]
    fn listed_tools_wait_and_denied_tools_do_not_run() {
        let policy = GuardPolicy {
            approval_tools: ["pay".to_owned()].into(),
            denied_tools: ["shell".to_owned()].into(),
            ..GuardPolicy::default()
        };
        let guard = Guard::compile(policy).unwrap();
        let verdict = |path, text| {
            guard
                .inspect(&[Segment {
                    channel: Channel::ToolCall,
                    path,
                    text,
                }])
                .verdict
        };
        assert_eq!(verdict("/tool_calls/0/function/name", "Pay"), Action::Hold);
        assert_eq!(
            verdict("/tool_calls/0/function/name", "shell"),
            Action::Block
        );
        assert_eq!(
            verdict("/tool_calls/0/function/name", "search"),
            Action::Allow
        );
        assert_eq!(
            verdict("/tool_calls/0/function/arguments", "pay"),
            Action::Allow
        );
        let inspection = guard.inspect(&[Segment {
            channel: Channel::ToolCall,
            path: "/name",
            text: "pay",
        }]);
        assert_eq!(inspection.detections[0].control, "tool-approval");
    }
}
