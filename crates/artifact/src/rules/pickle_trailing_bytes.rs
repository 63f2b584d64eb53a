//! Bytes that no loader asks for follow behind a pickle.
//!
//! ## What it detects
//!
//! Bytes behind the last STOP of a pickle stream, or behind the storages of a legacy PyTorch file, that
//! are neither a pickle nor the raw arrays that the format puts there.
//!
//! ## Why it matters
//!
//! A second reader may find something in them that the first one never sees: another pickle, an archive,
//! a script.
//!
//! ## What it misses
//!
//! A whole pickle behind the first is not reported as such: it is read and judged like the first.
//!
//! ## Example
//!
//! ```text
//! \x80\x02N.   then anything
//! ```
//!
//! ## Remediation
//!
//! Cut the file behind the pickle, or have it written again.
//!
//! ## References
//!
//! - MITRE ATLAS AML.T0011.000, OWASP LLM03:2025
//! - <https://docs.python.org/3/library/pickle.html>

use seawall_base::Location;
use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::report::{Notice, Sink};

pub(super) static META: RuleMeta = RuleMeta {
    id: "pickle-trailing-bytes",
    title: "Bytes that no loader asks for follow behind a pickle",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.003", "LLM03:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Reader,
};

const FIX: &str = "Have the file written again without the trailing bytes.";

/// Reports `message` at `offset`; what looks like a hidden pickle weighs more.
pub(crate) fn report(sink: &mut Sink<'_>, offset: u64, message: &str, pickle: bool) {
    let severity = if pickle {
        Severity::High
    } else {
        META.severity
    };
    sink.problem(Some(Location::at_byte(offset)), message);
    sink.finding(&META, Notice::at(offset, message, FIX).severity(severity));
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{ids, problems};

    #[test]
    fn junk_is_told_and_leaves_the_verdict_open() {
        let junk = b"\x80\x02N.#!/bin/sh";
        assert_eq!(ids("m.pkl", junk), ["pickle-trailing-bytes"]);
        assert_eq!(problems("m.pkl", junk), 1);
    }

    #[test]
    fn a_second_pickle_is_read_like_the_first() {
        assert_eq!(
            ids("m.pkl", b"\x80\x02N.\x80\x02K\x01."),
            Vec::<&str>::new()
        );
        let second = b"\x80\x02N.cos\nsystem\n(S'id'\ntR.";
        assert_eq!(ids("m.pkl", second), ["pickle-dangerous-import"]);
    }
}
