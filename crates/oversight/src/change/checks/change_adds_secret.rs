//! A change that adds a credential.
//!
//! # What it detects
//! Added lines with a private key block, a token in the form of a known issuer, or a long random value
//! assigned to a name such as `password`, `api_key` or `token`.
//!
//! # Why it matters
//! What was committed once stays in every clone; models reproduce it from training data.
//!
//! # What it misses
//! Credentials without a known form and without a telling name.
//!
//! # Example
//! `-----BEGIN PRIVATE KEY-----`
//!
//! # Remediation
//! Revoke it, then read it from a secret store at run time.
//!
//! # References
//! CWE-798.

use seawall_base::{Confidence, Finding, RuleMeta, RuleStatus, Severity};

use super::finding;
use crate::change::Change;

pub(super) static META: RuleMeta = RuleMeta {
    id: "change-adds-secret",
    title: "The change adds a credential",
    severity: Severity::Critical,
    confidence: Confidence::Medium,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["LLM02:2025", "AML.T0055"],
};

/// How tokens of known issuers begin, and how long they are at least.
const PREFIXES: &[(&str, usize)] = &[
    ("AKIA", 20),
    ("ghp_", 36),
    ("gho_", 36),
    ("github_pat_", 40),
    ("glpat-", 20),
    ("xoxb-", 24),
    ("xoxp-", 24),
    ("hf_", 34),
    ("sk-ant-", 40),
    ("sk-proj-", 40),
    ("npm_", 36),
    ("AIza", 39),
    ("sk_live_", 28),
];
const NAMES: &[&str] = &[
    "password",
    "passwd",
    "secret",
    "token",
    "api_key",
    "apikey",
    "access_key",
    "private_key",
    "client_secret",
];

pub(super) fn check(change: &Change, out: &mut Vec<Finding>) {
    for file in &change.files {
        for line in &file.added {
            if let Some(kind) = kind(&line.text) {
                out.push(finding(
                    &META,
                    file,
                    Some(line),
                    format!("an added line holds {kind}"),
                    "revoke it and read it from a secret store",
                ));
            }
        }
    }
}

fn kind(text: &str) -> Option<&'static str> {
    if text.contains("-----BEGIN") && text.contains("PRIVATE KEY-----") {
        return Some("a private key");
    }
    let is_token = |mark: char| mark.is_ascii_alphanumeric() || matches!(mark, '_' | '-');
    let tokens = text.split(|mark: char| !is_token(mark));
    for token in tokens {
        if PREFIXES.iter().any(|(prefix, length)| {
            token.starts_with(prefix) && token.len() >= *length && is_random(token)
        }) {
            return Some("a token in the form of a known issuer");
        }
    }
    let (name, value) = text.split_once(['=', ':'])?;
    let name = name.to_lowercase();
    let value = value.trim().trim_start_matches('=').trim();
    let quoted = value.trim_end_matches([',', ';']);
    let inner = quoted
        .strip_prefix(['"', '\''])
        .and_then(|value| value.strip_suffix(['"', '\'']))?;
    let named = NAMES
        .iter()
        .any(|wanted| name.replace('-', "_").contains(wanted));
    (named && inner.len() >= 16 && !inner.contains([' ', '$', '{', '<', '/']) && is_random(inner))
        .then_some("a long random value under a telling name")
}

/// Letters and digits mixed, many of them different: not a word, not a placeholder.
fn is_random(text: &str) -> bool {
    let mut seen: Vec<char> = text.chars().filter(char::is_ascii_alphanumeric).collect();
    let digits = seen.iter().filter(|mark| mark.is_ascii_digit()).count();
    let letters = seen.len() - digits;
    seen.sort_unstable();
    seen.dedup();
    digits >= 2 && letters >= 4 && seen.len() >= 8
}

#[cfg(test)]
mod tests {
    use super::super::findings;

    #[test]
    fn credentials_are_found_and_placeholders_are_not() {
        let random = "q7W2e9R4t1Y6u3I8o5P0a7S2d9F4g1H6j3K8";
        for line in [
            format!("-----BEGIN {} KEY-----", "PRIVATE"),
            format!("t = ghp_{random}"),
            format!("api_key = \"{}\"", random.get(..20).unwrap()),
            format!("  \"client-secret\": '{random}',"),
        ] {
            assert_eq!(findings("a.py", &[&line]), ["change-adds-secret"], "{line}");
        }
        for line in [
            "password = \"changeme-changeme\"",
            "token = os.environ[\"TOKEN\"]",
            "secret: ${{ secrets.DEPLOY }}",
            "api_key = \"<your key of 32 characters 1>\"",
            "AKIA",
        ] {
            assert!(findings("a.py", &[line]).is_empty(), "{line}");
        }
    }
}
