//! Records hold credentials.
//!
//! ## What it detects
//!
//! Private keys in PEM form, and tokens with the fixed beginnings of AWS, GitHub, GitLab, Slack, OpenAI,
//! Anthropic, Google, Hugging Face and Stripe. The finding never repeats them.
//!
//! ## Why it matters
//!
//! A model that is trained on a credential can be asked for it, and the dataset hands it to every reader.
//!
//! ## What it misses
//!
//! Passwords and tokens without a fixed beginning.
//!
//! ## Example
//!
//! ```text
//! AKIA followed by sixteen capital letters and digits
//! ```
//!
//! ## Remediation
//!
//! Revoke the credential, then remove it from the records and from their source.
//!
//! ## References
//!
//! - MITRE ATLAS AML.T0055, OWASP LLM02:2025

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::dataset::{Record, Screen, Tally};
use crate::report::Sink;

pub(super) static META: RuleMeta = RuleMeta {
    id: "dataset-secret",
    title: "Records hold credentials",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0055", "LLM02:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Dataset(screen),
};

const FIX: &str = "Revoke the credential, then remove it from the records and from their source.";

/// Beginning, and how many characters of a token must follow.
const TOKENS: &[(&str, usize)] = &[
    ("AIza", 35),
    ("AKIA", 16),
    ("ASIA", 16),
    ("ghp_", 36),
    ("gho_", 36),
    ("github_pat_", 40),
    ("glpat-", 20),
    ("hf_", 30),
    ("sk-ant-", 40),
    ("sk-proj-", 40),
    ("sk_live_", 24),
    ("xoxb-", 30),
    ("xoxp-", 30),
];

/// Most texts hold none of the beginnings, and need no closer look.
static START: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let tokens = TOKENS.iter().map(|(start, _)| *start);
    AhoCorasick::new(tokens.chain(["-----BEGIN "])).ok()
});

#[derive(Default)]
struct State(Option<Tally>);

fn screen() -> Box<dyn Screen> {
    Box::new(State::default())
}

impl Screen for State {
    fn record(&mut self, record: &Record) {
        for field in &record.fields {
            if has_secret(&field.text) {
                Tally::add(&mut self.0, record, field);
            }
        }
    }

    fn finish(&mut self, sink: &mut Sink<'_>) {
        if let Some(tally) = &self.0 {
            sink.finding(&META, tally.notice("credentials stand", FIX));
        }
    }
}

fn has_secret(text: &str) -> bool {
    if text.len() < 20 || !START.as_ref().is_some_and(|start| start.is_match(text)) {
        return false;
    }
    let key = text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----");
    key || TOKENS.iter().any(|(start, length)| {
        text.match_indices(start).any(|(at, _)| {
            let fresh = !text
                .get(..at)
                .and_then(|before| before.chars().next_back())
                .is_some_and(|character| character.is_ascii_alphanumeric());
            let rest = text.get(at + start.len()..).unwrap_or_default();
            let run = rest
                .bytes()
                .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
                .count();
            let varied = rest.bytes().take(run).any(|byte| byte.is_ascii_digit());
            fresh && run >= *length && varied
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::dataset_ids;

    #[test]
    fn tokens_and_keys_are_told() {
        for text in [
            format!("key AKIA{}", "Q7".repeat(8)),
            format!("token=ghp_{}", "a1".repeat(18)),
            "-----BEGIN EC PRIVATE KEY-----".to_owned(),
        ] {
            let line = format!("{{\"t\":\"{text}\"}}\n");
            assert_eq!(dataset_ids("d.jsonl", &line), ["dataset-secret"], "{text}");
        }
    }

    #[test]
    fn words_with_the_same_beginning_pass() {
        for text in [
            "AKIA is a prefix",
            "the ghp_ prefix of tokens",
            "a public key in PEM form",
        ] {
            let line = format!("{{\"t\":\"{text}\"}}\n");
            assert_eq!(dataset_ids("d.jsonl", &line), Vec::<&str>::new(), "{text}");
        }
    }
}
