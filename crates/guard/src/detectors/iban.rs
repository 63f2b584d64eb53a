//! International bank account numbers.
//!
//! # What it detects
//! Two letters of a country, two check digits and the length that the country uses, with a valid
//! remainder modulo 97.
//! # Why it matters
//! An account number together with a name is enough to pull money in some schemes.
//! # What it misses
//! National account numbers without the international form.
//! # Example
//! `GB82 WEST 1234 5698 7654 32`
//! # Remediation
//! Mask it; keep the last four characters if a person has to recognise it.
//! # References
//! ISO 13616-1.

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Detector, Hit, Scene, private_actions};

pub(super) static META: RuleMeta = RuleMeta {
    id: "iban",
    title: "IBAN",
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
    let bytes = scene.text().as_bytes();
    let mut done = 0;
    for token in &scene.view.tokens {
        let span = token.span();
        let head = bytes
            .get(span.start..(span.start + 4).min(span.end))
            .unwrap_or_default();
        let [first, second, third, fourth] = head else {
            continue;
        };
        let is_head = first.is_ascii_uppercase()
            && second.is_ascii_uppercase()
            && third.is_ascii_digit()
            && fourth.is_ascii_digit();
        if !is_head || span.start < done {
            continue;
        }
        if let Some(end) = end_of(bytes, span.start, [*first, *second]) {
            done = end;
            out.push(Hit::new(span.start..end, 0.97, "[iban]"));
        }
    }
}

fn end_of(bytes: &[u8], start: usize, country: [u8; 2]) -> Option<usize> {
    let (_, wanted) = LENGTHS
        .iter()
        .find(|(code, _)| code.as_bytes() == country)?;
    let mut compact = Vec::with_capacity(*wanted);
    let mut at = start;
    while compact.len() < *wanted {
        match bytes.get(at)? {
            byte if byte.is_ascii_alphanumeric() => compact.push(byte.to_ascii_uppercase()),
            b' ' | b'-' if compact.len().is_multiple_of(4) => {}
            _ => return None,
        }
        at += 1;
    }
    let ends = bytes
        .get(at)
        .is_none_or(|next| !next.is_ascii_alphanumeric());
    (ends && remainder(&compact) == 1).then_some(at)
}

fn remainder(compact: &[u8]) -> u32 {
    let (head, tail) = compact.split_at(4.min(compact.len()));
    tail.iter().chain(head).fold(0, |value, byte| match byte {
        b'0'..=b'9' => (value * 10 + u32::from(byte - b'0')) % 97,
        _ => (value * 100 + u32::from(byte.saturating_sub(b'A')) + 10) % 97,
    })
}

/// Lengths of the SWIFT registry for the countries that use the form most.
static LENGTHS: &[(&str, usize)] = &[
    ("AE", 23),
    ("AT", 20),
    ("BE", 16),
    ("BG", 22),
    ("BR", 29),
    ("CH", 21),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DK", 18),
    ("EE", 20),
    ("ES", 24),
    ("FI", 18),
    ("FR", 27),
    ("GB", 22),
    ("GR", 27),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IS", 26),
    ("IT", 27),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("MC", 27),
    ("MT", 31),
    ("NL", 18),
    ("NO", 15),
    ("PL", 28),
    ("PT", 25),
    ("RO", 24),
    ("RS", 22),
    ("SA", 24),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("TR", 26),
    ("UA", 29),
];

#[cfg(test)]
mod tests {
    use super::super::tests::matched;
    use crate::channel::Channel;

    #[test]
    fn length_and_remainder_decide() {
        for text in [
            "GB82 WEST 1234 5698 7654 32",
            "DE89370400440532013000",
            "NO93 8601 1117 947",
        ] {
            assert_eq!(
                matched("iban", Channel::User, &format!("to {text}, please")),
                [text]
            );
        }
        for text in [
            "GB82 WEST 1234 5698 7654 33",
            "XX82 WEST 1234 5698 7654 32",
            "DE8937040044053201300",
        ] {
            assert!(matched("iban", Channel::User, text).is_empty(), "{text}");
        }
    }
}
