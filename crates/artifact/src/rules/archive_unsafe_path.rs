//! Unpacking an archive would write outside of its folder.
//!
//! ## What it detects
//!
//! Members of zip and tar archives whose names climb with `..`, are absolute, name a drive or contain a
//! NUL, and members that are links.
//!
//! ## Why it matters
//!
//! Frameworks unpack archives beside the program. A member named `../../.bashrc`, or a link that the next
//! member is written through, reaches files that run later.
//!
//! ## What it misses
//!
//! Names that are harmless on the system that scans and special on another one, beyond drives.
//!
//! ## Example
//!
//! ```text
//! ../../home/user/.bashrc
//! ```
//!
//! ## Remediation
//!
//! Do not unpack the archive; have it written again with plain relative names.
//!
//! ## References
//!
//! - MITRE ATLAS AML.T0010.003, OWASP LLM03:2025
//! - <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::report::{Notice, Sink, printable};
use crate::zip::{Archive, FlawKind};

pub(super) static META: RuleMeta = RuleMeta {
    id: "archive-unsafe-path",
    title: "Unpacking an archive would write outside of its folder",
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

const FIX: &str = "Do not unpack the archive; have it written again with plain relative names.";

pub(super) fn check(archive: &Archive, sink: &mut Sink<'_>) {
    for flaw in archive
        .flaws
        .iter()
        .filter(|flaw| flaw.kind == FlawKind::UnsafePath)
    {
        sink.finding(&META, Notice::at(flaw.offset, flaw.what.clone(), FIX));
    }
}

/// Reports the name of a tar member that leaves its folder.
pub(crate) fn check_name(name: &str, offset: u64, sink: &mut Sink<'_>) {
    if name.starts_with('/') || name.split('/').any(|part| part == "..") {
        let message = format!("member \"{}\" leaves its folder", printable(name));
        sink.finding(&META, Notice::at(offset, message, FIX));
    }
}

/// Reports a tar member that is a link.
pub(crate) fn link(name: &str, offset: u64, sink: &mut Sink<'_>) {
    let message = format!("member \"{}\" is a link", printable(name));
    sink.finding(&META, Notice::at(offset, message, FIX));
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{Zip, ids, tar};

    #[test]
    fn names_that_leave_their_folder_are_told() {
        for name in ["../x", "a/../../x", "/etc/x", "C:\\x", "a\0b"] {
            let zip = Zip::default().stored(name, b"x");
            let found = ids("m.zip", &zip.build());
            assert!(found.contains(&"archive-unsafe-path"), "{name}: {found:?}");
        }
        assert_eq!(
            ids("m.tar", &tar("../x", b'0', b"x")),
            ["archive-unsafe-path"]
        );
        assert_eq!(ids("m.tar", &tar("x", b'2', b"")), ["archive-unsafe-path"]);
    }

    #[test]
    fn plain_names_pass() {
        let zip = Zip::default().stored("a..b/c...d", b"x");
        assert_eq!(ids("m.zip", &zip.build()), Vec::<&str>::new());
        assert_eq!(ids("m.tar", &tar("a/b", b'0', b"x")), Vec::<&str>::new());
    }
}
