//! Records hold personal data.
//!
//! ## What it detects
//!
//! Payment card numbers (checksum), IBANs (checksum), US social security numbers in their written form,
//! and, at medium severity, e-mail addresses. The finding never repeats them.
//!
//! ## Why it matters
//!
//! A model that is trained on the records can give them away, and whoever reads the dataset has them
//! already.
//!
//! ## What it misses
//!
//! Names, addresses, and numbers that are written without their separators.
//!
//! ## Example
//!
//! ```text
//! 4111 1111 1111 1111
//! ```
//!
//! ## Remediation
//!
//! Replace the values by tokens before the records leave the system of record.
//!
//! ## References
//!
//! - MITRE ATLAS AML.T0057, OWASP LLM02:2025

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::dataset::{Record, Screen, Tally};
use crate::report::Sink;

pub(super) static META: RuleMeta = RuleMeta {
    id: "dataset-personal-data",
    title: "Records hold personal data",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0057", "LLM02:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Dataset(screen),
};

const FIX: &str = "Replace the values by tokens before the records leave the system of record.";

#[derive(Default)]
struct State {
    numbers: Option<Tally>,
    mail: Option<Tally>,
}

fn screen() -> Box<dyn Screen> {
    Box::new(State::default())
}

impl Screen for State {
    fn record(&mut self, record: &Record) {
        for field in &record.fields {
            // A number of any kind has nine digits at least; most texts have fewer.
            let digits = field.text.bytes().filter(u8::is_ascii_digit).count();
            let numbers = || {
                has_card(&field.text) || has_iban(&field.text) || has_social_security(&field.text)
            };
            if digits >= 9 && numbers() {
                Tally::add(&mut self.numbers, record, field);
            }
            if has_mail(&field.text) {
                Tally::add(&mut self.mail, record, field);
            }
        }
    }

    fn finish(&mut self, sink: &mut Sink<'_>) {
        if let Some(tally) = &self.numbers {
            let what = "card, account or social security numbers stand";
            sink.finding(&META, tally.notice(what, FIX));
        }
        if let Some(tally) = &self.mail {
            let notice = tally.notice("e-mail addresses stand", FIX);
            sink.finding(&META, notice.severity(Severity::Medium));
        }
    }
}

/// Runs of digits in groups, as people write numbers.
fn digit_runs(text: &str) -> impl Iterator<Item = (Vec<u8>, &str)> {
    text.split(|character: char| {
        !(character.is_ascii_digit() || character == ' ' || character == '-')
    })
    .map(str::trim)
    .filter(|run| run.len() >= 9)
    .map(|run| {
        (
            run.bytes()
                .filter(u8::is_ascii_digit)
                .map(|digit| digit - b'0')
                .collect(),
            run,
        )
    })
}

fn has_card(text: &str) -> bool {
    digit_runs(text).any(|(digits, _)| {
        let issuer = matches!(
            digits.as_slice(),
            [3, 4 | 7, ..] | [4, ..] | [5, 1..=5, ..] | [2, 2..=7, ..] | [6, ..]
        );
        (13..=19).contains(&digits.len()) && issuer && luhn(&digits)
    })
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| {
            let value = u32::from(*digit) * if index % 2 == 1 { 2 } else { 1 };
            value / 10 + value % 10
        })
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|digit| *digit != 0)
}

/// `123-45-6789`, with the groups that are never issued left out.
fn has_social_security(text: &str) -> bool {
    digit_runs(text).any(|(_, run)| {
        run.split(' ').any(|part| {
            let groups: Vec<_> = part.split('-').collect();
            let [area, group, serial] = groups.as_slice() else {
                return false;
            };
            let sizes = (area.len(), group.len(), serial.len()) == (3, 2, 4);
            let digits = part
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'-');
            let issued = !matches!(*area, "000" | "666") && !area.starts_with('9');
            sizes && digits && issued && *group != "00" && *serial != "0000"
        })
    })
}

/// Countries and the length of their account numbers.
const IBANS: &[(&[u8; 2], usize)] = &[
    (b"AT", 20),
    (b"BE", 16),
    (b"CH", 21),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DK", 18),
    (b"ES", 24),
    (b"FI", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GR", 27),
    (b"HU", 28),
    (b"IE", 22),
    (b"IT", 27),
    (b"LU", 20),
    (b"NL", 18),
    (b"NO", 15),
    (b"PL", 28),
    (b"PT", 25),
    (b"RO", 24),
    (b"SE", 24),
];

fn has_iban(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.windows(4).enumerate().any(|(start, head)| {
        let [a, b, c, d] = head else {
            return false;
        };
        let before = start.checked_sub(1).and_then(|before| bytes.get(before));
        let fresh = !before.is_some_and(u8::is_ascii_alphanumeric);
        let country = IBANS.iter().find(|(country, _)| **country == [*a, *b]);
        let Some((_, length)) =
            country.filter(|_| fresh && c.is_ascii_digit() && d.is_ascii_digit())
        else {
            return false;
        };
        let rest = bytes
            .get(start..)
            .unwrap_or_default()
            .iter()
            .filter(|byte| **byte != b' ');
        let iban: Vec<u8> = rest.take(*length).copied().collect();
        let letters = iban
            .iter()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
        iban.len() == *length && letters && iban_checksum(&iban)
    })
}

fn iban_checksum(iban: &[u8]) -> bool {
    let (head, tail) = iban.split_at(4.min(iban.len()));
    let remainder = tail.iter().chain(head).fold(0_u32, |remainder, byte| {
        let value = u32::from(if byte.is_ascii_digit() {
            byte - b'0'
        } else {
            byte - b'A' + 10
        });
        let shift = if value > 9 { 100 } else { 10 };
        (remainder * shift + value) % 97
    });
    remainder == 1
}

fn has_mail(text: &str) -> bool {
    text.match_indices('@').any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default().bytes().next_back();
        let domain: String = text
            .get(at + 1..)
            .unwrap_or_default()
            .chars()
            .take_while(|character| {
                character.is_ascii_alphanumeric() || matches!(character, '.' | '-')
            })
            .collect();
        let (name, end) = domain
            .trim_end_matches('.')
            .rsplit_once('.')
            .unwrap_or_default();
        before.is_some_and(|byte| byte.is_ascii_alphanumeric())
            && !name.is_empty()
            && end.len() >= 2
            && end.bytes().all(|byte| byte.is_ascii_alphabetic())
    })
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::dataset_ids;

    #[test]
    fn numbers_with_a_checksum_and_addresses_are_told() {
        for text in [
            "card 4111 1111 1111 1111 used",
            "IBAN GB82 WEST 1234 5698 7654 32",
            "ssn 123-45-6789",
            "mail a.person@mail.example.com",
        ] {
            let line = format!("{{\"t\":\"{text}\"}}\n");
            assert_eq!(
                dataset_ids("d.jsonl", &line),
                ["dataset-personal-data"],
                "{text}"
            );
        }
    }

    #[test]
    fn other_numbers_pass() {
        for text in [
            "order 4111 1111 1111 1112",
            "IBAN GB82 WEST 1234 5698 7654 33",
            "000-12-3456",
            "2026-11-23 10:00:00",
            "meet @ noon, x@y",
        ] {
            let line = format!("{{\"t\":\"{text}\"}}\n");
            assert_eq!(dataset_ids("d.jsonl", &line), Vec::<&str>::new(), "{text}");
        }
    }
}
