//! Files of one model bring different chat templates.
//!
//! ## What it detects
//!
//! Templates of the same name in the files of one folder (settings of the tokenizer, `chat_template.jinja`,
//! GGUF) whose text differs.
//!
//! ## Why it matters
//!
//! Which template stands between user and model then depends on the server: what was reviewed is not what
//! runs. A template that inserts instructions hides well in the file that the reviewer's loader ignores.
//!
//! ## What it misses
//!
//! Differences to the template of the base model, which is not in the folder.
//!
//! ## Example
//!
//! ```text
//! tokenizer_config.json: {% for message in messages %}…
//! chat_template.jinja:   {% if 'invoice' in messages[-1].content %}…
//! ```
//!
//! ## Remediation
//!
//! Keep one template, or make all of them the same.
//!
//! ## References
//!
//! - <https://huggingface.co/docs/transformers/chat_templating>
//! - MITRE ATLAS AML.T0051, OWASP LLM01:2025, LLM03:2025

use std::collections::BTreeMap;

use seawall_base::{Confidence, Digest, Limits, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::folder::FolderFile;
use crate::report::{Notice, Report, Sink, printable};

pub(super) static META: RuleMeta = RuleMeta {
    id: "template-disagreement",
    title: "Files of one model bring different chat templates",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.2.0",
    status: RuleStatus::Preview,
    maps: &["AML.T0051", "LLM01:2025", "LLM03:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Reader,
};

const FIX: &str = "Keep one template, or make all of them the same.";

/// Reports templates of one name that differ between the files of a folder.
pub(crate) fn check(files: &[FolderFile<'_>], limits: &Limits, report: &mut Report) {
    let mut first: BTreeMap<&str, (Digest, &str)> = BTreeMap::new();
    for file in files {
        for template in file.templates {
            let (digest, other) = *first
                .entry(template.name.as_str())
                .or_insert((template.digest, file.path));
            if digest == template.digest {
                continue;
            }
            let message = format!(
                "the chat template \"{}\" is another one than in \"{}\"",
                printable(&template.name),
                printable(other)
            );
            Sink::new(file.path, report, *limits).finding(&META, Notice::whole(message, FIX));
        }
    }
}

#[cfg(test)]
mod tests {
    use seawall_base::Limits;

    use crate::folder::{FolderFile, check_folders};
    use crate::rules::testing::gguf;
    use crate::scan::scan;

    fn check(settings: &str, jinja: &str) -> Vec<String> {
        let limits = Limits::default();
        let settings = serde_json::json!({ "chat_template": settings }).to_string();
        let gguf = gguf(&[("tokenizer.chat_template", jinja)], &[], 0);
        let files = [
            ("m/tokenizer_config.json", settings.into_bytes()),
            ("m/chat_template.jinja", jinja.as_bytes().to_vec()),
            ("m/m.gguf", gguf),
        ];
        let reports = files.map(|(path, bytes)| (path, scan(path, &bytes, &limits)));
        let files: Vec<_> = reports
            .iter()
            .map(|(path, report)| FolderFile {
                path,
                kind: report.kind,
                templates: &report.templates,
            })
            .collect();
        let report = check_folders(&files, &limits);
        report
            .findings
            .into_iter()
            .map(|finding| finding.path)
            .collect()
    }

    #[test]
    fn templates_that_differ_are_told() {
        let found = check("{{ messages[0].content }}", "{{ messages[-1].content }}");
        assert_eq!(found, ["m/chat_template.jinja", "m/m.gguf"]);
    }

    #[test]
    fn the_same_template_passes_whatever_space_surrounds_it() {
        let found = check("{{ messages[0].content }}", "{{ messages[0].content }}\n");
        assert_eq!(found, Vec::<String>::new());
    }
}
