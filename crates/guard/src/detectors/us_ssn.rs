//! United States social security numbers.
//!
//! # What it detects
//! Three, two and four digits by dashes or spaces, in ranges that were ever issued; nine digits in a row
//! only next to a word that says so.
//! # Why it matters
//! The number opens accounts in the name of its owner.
//! # What it misses
//! Nine bare digits without a word beside them.
//! # Example
//! `SSN 536-90-4399`
//! # Remediation
//! Mask it; ask for another identifier.
//! # References
//! Social Security Administration, number randomisation.

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Detector, Hit, Scene, private_actions};

pub(super) static META: RuleMeta = RuleMeta {
    id: "us-ssn",
    title: "US social security number",
    severity: Severity::High,
    confidence: Confidence::Medium,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["LLM02:2025"],
};

pub(super) static DETECTOR: Detector = Detector {
    meta: &META,
    attack: false,
    streams: true,
    literals: &[],
    actions: private_actions,
    check,
};

fn check(scene: &Scene<'_>, out: &mut Vec<Hit>) {
    for number in scene.numbers {
        if number.digits.len() != 9 || !issued(&number.digits) {
            continue;
        }
        let score = match (number.groups.as_slice(), number.separator) {
            ([3, 2, 4], '-') => 0.9,
            ([3, 2, 4], ' ' | '.') => 0.7,
            ([9], _) if named(scene, number.span.start) => 0.8,
            _ => continue,
        };
        out.push(Hit::new(number.span.clone(), score, "[us-ssn]"));
    }
}

fn named(scene: &Scene<'_>, at: usize) -> bool {
    let before = scene.before(at, 32);
    before.contains("ssn") || before.contains("social security")
}

fn issued(digits: &[u8]) -> bool {
    let value = |range: std::ops::Range<usize>| {
        digits
            .get(range)
            .unwrap_or_default()
            .iter()
            .fold(0_u32, |value, digit| {
                value * 10 + u32::from(digit.saturating_sub(b'0'))
            })
    };
    let area = value(0..3);
    area != 0 && area != 666 && area < 900 && value(3..5) != 0 && value(5..9) != 0
}

#[cfg(test)]
mod tests {
    use super::super::tests::matched;
    use crate::channel::Channel;

    #[test]
    fn only_numbers_that_were_issued() {
        assert_eq!(
            matched("us-ssn", Channel::User, "ssn: 536-90-4399."),
            ["536-90-4399"]
        );
        assert_eq!(
            matched("us-ssn", Channel::User, "my SSN is 536904399"),
            ["536904399"]
        );
        for text in [
            "000-12-3456",
            "666-12-3456",
            "912-12-3456",
            "536-00-4399",
            "536-90-0000",
            "item 536904399",
        ] {
            assert!(matched("us-ssn", Channel::User, text).is_empty(), "{text}");
        }
    }
}
