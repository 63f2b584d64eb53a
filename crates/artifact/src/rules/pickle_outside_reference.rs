//! A pickle refers to something outside of itself.
//!
//! ## What it detects
//!
//! Codes of the `copyreg` extension registry, persistent ids outside of the PyTorch containers that
//! define them, and out-of-band buffers.
//!
//! ## Why it matters
//!
//! What such a reference means is decided by the program that loads the file, so nobody can tell from
//! the file alone what it does. An extension code is an import under another name.
//!
//! ## What it misses
//!
//! What the loading program makes of it.
//!
//! ## Example
//!
//! ```text
//! \x82\x01    EXT1 1
//! ```
//!
//! ## Remediation
//!
//! Load the file only with the program that defines these references, or have it written again without
//! them.
//!
//! ## References
//!
//! - MITRE ATLAS AML.T0011.000, OWASP LLM03:2025
//! - <https://docs.python.org/3/library/pickle.html>

use seawall_base::Location;
use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::pickle::{Event, Facts, Outside};
use crate::report::{Notice, Sink};

pub(super) static META: RuleMeta = RuleMeta {
    id: "pickle-outside-reference",
    title: "A pickle refers to something outside of itself",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.003", "AML.T0011.000", "LLM03:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Pickle(check),
};

const FIX: &str = "Have the file written again without references to the loading program.";

pub(super) fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for (offset, event) in facts.events() {
        let Event::Outside(what) = event else {
            continue;
        };
        let (message, severity) = match what {
            Outside::Extension => (
                "the pickle uses an extension code, an import without a name",
                Severity::High,
            ),
            Outside::PersistentId => (
                "the pickle uses a persistent id that its loader resolves",
                Severity::Medium,
            ),
            Outside::Buffer => (
                "the pickle uses a buffer that is not in the file",
                Severity::Medium,
            ),
            Outside::ArrayFile => (
                "the pickle has joblib load another file, under a name that it chooses",
                Severity::High,
            ),
        };
        sink.problem(Some(Location::at_byte(offset)), message);
        sink.finding(&META, Notice::at(offset, message, FIX).severity(severity));
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{ids, problems};

    #[test]
    fn each_kind_is_told_and_leaves_the_verdict_open() {
        for stream in [
            b"\x80\x02\x82\x01.".as_slice(),
            b"\x80\x02K\x01Q.",
            b"Pid\n.",
            b"\x80\x05\x97.",
        ] {
            assert_eq!(ids("m.pkl", stream), ["pickle-outside-reference"]);
            assert_eq!(problems("m.pkl", stream), 1);
        }
    }

    #[test]
    fn plain_values_refer_to_nothing() {
        assert_eq!(ids("m.pkl", b"\x80\x05K\x01."), Vec::<&str>::new());
    }
}
