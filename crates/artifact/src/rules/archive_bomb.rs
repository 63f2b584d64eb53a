//! An archive unpacks to far more than it holds.
//!
//! ## What it detects
//!
//! Members that claim to unpack to more than a thousand times their size, and archives whose members
//! together unpack to more than the limit.
//!
//! ## Why it matters
//!
//! Loading the file fills memory or disk of the machine that serves the model.
//!
//! ## What it misses
//!
//! Archives inside of archives are counted one by one.
//!
//! ## Example
//!
//! ```text
//! weights.bin   200 kB   unpacks to 200 MB
//! ```
//!
//! ## Remediation
//!
//! Do not unpack the archive; fetch the model from its author as plain files.
//!
//! ## References
//!
//! - MITRE ATLAS AML.T0010.003, OWASP LLM03:2025
//! - <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::report::{Notice, Sink};
use crate::zip::{Archive, FlawKind};

pub(super) static META: RuleMeta = RuleMeta {
    id: "archive-bomb",
    title: "An archive unpacks to far more than it holds",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.003", "LLM03:2025", "LLM10:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Archive(check),
};

const FIX: &str = "Do not unpack the archive; fetch the model as plain files.";

pub(super) fn check(archive: &Archive, sink: &mut Sink<'_>) {
    for flaw in archive
        .flaws
        .iter()
        .filter(|flaw| flaw.kind == FlawKind::Bomb)
    {
        sink.finding(&META, Notice::at(flaw.offset, flaw.what.clone(), FIX));
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{Zip, ids};

    #[test]
    fn a_high_ratio_over_a_large_member_is_told() {
        let mut bomb = Zip::default().deflated("weights.dat", &vec![0; 1 << 20]);
        bomb.claimed_size = Some(4_000_000_000);
        assert!(ids("m.zip", &bomb.build()).contains(&"archive-bomb"));
    }

    #[test]
    fn small_members_may_compress_well() {
        let zeros = Zip::default().deflated("zeros.dat", &vec![0; 1 << 20]);
        assert!(!ids("m.zip", &zeros.build()).contains(&"archive-bomb"));
    }
}
