//! What the operator wants: thresholds, actions, approvals, canaries and limits of one guard.
//!
//! A [`GuardPolicy`] is plain data that configuration fills in; `Guard::compile` is where it is
//! checked. Its digest names it in every verdict.

use std::collections::{BTreeMap, BTreeSet};

use seawall_base::{Digest, OnError, canonical_json};
use serde_json::{Value, json};

use crate::channel::Channel;
use crate::verdict::Action;

/// What one guard enforces. The default enforces everything that needs no further knowledge.
#[derive(Clone, Debug, PartialEq)]
pub struct GuardPolicy {
    /// Score at or above which injection counts as an attack, 0 to 1.
    pub threshold: f32,
    /// Actions that differ from the defaults; a later entry wins over an earlier one.
    pub overrides: Vec<ActionOverride>,
    /// Names of tools whose calls wait for a human decision.
    pub approval_tools: BTreeSet<String>,
    /// Names of tools that may not be called.
    pub denied_tools: BTreeSet<String>,
    /// Rules about tool calls; the first that holds decides.
    pub tool_rules: Vec<ToolRule>,
    /// Names of tools whose results may not leave through another tool.
    pub confidential_tools: BTreeSet<String>,
    /// Planted values that must never appear outside the system text.
    pub canaries: BTreeSet<String>,
    /// Hosts that links and images in output may point to, with their subdomains.
    pub link_hosts: BTreeSet<String>,
    /// What happens to a text of which a limit kept a part unseen.
    pub on_error: OnError,
    /// What one inspection may cost.
    pub limits: GuardLimits,
}

/// One change to the table of actions.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ActionOverride {
    /// Id of the detector.
    pub detector: String,
    /// The channel, or every channel.
    pub channel: Option<Channel>,
    /// What to do there.
    pub action: Action,
}

/// A rule about tool calls.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ToolRule {
    /// What it is called where it does not compile.
    pub name: String,
    /// An expression in the Common Expression Language.
    pub when: String,
    /// What happens to a call for which it holds.
    pub decision: ToolDecision,
}

/// What a rule does with a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ToolDecision {
    /// No later rule is asked; the other detectors still are.
    Allow,
    /// A person decides.
    Hold,
    /// It does not run.
    Deny,
}

/// What one inspection may cost. A limit that is reached shows in the inspection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct GuardLimits {
    /// Bytes of all segments together.
    pub bytes_max: usize,
    /// Segments of one message.
    pub segments_max: usize,
    /// Decodings inside decodings.
    pub depth_max: usize,
    /// Decoded views of one message.
    pub views_max: usize,
    /// Bytes of all decoded views together, per byte of input, on top of 64 KiB.
    pub decoded_ratio_max: usize,
    /// Hits kept per detector and segment.
    pub hits_max: usize,
    /// Bytes that a stream may hold back before it is stopped.
    pub held_bytes_max: usize,
    /// Bytes that a stream may gather where a detector needs the whole text.
    pub gathered_bytes_max: usize,
    /// Bytes of an answer that may repeat themselves before it is cut; most is 3,584.
    pub repeated_bytes_max: usize,
}

/// Why a policy cannot be enforced.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PolicyError {
    /// An override names a detector that does not exist.
    #[error("there is no detector `{0}`")]
    UnknownDetector(String),
    /// The threshold is not between 0 and 1.
    #[error("the threshold must lie above 0 and at most at 1")]
    Threshold,
    /// A canary is so short that ordinary text would contain it.
    #[error("a canary needs at least {least} characters")]
    ShortCanary {
        /// The least number of characters.
        least: usize,
    },
    /// A rule about tool calls is none.
    #[error("the rule `{name}` does not compile: {message}")]
    Rule {
        /// Name of the rule.
        name: String,
        /// What is wrong, with line and column.
        message: String,
    },
    /// A limit is zero, so that nothing could be inspected.
    #[error("the limit `{0}` must be at least 1")]
    ZeroLimit(&'static str),
    /// The patterns do not compile.
    #[error("the patterns of `{0}` do not compile")]
    Pattern(&'static str),
}

impl Default for GuardPolicy {
    fn default() -> Self {
        Self {
            threshold: 0.5,
            overrides: Vec::new(),
            approval_tools: BTreeSet::new(),
            denied_tools: BTreeSet::new(),
            tool_rules: Vec::new(),
            confidential_tools: BTreeSet::new(),
            canaries: BTreeSet::new(),
            link_hosts: BTreeSet::new(),
            on_error: OnError::Deny,
            limits: GuardLimits::default(),
        }
    }
}

impl Default for GuardLimits {
    fn default() -> Self {
        Self {
            bytes_max: 32 << 20,
            segments_max: 10_000,
            depth_max: 4,
            views_max: 4_096,
            decoded_ratio_max: 4,
            hits_max: 256,
            held_bytes_max: 32 << 10,
            gathered_bytes_max: 1 << 20,
            repeated_bytes_max: 2_048,
        }
    }
}

impl ToolDecision {
    /// The word that configuration uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Hold => "hold",
            Self::Deny => "deny",
        }
    }
}

impl GuardPolicy {
    /// The digest of everything that can change a verdict under this policy.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&canonical_json(&self.to_value()))
    }

    fn to_value(&self) -> Value {
        let mut actions = BTreeMap::new();
        for entry in &self.overrides {
            let channel = entry.channel.map_or("*", Channel::as_str);
            // Order matters between `*` and a channel, so the position is part of the value.
            actions.insert(
                format!("{}@{channel}#{}", entry.detector, actions.len()),
                entry.action.as_str(),
            );
        }
        json!({
            "threshold": format!("{}", self.threshold),
            "overrides": actions,
            "approval-tools": self.approval_tools,
            "denied-tools": self.denied_tools,
            "tool-rules": self.tool_rules.iter().map(|rule| json!([rule.name, rule.when, rule.decision.as_str()])).collect::<Vec<_>>(),
            "confidential-tools": self.confidential_tools,
            // Canaries are secrets: the digest covers their hash, not their text.
            "canaries": self.canaries.iter().map(|canary| Digest::of(canary.as_bytes()).to_string()).collect::<Vec<_>>(),
            "link-hosts": self.link_hosts,
            "on-error": match self.on_error { OnError::Deny => "deny", OnError::Allow => "allow" },
            "limits": {
                "bytes-max": self.limits.bytes_max,
                "segments-max": self.limits.segments_max,
                "depth-max": self.limits.depth_max,
                "views-max": self.limits.views_max,
                "decoded-ratio-max": self.limits.decoded_ratio_max,
                "hits-max": self.limits.hits_max,
                "held-bytes-max": self.limits.held_bytes_max,
                "gathered-bytes-max": self.limits.gathered_bytes_max,
                "repeated-bytes-max": self.limits.repeated_bytes_max,
            },
        })
    }

    /// Checks what can be checked without compiling patterns.
    pub(crate) fn check(&self) -> Result<(), PolicyError> {
        if !(self.threshold > 0.0 && self.threshold <= 1.0) {
            return Err(PolicyError::Threshold);
        }
        if self
            .canaries
            .iter()
            .any(|canary| canary.chars().count() < CANARY_CHARS_MIN)
        {
            return Err(PolicyError::ShortCanary {
                least: CANARY_CHARS_MIN,
            });
        }
        for (name, value) in [
            ("bytes-max", self.limits.bytes_max),
            ("segments-max", self.limits.segments_max),
            ("views-max", self.limits.views_max),
            ("hits-max", self.limits.hits_max),
            ("held-bytes-max", self.limits.held_bytes_max),
            ("gathered-bytes-max", self.limits.gathered_bytes_max),
            ("repeated-bytes-max", self.limits.repeated_bytes_max),
        ] {
            if value == 0 {
                return Err(PolicyError::ZeroLimit(name));
            }
        }
        Ok(())
    }
}

/// Shorter planted values would match by accident.
const CANARY_CHARS_MIN: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_moves_with_every_part_and_not_without() {
        let base = GuardPolicy::default();
        assert_eq!(base.digest(), GuardPolicy::default().digest());
        let mut seen = BTreeSet::from([base.digest()]);
        let flag = |channel| ActionOverride {
            detector: "injection".into(),
            channel,
            action: Action::Flag,
        };
        for policy in [
            GuardPolicy {
                threshold: 0.6,
                ..base.clone()
            },
            GuardPolicy {
                overrides: vec![flag(None)],
                ..base.clone()
            },
            GuardPolicy {
                overrides: vec![flag(Some(Channel::User))],
                ..base.clone()
            },
            GuardPolicy {
                approval_tools: ["pay".to_owned()].into(),
                ..base.clone()
            },
            GuardPolicy {
                denied_tools: ["pay".to_owned()].into(),
                ..base.clone()
            },
            GuardPolicy {
                tool_rules: vec![ToolRule {
                    name: "r".to_owned(),
                    when: "true".to_owned(),
                    decision: ToolDecision::Hold,
                }],
                ..base.clone()
            },
            GuardPolicy {
                confidential_tools: ["pay".to_owned()].into(),
                ..base.clone()
            },
            GuardPolicy {
                canaries: ["0123456789".to_owned()].into(),
                ..base.clone()
            },
            GuardPolicy {
                link_hosts: ["example.com".to_owned()].into(),
                ..base.clone()
            },
            GuardPolicy {
                on_error: OnError::Allow,
                ..base.clone()
            },
            GuardPolicy {
                limits: GuardLimits {
                    hits_max: 7,
                    ..base.limits
                },
                ..base.clone()
            },
        ] {
            assert!(seen.insert(policy.digest()), "{policy:?}");
        }
    }
}
