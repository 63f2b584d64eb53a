//! A key given twice.
//!
//! ## What it detects
//!
//! A mapping of a manifest that names the same key twice. Both places are named.
//!
//! ## Why it matters
//!
//! Readers differ in which value they take. What a reviewer or a scanner reads first may not be
//! what the API server runs: a harmless `privileged: false` can hide a later `true`.
//!
//! ## What it misses
//!
//! Keys that differ only for people, such as look-alike letters.
//!
//! ## Example
//!
//! ```yaml
//! securityContext:
//!   privileged: false
//!   privileged: true
//! ```
//!
//! ## Remediation
//!
//! Keep one of the two keys.
//!
//! ## References
//!
//! - RFC 8259 section 4; YAML 1.2.2 section 3.2.1.3

use seawall_base::{Confidence, Finding, RuleMeta, RuleStatus, Severity};
use seawall_config::yaml::{Flaw, FlawKind};

use crate::object::Reading;

pub(super) static META: RuleMeta = RuleMeta {
    id: "duplicate-key",
    title: "A key given twice",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0074"],
};

const FIX: &str = "Keep one of the two keys.";

/// Turns a duplicate key into a finding and a problem: the object has more than one meaning.
pub(super) fn check(flaw: &Flaw, path: &str, reading: &mut Reading) {
    if flaw.kind != FlawKind::DuplicateKey {
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
    reading.problems.push(flaw.problem(path));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::of;

    #[test]
    fn both_places_are_named() {
        let found = of(
            META.id,
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nkind: Job\n",
        );
        assert_eq!(found.len(), 1);
        assert!(
            found[0].message.contains("line 2, column 1"),
            "{}",
            found[0].message
        );
        assert_eq!(found[0].location.unwrap().line, 4);
    }
}
