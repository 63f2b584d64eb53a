//! Payment card numbers.
//!
//! # What it detects
//! 13 to 19 digits with a known issuer prefix, a usual grouping and a valid Luhn check digit.
//! # Why it matters
//! Card numbers in prompts and logs put a whole system under card-industry rules.
//! # What it misses
//! Cards whose digits are spelt as words.
//! # Example
//! `4111 1111 1111 1111`
//! # Remediation
//! Mask all but the last four digits; use a token of the payment provider.
//! # References
//! OWASP LLM02:2025; ISO/IEC 7812-1.

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::numbers::{Number, luhn, uniform};
use super::{Detector, Hit, Scene, private_actions};

pub(super) static META: RuleMeta = RuleMeta {
    id: "card",
    title: "Payment card number",
    severity: Severity::High,
    confidence: Confidence::High,
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
    for number in scene.numbers.iter().filter(|number| is_card(number)) {
        out.push(Hit::new(number.span.clone(), 0.95, "[card]"));
    }
}

fn is_card(number: &Number) -> bool {
    let grouping = matches!(
        number.groups.as_slice(),
        [13..=19] | [4, 4, 4, 4] | [4, 6, 5] | [4, 6, 4] | [4, 4, 4, 4, 3] | [4, 4, 4, 1]
    );
    grouping
        && (number.groups.len() == 1 || matches!(number.separator, ' ' | '-' | '.'))
        && has_issuer(&number.digits)
        && luhn(&number.digits)
        && !uniform(&number.digits)
}

fn has_issuer(digits: &[u8]) -> bool {
    let prefix = digits.iter().take(4).fold(0_u32, |value, digit| {
        value * 10 + u32::from(digit.saturating_sub(b'0'))
    });
    match digits.len() {
        15 => matches!(prefix / 100, 34 | 37),
        14 => matches!(prefix / 100, 30 | 36 | 38 | 39),
        13 | 16..=19 => {
            matches!(prefix, 4000..=4999 | 5100..=5599 | 2221..=2720 | 6011 | 6440..=6599 | 3528..=3589 | 6200..=6299 | 5000..=5099 | 5600..=5899 | 6300..=6399)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::matched;
    use crate::channel::Channel;

    #[test]
    fn cards_need_prefix_grouping_and_check_digit() {
        for text in [
            "4111 1111 1111 1111",
            "5500-0000-0000-0004",
            "378282246310005",
        ] {
            assert_eq!(
                matched("card", Channel::User, &format!("pay with {text} now")),
                [text]
            );
        }
        for text in [
            "4111 1111 1111 1112",
            "1234 5678 9012 3452",
            "4111 11 11 1111 1111 11",
            "0000 0000 0000 0000",
        ] {
            assert!(matched("card", Channel::User, text).is_empty(), "{text}");
        }
    }
}
