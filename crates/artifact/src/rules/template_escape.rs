//! A chat template reaches out of its sandbox.
//!
//! ## What it detects
//!
//! In every chat template (of GGUF files, tokenizer and processor settings, `.jinja` files):
//! attributes and keys that begin with an underscore, also when they are put together out of pieces
//! or escapes; the `attr` filter; keys that are computed by filters; `include`, `import` and
//! `extends`; and the objects of template engines through which such chains begin.
//!
//! ## Why it matters
//!
//! A chat template is a program. Servers that render it without a sandbox run whatever it reaches:
//! loading such a model was enough to run commands in several inference servers.
//!
//! ## What it misses
//!
//! Strings that are put together by the data a server passes in. A sandbox that holds makes most of
//! this harmless; whether yours holds is not known here.
//!
//! ## Example
//!
//! ```jinja
//! {{ ().__class__.__base__.__subclasses__() }}
//! ```
//!
//! ## Remediation
//!
//! Do not load the model with this template; take the template of the base model.
//!
//! ## References
//!
//! - CVE-2024-34359
//! - <https://jinja.palletsprojects.com/en/stable/sandbox/>
//! - MITRE ATLAS AML.T0011.000, OWASP LLM03:2025

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::report::{Notice, Sink, printable};

pub(super) static META: RuleMeta = RuleMeta {
    id: "template-escape",
    title: "A chat template reaches out of its sandbox",
    severity: Severity::Critical,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Preview,
    maps: &["AML.T0010.003", "AML.T0011.000", "LLM03:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Reader,
};

const FIX: &str = "Take the template of the base model, or have this one reviewed.";

/// Reports a construct and the byte of the template where it begins.
pub(crate) fn report(sink: &mut Sink<'_>, byte: u64, what: &str, word: &str) {
    let message = format!("the template {what} \"{}\"", printable(word));
    sink.finding(&META, Notice::at(byte, message, FIX));
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{gguf, ids};

    fn found(template: &str) -> Vec<&'static str> {
        ids("chat_template.jinja", template.as_bytes())
    }

    #[test]
    fn chains_are_found_in_every_spelling() {
        for template in [
            "{{ ().__class__.__mro__ }}",
            "{{ messages['__cl' ~ 'ass__'] }}",
            "{{ messages['__cl' + 'ass__'] }}",
            r"{{ messages['\x5f\x5fclass\x5f\x5f'] }}",
            r"{{ messages['\u005f_init__'] }}",
            "{{ messages | attr('format') }}",
            "{{ messages | map(attribute='__class__') | list }}",
            "{{ messages[['x', 'y'] | join] }}",
            "{{ cycler.next }}",
            "{{ lipsum.x }}",
            "{% include 'x' %}",
            "{%- import 'x' as y -%}",
            "{% set x = self._TemplateReference %}",
            "{% for m in messages %}{% if m %}{{ m.__init__ }}{% endif %}{% endfor %}",
        ] {
            assert_eq!(found(template), ["template-escape"], "{template}");
        }
        let file = gguf(
            &[("tokenizer.chat_template.tool_use", "{{ x.__class__ }}")],
            &[],
            0,
        );
        assert_eq!(ids("m.gguf", &file), ["template-escape"]);
        let config = br#"{"chat_template": [{"name": "a", "template": "{{ x.__class__ }}"}]}"#;
        assert_eq!(ids("tokenizer_config.json", config), ["template-escape"]);
    }

    #[test]
    fn ordinary_templates_pass() {
        for template in [
            "{% for m in messages %}{{ '<|' + m['role'] + '|>' ~ m.content | trim }}{% endfor %}",
            "{# __class__ #}plain __init__ text {% raw %}{{ x.__class__ }}{% endraw %}",
            "{{ messages[loop.index0 + 1].content.split('__')[-1] }}",
            "{{ messages[messages | length - 1]['content'] }}",
        ] {
            assert_eq!(found(template), Vec::<&str>::new(), "{template}");
        }
    }
}
