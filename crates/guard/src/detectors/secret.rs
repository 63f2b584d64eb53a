//! Keys, tokens and passwords.
//!
//! # What it detects
//! 84 formats of issuers of clouds, code, models, money, messages and operations by prefix, alphabet,
//! length, entropy and, where the format has one, checksum; private key blocks, JSON web tokens,
//! credentials in URLs, and values with much entropy next to a word such as `password`.
//! # Why it matters
//! A secret in a prompt is in a provider's logs; a secret in an answer has leaked.
//! # What it misses
//! Secrets without a format and without a word beside them; passwords that are words. A checksum that
//! does not hold lowers the score and excuses nothing: a mistyped key is still a key.
//! # Example
//! `aws_access_key_id = AKIA...`
//! # Remediation
//! Revoke the secret, give the tool a short-lived one by reference.
//! # References
//! OWASP LLM02:2025; CWE-798, CWE-200.

mod checksums;
mod formats;
pub(crate) mod key_block;

use std::ops::Range;

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use self::formats::{FORMATS, Format, Proof};
use super::{Anchor, Detector, Hit, Scene, private_actions};

pub(super) static META: RuleMeta = RuleMeta {
    id: "secret",
    title: "Secret",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["LLM02:2025", "AML.T0055"],
};

pub(super) static DETECTOR: Detector = Detector {
    meta: &META,
    attack: false,
    streams: true,
    literals: &LITERALS,
    actions: private_actions,
    check,
};

const WORDS: [&str; 13] = [
    "password",
    "passwd",
    "pwd",
    "secret",
    "api_key",
    "api-key",
    "apikey",
    "access_key",
    "auth_token",
    "access_token",
    "client_secret",
    "bearer ",
    "token",
];

const KEY_BLOCK: &str = key_block::BEGIN;
const URL_CREDENTIALS: &str = "://";

/// Prefixes, words, then the two beginnings of their own.
static LITERALS: [&str; FORMATS.len() + WORDS.len() + 2] = {
    let mut all = [""; FORMATS.len() + WORDS.len() + 2];
    let mut index = 0;
    while index < all.len() {
        #[expect(
            clippy::indexing_slicing,
            reason = "evaluated by the compiler, bounded by the loop"
        )]
        {
            all[index] = if index < FORMATS.len() {
                FORMATS[index].prefix
            } else if index < FORMATS.len() + WORDS.len() {
                WORDS[index - FORMATS.len()]
            } else if index == FORMATS.len() + WORDS.len() {
                KEY_BLOCK
            } else {
                URL_CREDENTIALS
            };
        }
        index += 1;
    }
    all
};

fn check(scene: &Scene<'_>, out: &mut Vec<Hit>) {
    for anchor in scene.anchors {
        if let Some(known) = FORMATS.get(anchor.literal) {
            out.extend(by_format(scene, anchor, known));
        } else {
            match LITERALS.get(anchor.literal).copied() {
                Some(KEY_BLOCK) => out.extend(key_block(scene, anchor)),
                Some(URL_CREDENTIALS) => out.extend(url_credentials(scene, anchor)),
                _ => out.extend(by_word(scene, anchor)),
            }
        }
    }
}

fn by_format(scene: &Scene<'_>, anchor: &Anchor, known: &Format) -> Option<Hit> {
    // Prefixes are exact in case and begin a word.
    let exact = scene.piece(anchor.start..anchor.end) == known.prefix;
    let bytes = scene.text().as_bytes();
    let inside = anchor
        .start
        .checked_sub(1)
        .and_then(|at| bytes.get(at))
        .is_some_and(u8::is_ascii_alphanumeric);
    if !exact || inside {
        return None;
    }
    let tail = bytes.get(anchor.end..)?;
    let length = tail
        .iter()
        .take(known.most + 1)
        .take_while(|byte| known.letters.has(**byte))
        .count();
    let body = tail.get(..length)?;
    let fits = (known.least..=known.most).contains(&length) && body.iter().any(u8::is_ascii_digit);
    // Base32 and hexadecimal end where another letter would go on with the word.
    let goes_on = tail.get(length).is_some_and(u8::is_ascii_alphanumeric);
    if !fits || goes_on || entropy(body) < 2.5 {
        return None;
    }
    let score = match known.proof {
        Proof::Must(proof) if !proof(body) => return None,
        Proof::Sum(sum) if sum(body) => 0.99,
        Proof::Sum(_) => 0.8,
        Proof::Form | Proof::Must(_) => 0.95,
    };
    Some(Hit::new(
        anchor.start..anchor.end + length,
        score,
        "[secret]",
    ))
}

/// From the first word of a key block to its end.
fn key_block(scene: &Scene<'_>, anchor: &Anchor) -> Option<Hit> {
    let length = key_block::length(scene.text().get(anchor.end..)?)?;
    Some(Hit::new(
        anchor.start..anchor.end + length,
        0.99,
        "[private-key]",
    ))
}

/// `scheme://user:password@host`.
fn url_credentials(scene: &Scene<'_>, anchor: &Anchor) -> Option<Hit> {
    let rest = scene.after(anchor.end, 256);
    let authority = rest
        .split(['/', ' ', '\n', '"', '\'', '?', '<', '>', ')'])
        .next()?;
    let (user_info, _) = authority.rsplit_once('@')?;
    let (user, password) = user_info.split_once(':')?;
    let placeholder = password.starts_with(['$', '{', '<', '*', '['])
        || matches!(password, "password" | "pass" | "pwd" | "xxx");
    if password.len() < 4 || placeholder {
        return None;
    }
    let start = anchor.end + user.len() + 1;
    Some(Hit::new(start..start + password.len(), 0.8, "[secret]"))
}

/// A word, something that assigns, and a value that nobody would say aloud.
fn by_word(scene: &Scene<'_>, anchor: &Anchor) -> Option<Hit> {
    let rest = scene.after(anchor.end, 160);
    let bearer = scene.piece(anchor.start..anchor.end).ends_with(' ');
    let value_at = if bearer { 0 } else { assignment(rest)? };
    let value = rest.get(value_at..)?;
    let length = value
        .bytes()
        .take_while(|byte| {
            byte.is_ascii_graphic()
                && !matches!(
                    byte,
                    b'"' | b'\'' | b'`' | b',' | b';' | b')' | b'}' | b'<' | b'>' | b'|'
                )
        })
        .count();
    let value = value.get(..length)?.trim_end_matches(['.', '!', '?', ':']);
    let bytes = value.as_bytes();
    let mixed = bytes.iter().any(u8::is_ascii_digit) && bytes.iter().any(u8::is_ascii_alphabetic);
    let call = value.contains(['(', '[', '{', '$']) || value.contains("://");
    if value.len() < 8 || !mixed || call || entropy(bytes) < 2.8 {
        return None;
    }
    let start = anchor.end + value_at;
    let span: Range<usize> = start..start + value.len();
    Some(Hit::new(
        span,
        if value.len() >= 16 { 0.8 } else { 0.65 },
        "[secret]",
    ))
}

/// Where the value begins after `: `, `=`, `":"`, ` is ` and the like.
fn assignment(rest: &str) -> Option<usize> {
    let mut seen = false;
    for (at, character) in rest.char_indices().take(16) {
        match character {
            ':' | '=' => seen = true,
            ' ' | '"' | '\'' | '`' | '>' | '\t' => {}
            _ if seen => return Some(at),
            _ => {
                let word = rest.get(at..)?;
                return word
                    .strip_prefix("is ")
                    .filter(|_| rest.starts_with(' '))
                    .map(|tail| rest.len() - tail.trim_start().len());
            }
        }
    }
    None
}

/// Shannon entropy in bits per byte.
pub(super) fn entropy(bytes: &[u8]) -> f32 {
    let mut counts = [0_u16; 256];
    for byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count = count.saturating_add(1);
        }
    }
    let total = bytes.len() as f32;
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| {
            let share = f32::from(*count) / total;
            -share * share.log2()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{inspect, matched};
    use super::formats::{FORMATS, Letters};
    use crate::channel::Channel;

    /// A body of the wanted length that no issuer ever gave out.
    fn body(length: usize) -> String {
        "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0z"
            .chars()
            .cycle()
            .take(length)
            .collect()
    }

    #[test]
    fn every_format_is_found_as_a_whole() {
        for format in FORMATS {
            let secret = match format.prefix {
                "eyJ" => format!("eyJ{}.{}.{}", body(20), body(40), body(30)),
                prefix => format!("{prefix}{}", letters(format.letters, format.least)),
            };
            let text = format!("the key is {secret} ok");
            assert!(
                matched("secret", Channel::User, &text).contains(&secret.as_str()),
                "{secret}"
            );
        }
    }

    /// A body of the letters that the format has.
    fn letters(kind: Letters, length: usize) -> String {
        let all = body(4_000) + &body(200).to_uppercase();
        let all = all.chars().filter(|mark| kind.has(*mark as u8));
        all.take(length).collect()
    }

    #[test]
    fn blocks_urls_and_words() {
        let block = format!(
            "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----",
            body(64)
        );
        assert_eq!(
            matched("secret", Channel::Output, &format!("here:\n{block}\nbye")),
            [block.as_str()]
        );
        assert_eq!(
            matched("secret", Channel::User, "postgres://app:hunter22x@db/main"),
            ["hunter22x"]
        );
        assert_eq!(
            matched("secret", Channel::User, "password: Tr0ub4dor&3x"),
            ["Tr0ub4dor&3x"]
        );
        for text in [
            "password: must be changed",
            "token = get_token()",
            "sk-learn and sk-image",
            "the secret is patience",
            "eyJ",
        ] {
            assert!(matched("secret", Channel::User, text).is_empty(), "{text}");
        }
    }

    #[test]
    fn output_is_masked_and_nothing_is_echoed() {
        let secret = format!("ghp_{}", body(36));
        let text = format!("use {secret} here");
        let inspection = inspect(Channel::Output, &text);
        assert_eq!(inspection.redacted(0, &text), "use [secret] here");
        assert!(!format!("{inspection:?}").contains(&secret));
    }
}
