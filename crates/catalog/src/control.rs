//! The kinds of control, and what is assumed of each before there is evidence.

use std::sync::LazyLock;

use serde::Deserialize;

/// A kind of control. Its id is public API.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ControlKind {
    /// The stable id.
    pub id: String,
    /// What it is, in a few words.
    pub title: String,
    /// What it does to an attack.
    pub function: ControlFunction,
    /// Whether trying again with another wording helps the attacker: not against these.
    pub deterministic: bool,
    /// Whether it guards any system or AI systems in particular.
    pub group: ControlGroup,
    /// Efficacy assumed without evidence: 5 % and 95 % quantile.
    pub efficacy: [f64; 2],
    /// Why that range.
    pub basis: String,
}

/// What a control does to an attack.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum ControlFunction {
    /// Stops a step.
    Prevent,
    /// Notices a failed try, so that the campaign ends.
    Detect,
}

/// The family a control is counted under.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
#[serde(rename_all = "kebab-case")]
pub enum ControlGroup {
    /// Common controls, which any system needs.
    Common,
    /// Controls for AI systems.
    Ai,
}

/// Every kind, by id.
#[must_use]
pub fn controls() -> &'static [ControlKind] {
    &CONTROLS
}

/// The kind with an id.
#[must_use]
pub fn control(id: &str) -> Option<&'static ControlKind> {
    CONTROLS.iter().find(|kind| kind.id == id)
}

static CONTROLS: LazyLock<Vec<ControlKind>> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../data/controls.json")).unwrap_or_default()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_the_agreed_ones() {
        let ids: Vec<&str> = controls().iter().map(|kind| kind.id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "admission-policy",
                "artifact-pinning",
                "audit-ledger",
                "context-inspection",
                "dataset-screening",
                "egress-allow-list",
                "human-review",
                "model-scan",
                "model-signature",
                "network-policy",
                "output-inspection",
                "pod-security",
                "prompt-inspection",
                "rate-limit",
                "spend-limit",
                "tool-approval",
                "tool-call-inspection",
                "virtual-keys",
            ]
        );
    }

    #[test]
    fn assumed_ranges_ascend_inside_zero_to_one_and_say_why() {
        for kind in controls() {
            let [low, high] = kind.efficacy;
            assert!(0.0 < low && low < high && high < 1.0, "{}", kind.id);
            assert!(kind.basis.len() > 20, "{}", kind.id);
        }
    }
}
