//! Telephone numbers.
//!
//! # What it detects
//! International numbers with a plus sign, North American numbers in their usual grouping, and grouped
//! numbers next to a word that says so.
//! # Why it matters
//! A number reaches a person and links records about them.
//! # What it misses
//! Bare runs of digits; extensions.
//! # Example
//! `+44 20 7946 0958`
//! # Remediation
//! Mask it before the text leaves.
//! # References
//! ITU-T E.164.

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::numbers::{Number, uniform};
use super::{Detector, Hit, Scene, private_actions};

pub(super) static META: RuleMeta = RuleMeta {
    id: "phone",
    title: "Telephone number",
    severity: Severity::Medium,
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
    for number in scene
        .numbers
        .iter()
        .filter(|number| !uniform(&number.digits))
    {
        if let Some(score) = score(scene, number) {
            out.push(Hit::new(number.span.clone(), score, "[phone]"));
        }
    }
}

fn score(scene: &Scene<'_>, number: &Number) -> Option<f32> {
    let digits = number.digits.len();
    if number.international {
        return ((8..=15).contains(&digits) && number.digits.first() != Some(&b'0')).then_some(0.9);
    }
    let exchange = |at: usize| {
        number
            .digits
            .get(at)
            .is_some_and(|digit| (b'2'..=b'9').contains(digit))
    };
    let american = match number.groups.as_slice() {
        [3, 3, 4] => {
            exchange(0) && exchange(3) && matches!(number.separator, '-' | '.' | '\0' | ')')
        }
        [1, 3, 3, 4] => number.digits.first() == Some(&b'1') && exchange(1) && exchange(4),
        _ => false,
    };
    if american {
        return Some(0.75);
    }
    let before = scene.before(number.span.start, 24);
    let named = ["phone", "tel", "mobile", "call", "fax", "whatsapp"]
        .iter()
        .any(|word| before.contains(word));
    ((9..=13).contains(&digits) && named && number.groups.iter().all(|group| *group >= 2))
        .then_some(0.7)
}

#[cfg(test)]
mod tests {
    use super::super::tests::matched;
    use crate::channel::Channel;

    #[test]
    fn formats_of_people_not_of_machines() {
        for text in [
            "+44 20 7946 0958",
            "(415) 555-2671",
            "415-555-2671",
            "+491701234567",
        ] {
            assert_eq!(
                matched("phone", Channel::User, &format!("reach me at {text}.")),
                [text],
                "{text}"
            );
        }
        assert_eq!(
            matched("phone", Channel::User, "tel. 020 7946 0958"),
            ["020 7946 0958"]
        );
        for text in [
            "1234567890",
            "2026-11-23 18:40:10",
            "192.168.100.200",
            "1.234.567.890",
            "port 8080 8081",
        ] {
            assert!(matched("phone", Channel::User, text).is_empty(), "{text}");
        }
    }
}
