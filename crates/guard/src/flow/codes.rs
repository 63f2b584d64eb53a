//! The codes of the operator's text: tokens that nobody says by chance.
//!
//! Keys, canaries, passwords with digits and sealed numbers are told from names of products, dates
//! and short references by how many bits their parts can hold. Addresses, e-mail addresses and bank
//! accounts are not codes: operators put them there to be told.

use std::collections::BTreeSet;

use super::conversation::{Conversation, Source};

/// A token that can hold fewer bits is a reference, a model number or a date.
const BITS_MIN: u32 = 36;
/// Fewer letters and digits could appear in an encoded text by accident.
const LETTERS_MIN: usize = 8;
/// Codes that are followed; a text full of them is data.
const CODES_MAX: usize = 64;
/// Longer tokens are blobs; their beginning gives them away.
const LENGTH_MAX: usize = 64;

/// The codes in the operator's text that the user did not say.
pub(super) fn of(conversation: &Conversation) -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for text in conversation.of(Source::System) {
        for token in tokens(text) {
            if codes.len() < CODES_MAX && is_code(token) {
                codes.insert(cut(token).to_owned());
            }
        }
    }
    if !codes.is_empty() {
        let said: Vec<String> = conversation.of(Source::User).map(bare).collect();
        codes.retain(|code| !said.iter().any(|text| text.contains(&bare(code))));
    }
    codes
}

/// Runs of letters, digits and joints that stand in no address.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(|mark: char| mark.is_whitespace() || matches!(mark, '"' | '\'' | '`' | '<' | '>'))
        .filter(|run| run.len() >= LETTERS_MIN && !run.contains("://") && !run.contains('@'))
        .flat_map(|run| run.split(|mark: char| !mark.is_ascii_alphanumeric() && !is_joint(mark)))
        .map(|token| token.trim_matches(is_joint))
}

const fn is_joint(mark: char) -> bool {
    matches!(mark, '-' | '_' | '.')
}

fn cut(token: &str) -> &str {
    token.get(..LENGTH_MAX).unwrap_or(token)
}

fn bare(text: &str) -> String {
    let letters = text.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|mark| mark.to_ascii_lowercase()).collect()
}

fn is_code(token: &str) -> bool {
    let letters = token.bytes().filter(u8::is_ascii_alphanumeric).count();
    let digits = token.bytes().filter(u8::is_ascii_digit).count();
    if letters < LETTERS_MIN || digits == 0 || is_account(token) {
        return false;
    }
    token.split(is_joint).map(bits).sum::<u32>() >= BITS_MIN
}

/// How much one part of a token can hold: little for a word, three bits for a digit of a number, five
/// for a character where letters and digits mix.
fn bits(part: &str) -> u32 {
    let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
    let digits = part.bytes().filter(u8::is_ascii_digit).count();
    let letters = part.len() - digits;
    let bytes = part.as_bytes();
    let changes = bytes
        .windows(2)
        .filter(
            |pair| matches!(pair, [left, right] if left.is_ascii_digit() != right.is_ascii_digit()),
        )
        .count();
    match (letters, digits) {
        (_, 0) => length.min(5),
        // Dates and years are numbers of a kind that everybody knows.
        (0, 4 | 8) => 10,
        (0, _) => length.saturating_mul(3),
        // `BX482`, `v2`: a prefix and a number, or a number and a unit.
        _ if changes == 1 => 5 + 3 * u32::try_from(digits).unwrap_or(0),
        _ => length.saturating_mul(5),
    }
}

/// Two letters, two digits, and long enough: an account number with its check digits right.
fn is_account(token: &str) -> bool {
    let bare: Vec<u8> = token.bytes().filter(u8::is_ascii_alphanumeric).collect();
    let head = bare.get(..4).unwrap_or_default();
    if !(15..=34).contains(&bare.len())
        || !matches!(head, [a, b, c, d] if a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_digit() && d.is_ascii_digit())
    {
        return false;
    }
    let turned = bare.iter().skip(4).chain(head);
    turned.fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte.to_ascii_uppercase().wrapping_sub(b'A')) + 10) % 97,
    }) == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(system: &str, user: &str) -> Vec<String> {
        let mut conversation = Conversation::default();
        conversation.say(Source::System, system);
        conversation.say(Source::User, user);
        of(&conversation).into_iter().collect()
    }

    #[test]
    fn keys_are_codes_and_references_are_not() {
        for code in [
            "sk-proj-9aF3kQ7mZ2xW",
            "b81f3e2c-77aa-4c1e-9d20-5f6a7b8c9d0e",
            "Tr0ub4dor8x",
            "7H2KQ9-44XR",
        ] {
            assert_eq!(found(&format!("The key is {code}."), ""), [code], "{code}");
            assert!(found(&format!("The key is {code}."), &code.to_lowercase()).is_empty());
        }
        for text in [
            "Order 20260512 of PO-1180 and CL-73921, model BX482, on 2026-05-12.",
            "Use gpt-4o-mini or claude-sonnet-4-20250514 in eu-west-1 with utf-8.",
            "Write to desk1@example.org or https://example.org/a8f3k2m9q7z4.",
            "Pay to GB82WEST12345698765432, call +44 20 7946 0958.",
            "The Covid19 rules, ISO-27001, SHA-256, RFC-9457 and figure-3b apply.",
        ] {
            assert!(found(text, "").is_empty(), "{text}: {:?}", found(text, ""));
        }
    }
}
