//! What a pickle imports or calls is computed while it is loaded.
//!
//! ## What it detects
//!
//! Imports whose names are not plain short strings in the stream, calls of something that another
//! call returned, and state or items set on an imported object instead of on a new one.
//!
//! ## Why it matters
//!
//! No pickler writes this; it serves to hide a name from a reader that looks for it.
//!
//! ## What it misses
//!
//! Nothing of this kind in the stream.
//!
//! ## Example
//!
//! ```text
//! (S'o\\x73'
//! S'system'
//! \x93
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

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::pickle::{Event, Facts};
use crate::report::{Notice, Sink};

pub(super) static META: RuleMeta = RuleMeta {
    id: "pickle-computed-import",
    title: "What a pickle imports or calls is computed while it is loaded",
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
        if let Event::Computed(what) = event {
            sink.finding(&META, Notice::at(offset, *what, FIX));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::ids;

    #[test]
    fn escaped_and_computed_names_are_told() {
        let escaped = b"\x80\x04S'o\\x73'\nS'system'\n\x93.";
        assert_eq!(ids("m.pkl", escaped), ["pickle-computed-import"]);
        let called = b"\x80\x04ccollections\nOrderedDict\n)R)R.";
        assert_eq!(ids("m.pkl", called), ["pickle-computed-import"]);
        let state = b"\x80\x02cnumpy\nndarray\n}b.";
        assert_eq!(ids("m.pkl", state), ["pickle-computed-import"]);
    }

    #[test]
    fn names_from_the_memo_are_plain() {
        let memo = b"\x80\x04\x8c\x0bcollections\x940\x8c\x0bOrderedDict\x940h\x00h\x01\x93)R.";
        assert_eq!(ids("m.pkl", memo), Vec::<&str>::new());
    }
}
