//! National Health Service numbers of England, Wales and the Isle of Man.
//!
//! # What it detects
//! Ten digits in groups of three, three and four with a valid modulus 11 check digit; ungrouped only next
//! to a word that says so.
//! # Why it matters
//! The number leads to a health record.
//! # What it misses
//! Ten bare digits without a word beside them.
//! # Example
//! `NHS 943 476 5919`
//! # Remediation
//! Mask it; refer to patients by a local key.
//! # References
//! NHS Data Dictionary, NHS NUMBER.

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::numbers::uniform;
use super::{Detector, Hit, Scene, private_actions};

pub(super) static META: RuleMeta = RuleMeta {
    id: "nhs-number",
    title: "NHS number",
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
        if number.digits.len() != 10
            || number.international
            || uniform(&number.digits)
            || !valid(&number.digits)
        {
            continue;
        }
        let before = scene.before(number.span.start, 40);
        let named = before.contains("nhs") || before.contains("patient");
        let score = match (number.groups.as_slice(), number.separator) {
            ([3, 3, 4], ' ') => 0.85,
            ([3, 3, 4], '-') if named => 0.85,
            ([10], _) if named => 0.8,
            _ => continue,
        };
        out.push(Hit::new(number.span.clone(), score, "[nhs-number]"));
    }
}

fn valid(digits: &[u8]) -> bool {
    let mut digits = digits
        .iter()
        .map(|digit| u32::from(digit.saturating_sub(b'0')));
    let sum: u32 = digits
        .by_ref()
        .take(9)
        .zip((2..=10).rev())
        .map(|(digit, weight)| digit * weight)
        .sum();
    let check = (11 - sum % 11) % 11;
    digits.next() == Some(check)
}

#[cfg(test)]
mod tests {
    use super::super::tests::matched;
    use crate::channel::Channel;

    #[test]
    fn grouping_or_a_word_and_the_check_digit() {
        assert_eq!(
            matched("nhs-number", Channel::User, "Patient 943 476 5919 came in"),
            ["943 476 5919"]
        );
        assert_eq!(
            matched("nhs-number", Channel::User, "NHS number 9434765919"),
            ["9434765919"]
        );
        for text in ["943 476 5918", "order 9434765919", "111 111 1111"] {
            assert!(
                matched("nhs-number", Channel::User, text).is_empty(),
                "{text}"
            );
        }
    }
}
