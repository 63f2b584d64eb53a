//! Text that a browser or terminal would act on.
//!
//! # What it detects
//! Script and frame elements, event handlers, script URLs, HTML data URLs, terminal escape sequences.
//! # Why it matters
//! A page or terminal that shows model output runs what is in it, with the rights of its reader.
//! # What it misses
//! Templates of one framework; styles that load resources.
//! # Example
//! `<img src=x onerror=...>`
//! # Remediation
//! Escape output for where it is shown; never render it as markup unfiltered.
//! # References
//! OWASP LLM05:2025; CWE-79, CWE-150.

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Detector, Hit, Scene};
use crate::channel::Channel;
use crate::verdict::Action;

pub(super) static META: RuleMeta = RuleMeta {
    id: "active-content",
    title: "Active content",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["LLM05:2025"],
};

pub(super) static DETECTOR: Detector = Detector {
    meta: &META,
    attack: false,
    streams: true,
    literals: LITERALS,
    actions,
    check,
};

static LITERALS: &[&str] = &[
    "<script",
    "<iframe",
    "<object",
    "<embed",
    "<base",
    "javascript:",
    "vbscript:",
    "data:text/html",
    "srcdoc=",
    "onerror=",
    "onload=",
    "onclick=",
    "onmouseover=",
    "onfocus=",
    "ontoggle=",
    "onanimationstart=",
    "http-equiv",
    "\u{1b}[",
    "\u{1b}]",
    "\u{1b}P",
];

const fn actions(channel: Channel) -> Action {
    match channel {
        Channel::System => Action::Allow,
        _ => Action::Flag,
    }
}

fn check(scene: &Scene<'_>, out: &mut Vec<Hit>) {
    for anchor in scene.anchors {
        let literal = LITERALS.get(anchor.literal).copied().unwrap_or_default();
        // An attribute is one only inside a tag.
        if literal.starts_with("on")
            && !scene
                .before(anchor.start, 128)
                .rsplit('>')
                .next()
                .unwrap_or_default()
                .contains('<')
        {
            continue;
        }
        let score = if matches!(literal, "<object" | "<embed" | "<base" | "http-equiv") {
            0.5
        } else {
            0.8
        };
        out.push(Hit::new(anchor.start..anchor.end, score, META.id));
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::matched;
    use crate::channel::Channel;

    #[test]
    fn markup_that_runs_is_marked() {
        assert_eq!(
            matched(
                "active-content",
                Channel::Output,
                "hi <SCRIPT>alert(1)</SCRIPT>"
            ),
            ["<SCRIPT"]
        );
        assert_eq!(
            matched(
                "active-content",
                Channel::Output,
                "<img src=x onerror=go()>"
            ),
            ["onerror="]
        );
        assert_eq!(
            matched("active-content", Channel::Output, "red \u{1b}[31m"),
            ["\u{1b}["]
        );
        assert!(
            matched(
                "active-content",
                Channel::Output,
                "set onload=true in the file"
            )
            .is_empty()
        );
    }
}
