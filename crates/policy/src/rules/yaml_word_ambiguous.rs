//! A plain word that YAML 1.1 and 1.2 read differently.
//!
//! ## What it detects
//!
//! Values such as `yes`, `on`, `n` or `0777` without quotes.
//!
//! ## Why it matters
//!
//! Kubernetes reads them as booleans and octal numbers, other tools as text or decimals: what is
//! reviewed is not what runs.
//!
//! ## What it misses
//!
//! Keys, and words that both versions read alike.
//!
//! ## Example
//!
//! ```yaml
//! args: [--share, no]
//! ```
//!
//! ## Remediation
//!
//! Put the word in quotes, or write `true`, `false` or the decimal number.
//!
//! ## References
//!
//! - YAML 1.1 boolean and integer types
//! - <https://github.com/kubernetes-sigs/yaml>

use seawall_base::{Confidence, Finding, RuleMeta, RuleStatus, Severity};
use seawall_config::yaml::{Flaw, FlawKind};

use crate::object::Reading;

pub(super) static META: RuleMeta = RuleMeta {
    id: "yaml-word-ambiguous",
    title: "A plain word that YAML 1.1 and 1.2 read differently",
    severity: Severity::Low,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0074"],
};

const FIX: &str = "Put the word in quotes, or write `true`, `false` or the decimal number.";

/// Turns an ambiguous word into a finding. File modes are octal by habit and by intent.
pub(super) fn check(flaw: &Flaw, path: &str, reading: &mut Reading) {
    if flaw.kind != FlawKind::Ambiguous || is_file_mode(&flaw.word) {
        return;
    }
    reading.findings.push(Finding {
        path: path.to_owned(),
        location: Some(flaw.at),
        rule: META.id,
        severity: META.severity,
        confidence: META.confidence,
        message: flaw.message.clone(),
        remediation: FIX.to_owned(),
        maps: META.maps,
    });
}

/// `0644` and alike: `defaultMode` and `mode` of volumes, which Kubernetes documents as octal.
fn is_file_mode(word: &str) -> bool {
    word.len() <= 4
        && word.starts_with('0')
        && word.bytes().all(|byte| (b'0'..=b'7').contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{count, pod};

    #[test]
    fn words_in_quotes_and_file_modes_are_fine() {
        assert_eq!(count(META.id, &pod("args: [yes, \"no\", on]")), 2);
        assert_eq!(count(META.id, &pod("mode: 0644")), 0);
    }
}
