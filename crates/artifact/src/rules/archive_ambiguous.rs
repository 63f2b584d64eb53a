//! Two readers would see different members in an archive.
//!
//! ## What it detects
//!
//! Zip archives whose central directory and local headers disagree (name, size, checksum, method,
//! flags), with members of the same name, members that share bytes or are listed nowhere, bytes before
//! the archive, more than one end, members marked as encrypted, and checksums that do not hold.
//!
//! ## Why it matters
//!
//! PyTorch reads zips with one library and scanners with another. A payload that only the loader sees
//! passes every scanner that trusts one directory.
//!
//! ## What it misses
//!
//! Checksums of stored members over 16 MiB are not computed: loaders do not either, and reading
//! gigabytes for it would be slow.
//!
//! ## Example
//!
//! ```text
//! central directory: archive/data.pkl    local header: archive/readme.txt
//! ```
//!
//! ## Remediation
//!
//! Have the archive written again by the framework it belongs to.
//!
//! ## References
//!
//! - MITRE ATLAS AML.T0010.003, OWASP LLM03:2025
//! - <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::report::{Notice, Sink, printable};
use crate::zip::{Archive, FlawKind, Member};

pub(super) static META: RuleMeta = RuleMeta {
    id: "archive-ambiguous",
    title: "Two readers would see different members in an archive",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.003", "LLM03:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Archive(check),
};

const FIX: &str = "Have the archive written again by the framework it belongs to.";

pub(super) fn check(archive: &Archive, sink: &mut Sink<'_>) {
    for flaw in archive
        .flaws
        .iter()
        .filter(|flaw| flaw.kind == FlawKind::Ambiguous)
    {
        sink.finding(&META, Notice::at(flaw.offset, flaw.what.clone(), FIX));
    }
}

/// Reports a member whose checksum does not hold.
pub(crate) fn bad_checksum(member: &Member, sink: &mut Sink<'_>) {
    let name = printable(&member.name);
    let message =
        format!("the checksum of member \"{name}\" does not hold, which some loaders ignore");
    sink.finding(&META, Notice::at(member.header_offset, message, FIX));
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{Zip, ids};

    #[test]
    fn every_disagreement_is_told() {
        let honest = Zip::default().stored("a/data.pkl", b"\x80\x02N.");
        assert_eq!(ids("m.pt", &honest.build()), Vec::<&str>::new());
        type Flaw = fn(&mut Zip);
        let flaws: [(&str, Flaw); 6] = [
            ("name", |zip| zip.local_name = Some("b/data.pkl".into())),
            ("crc", |zip| zip.crc_error = true),
            ("flags", |zip| zip.central_flags = 1),
            ("prefix", |zip| zip.prefix = b"#!/bin/sh\n".to_vec()),
            ("hidden", |zip| zip.hidden = true),
            ("suffix", |zip| zip.suffix = b"junk".to_vec()),
        ];
        for (what, flaw) in flaws {
            let mut zip = honest.clone();
            flaw(&mut zip);
            let found = ids("m.pt", &zip.build());
            assert!(found.contains(&"archive-ambiguous"), "{what}: {found:?}");
        }
    }

    #[test]
    fn members_of_the_same_name_are_told() {
        let twice = Zip::default().stored("a", b"1").stored("a", b"2");
        assert_eq!(ids("m.zip", &twice.build()), ["archive-ambiguous"]);
        let other = Zip::default().stored("a", b"1").deflated("b", b"2");
        assert_eq!(ids("m.zip", &other.build()), Vec::<&str>::new());
    }
}
