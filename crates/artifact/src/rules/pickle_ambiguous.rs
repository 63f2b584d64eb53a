//! Two unpicklers would read a pickle differently.
//!
//! ## What it detects
//!
//! Opcodes that cross the end of their frame, frames inside of frames, and frames that go on after
//! STOP.
//!
//! ## Why it matters
//!
//! `CPython` has two unpicklers, and scanners bring their own. Where they see different things, one of
//! them sees a harmless file and the other one runs the payload. No pickler writes such a stream.
//!
//! ## What it misses
//!
//! Differences that depend on the version of Python, such as how text escapes are decoded.
//!
//! ## Example
//!
//! ```text
//! \x80\x04\x95\x03\x00\x00\x00\x00\x00\x00\x00 (then an opcode longer than three bytes)
//! ```
//!
//! ## Remediation
//!
//! Do not load the file.
//!
//! ## References
//!
//! - MITRE ATLAS AML.T0011.000, OWASP LLM03:2025
//! - <https://docs.python.org/3/library/pickle.html>
//! - python/cpython issue 154848

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::pickle::{Event, Facts};
use crate::report::{Notice, Sink};

pub(super) static META: RuleMeta = RuleMeta {
    id: "pickle-ambiguous",
    title: "Two unpicklers would read a pickle differently",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.003", "AML.T0011.000", "LLM03:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Pickle(check),
};

const FIX: &str = "Do not load the file; no pickler writes this.";

pub(super) fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for (offset, event) in facts.events() {
        if let Event::Ambiguous(what) = event {
            sink.finding(&META, Notice::at(offset, *what, FIX));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::ids;

    #[test]
    fn a_frame_that_lies_is_told() {
        let straddle = b"\x80\x04\x95\x03\x00\x00\x00\x00\x00\x00\x00\x8c\x05hello.";
        assert_eq!(ids("m.pkl", straddle), ["pickle-ambiguous"]);
        let beyond = b"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00K\x01.N.";
        assert!(ids("m.pkl", beyond).contains(&"pickle-ambiguous"));
    }

    #[test]
    fn an_honest_frame_passes() {
        let honest = b"\x80\x04\x95\x03\x00\x00\x00\x00\x00\x00\x00K\x01.";
        assert_eq!(ids("m.pkl", honest), Vec::<&str>::new());
    }
}
