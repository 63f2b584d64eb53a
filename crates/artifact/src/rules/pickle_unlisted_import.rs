//! A pickle imports something that no framework on the allow-list writes.
//!
//! ## What it detects
//!
//! Every import whose exact name is not on the allow-list of what PyTorch, numpy, scikit-learn,
//! joblib and the standard library write, whether it is called or only mentioned.
//!
//! ## Why it matters
//!
//! An import runs the top level of a module, and a name that is only mentioned may be stored where
//! the program calls it later. A list of bad names is never complete; a list of good ones is.
//!
//! ## What it misses
//!
//! Nothing in the stream. A class of your own is reported as well: it is code that the file asks
//! for.
//!
//! ## Example
//!
//! ```text
//! c__main__
//! Net
//! )\x81.
//! ```
//!
//! ## Remediation
//!
//! Store weights only (safetensors, or `torch.save(model.state_dict())`), or confirm that the class is
//! yours and except this finding.
//!
//! ## References
//!
//! - MITRE ATLAS AML.T0011.000, OWASP LLM03:2025
//! - <https://docs.python.org/3/library/pickle.html>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::pickle::{Class, Event, Facts};
use crate::report::{Notice, Sink};

pub(super) static META: RuleMeta = RuleMeta {
    id: "pickle-unlisted-import",
    title: "A pickle imports something that no framework on the allow-list writes",
    severity: Severity::High,
    confidence: Confidence::Medium,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.003", "AML.T0011.000", "LLM03:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Pickle(check),
};

const FIX: &str = "Store weights only, as safetensors, or confirm that the name is your own code.";

pub(super) fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for (offset, event) in facts.events() {
        if let Event::Import {
            name,
            class: Class::Unlisted,
            called,
        } = event
        {
            let how = if *called {
                "imports and calls"
            } else {
                "imports"
            };
            let message = format!("the pickle {how} {name}, which is not on the allow-list");
            sink.finding(&META, Notice::at(offset, message, FIX));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::ids;

    #[test]
    fn own_classes_and_harmless_functions_are_not_listed() {
        assert_eq!(
            ids("m.pkl", b"\x80\x02c__main__\nNet\n)\x81."),
            ["pickle-unlisted-import"]
        );
        let print = b"\x80\x02c__builtin__\nprint\nX\x02\x00\x00\x00hi\x85R.";
        assert_eq!(ids("m.pkl", print), ["pickle-unlisted-import"]);
    }

    #[test]
    fn frameworks_pass() {
        let ordered = b"\x80\x02ccollections\nOrderedDict\n)R.";
        assert_eq!(ids("m.pkl", ordered), Vec::<&str>::new());
        let bytes = b"\x80\x02c_codecs\nencode\nX\x01\x00\x00\x00aX\x06\x00\x00\x00latin1\x86R.";
        assert_eq!(ids("m.pkl", bytes), Vec::<&str>::new());
    }
}
