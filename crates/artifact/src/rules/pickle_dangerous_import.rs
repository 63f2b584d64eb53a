//! A pickle imports something that runs code or reaches the system.
//!
//! ## What it detects
//!
//! Imports of modules and functions that execute code, start processes, open files or sockets, or
//! look such things up: `os`, `subprocess`, `builtins.eval`, `pkgutil.resolve_name`,
//! `functools.partial`, and modules reached through others such as `random._os.system`.
//!
//! ## Why it matters
//!
//! Loading the file runs the call, before any of the model is used.
//!
//! ## What it misses
//!
//! Nothing that is not on the allow-list passes; what is unknown to this list is reported by
//! `pickle-unlisted-import`.
//!
//! ## Example
//!
//! ```text
//! cos
//! system
//! (S'id'
//! tR.
//! ```
//!
//! ## Remediation
//!
//! Do not load the file. Ask its author for safetensors, and treat machines that have loaded it as
//! compromised.
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
    id: "pickle-dangerous-import",
    title: "A pickle imports something that runs code or reaches the system",
    severity: Severity::Critical,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.003", "AML.T0011.000", "LLM03:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Pickle(check),
};

const FIX: &str = "Do not load the file; ask its author for safetensors.";

pub(super) fn check(facts: &Facts, sink: &mut Sink<'_>) {
    for (offset, event) in facts.events() {
        if let Event::Import {
            name,
            class: Class::Dangerous,
            called,
        } = event
        {
            let how = if *called {
                "imports and calls"
            } else {
                "imports"
            };
            sink.finding(
                &META,
                Notice::at(offset, format!("the pickle {how} {name}"), FIX),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{ids, messages};

    #[test]
    fn calls_are_found_in_every_spelling() {
        let text = b"cposix\nsystem\n(S'id'\ntR.";
        assert_eq!(ids("m.pkl", text), ["pickle-dangerous-import"]);
        assert_eq!(
            messages("m.pkl", text),
            ["the pickle imports and calls posix.system"]
        );
        let instance = b"(S'id'\nios\nsystem\n.";
        assert_eq!(ids("m.pkl", instance), ["pickle-dangerous-import"]);
        let object = b"(c__builtin__\neval\nS'1'\no.";
        assert_eq!(
            messages("m.pkl", object),
            ["the pickle imports and calls builtins.eval"]
        );
        let stack = b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R0N.";
        assert_eq!(ids("m.pkl", stack), ["pickle-dangerous-import"]);
        let dotted = b"\x80\x04\x8c\x06random\x8c\x0a_os.system\x93\x8c\x02id\x85R.";
        assert_eq!(ids("m.pkl", dotted), ["pickle-dangerous-import"]);
    }

    #[test]
    fn a_string_that_names_a_function_is_data() {
        assert_eq!(
            ids("m.pkl", b"\x80\x04\x8c\x09os.system."),
            Vec::<&str>::new()
        );
    }

    #[test]
    fn what_comes_before_a_broken_tail_is_still_told() {
        let broken = b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85R\xff\xff";
        assert_eq!(
            ids("m.pkl", broken),
            ["pickle-dangerous-import", "could-not-analyse"]
        );
    }
}
