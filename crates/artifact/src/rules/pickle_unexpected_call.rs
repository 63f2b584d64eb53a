//! A pickle uses an allowed name in a way no framework does.
//!
//! ## What it detects
//!
//! Calls of names on the allow-list with arguments of another shape than frameworks write, such as
//! `numpy.core.multiarray._reconstruct` of anything but an array class, `_codecs.encode` with a codec
//! other than Latin-1, or a class whose constructor is called where only its state is ever restored.
//!
//! ## Why it matters
//!
//! Many gadgets are ordinary functions in unusual company: a list of names cannot tell them apart, the
//! shape of the call can.
//!
//! ## What it misses
//!
//! Values inside of lists are not followed, so a shape is judged by the kinds of its arguments.
//!
//! ## Example
//!
//! ```text
//! c_codecs
//! encode
//! (S'x'
//! S'rot13'
//! tR.
//! ```
//!
//! ## Remediation
//!
//! Find out which library wrote the file; if it is one of note, report the shape as a false alarm.
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
    id: "pickle-unexpected-call",
    title: "A pickle uses an allowed name in a way no framework does",
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

const FIX: &str = "Do not load the file before its author has explained how it was written.";

pub(super) fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for (offset, event) in facts.events() {
        if let Event::Shape { name, how } = event {
            sink.finding(
                &META,
                Notice::at(offset, format!("the pickle calls {name}: {how}"), FIX),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::ids;

    #[test]
    fn an_allowed_name_is_not_a_free_pass() {
        for stream in [
            b"c_codecs\nencode\n(S'x'\nS'rot13'\ntR.".as_slice(),
            b"cnumpy.core.multiarray\n_reconstruct\n(ccollections\nOrderedDict\n(I0\ntS'b'\ntR.",
            b"ctorch\nFloatStorage\n(I5\ntR.",
            b"ccollections\ndefaultdict\n(ctorch\nSize\ntR.",
            b"](c_codecs\nencode\ne.",
        ] {
            assert_eq!(
                ids("m.pkl", stream),
                ["pickle-unexpected-call"],
                "{stream:?}"
            );
        }
    }

    #[test]
    fn the_shapes_that_numpy_writes_pass() {
        let array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR\
            (I1\n(I1\ntcnumpy\ndtype\n(S'f8'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\nS'x'\ntb.";
        assert_eq!(ids("m.pkl", array), Vec::<&str>::new());
    }
}
