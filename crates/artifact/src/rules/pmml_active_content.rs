//! A PMML document has its reader fetch or run something.
//!
//! ## What it detects
//!
//! Document types, entities, inclusions, style sheets and scripts in a model that is written as
//! XML.
//!
//! ## Why it matters
//!
//! Readers of XML follow entities to files and addresses and hand their content to whoever wrote
//! the document; scripts and style sheets are programs.
//!
//! ## What it misses
//!
//! Extensions of single programs that read an attribute as code under another name.
//!
//! ## Example
//!
//! ```xml
//! <!DOCTYPE PMML [<!ENTITY x SYSTEM "file:///etc/passwd">]>
//! ```
//!
//! ## Remediation
//!
//! Have the model written again without it; PMML needs none of these.
//!
//! ## References
//!
//! - <https://cheatsheetseries.owasp.org/cheatsheets/XML_External_Entity_Prevention_Cheat_Sheet.html>
//! - MITRE ATLAS AML.T0010.003, OWASP LLM03:2025

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::report::{Notice, Sink};

pub(super) static META: RuleMeta = RuleMeta {
    id: "pmml-active-content",
    title: "A PMML document has its reader fetch or run something",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Preview,
    maps: &["AML.T0010.003", "LLM03:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Reader,
};

const FIX: &str = "Have the model written again without it.";

/// Reports one kind of active content.
pub(crate) fn report(sink: &mut Sink<'_>, byte: u64, what: &str) {
    sink.finding(&META, Notice::at(byte, format!("the document {what}"), FIX));
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{ids, problems};

    #[test]
    fn entities_and_scripts_are_told() {
        for inside in [
            "<!DOCTYPE PMML SYSTEM \"x\"><PMML></PMML>",
            "<PMML><xi:include href=\"x\"/></PMML>",
            "<PMML><Extension><script>1</script></Extension></PMML>",
        ] {
            let text = format!("<?xml version=\"1.0\"?>{inside}");
            assert_eq!(
                ids("m.pmml", text.as_bytes()),
                ["pmml-active-content"],
                "{inside}"
            );
        }
    }

    #[test]
    fn plain_documents_pass_and_cut_ones_do_not() {
        let text =
            b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><PMML version=\"4.4\"><Header/></PMML>\n";
        assert_eq!(ids("m.pmml", text), Vec::<&str>::new());
        assert_eq!(problems("m.pmml", text), 0);
        assert_eq!(problems("m.pmml", &text[..60]), 1);
        assert_eq!(
            problems(
                "m.pmml",
                b"<?xml version=\"1.0\" encoding=\"UTF-7\"?><PMML></PMML>"
            ),
            1
        );
    }
}
