//! A folder with a model holds code.
//!
//! ## What it detects
//!
//! Scripts, programs and libraries beside weights. Names that servers and loaders run by themselves
//! (`model.py` of Triton, `handler.py` and `inference.py` of inference endpoints, `hubconf.py`,
//! `sitecustomize.py`) leave the verdict open.
//!
//! ## Why it matters
//!
//! Whoever takes the model takes the code with it, and some loaders run it without being asked.
//!
//! ## What it misses
//!
//! What the code does. Code in other folders, unless a configuration names it (`model-remote-code`).
//!
//! ## Example
//!
//! ```text
//! claims/1/model.py
//! claims/1/model.safetensors
//! ```
//!
//! ## Remediation
//!
//! Review the code like any dependency, sign the folder, or remove the code.
//!
//! ## References
//!
//! - <https://docs.nvidia.com/deeplearning/triton-inference-server/user-guide/docs/python_backend/README.html>
//! - MITRE ATLAS AML.T0010.003, AML.T0011, OWASP LLM03:2025

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use super::{Check, Rule};
use crate::report::{Notice, Sink};
use crate::sniff::Kind;

pub(super) static META: RuleMeta = RuleMeta {
    id: "model-folder-code",
    title: "A folder with a model holds code",
    severity: Severity::Low,
    confidence: Confidence::High,
    since: "0.2.0",
    status: RuleStatus::Preview,
    maps: &["AML.T0010.003", "LLM03:2025"],
};

pub(super) static RULE: Rule = Rule {
    meta: &META,
    check: Check::Reader,
};

const FIX: &str = "Review the code like any dependency, sign the folder, or remove the code.";

/// Endings of code that an interpreter or a system runs.
const CODE: &[&str] = &[
    "bat", "cmd", "dll", "dylib", "exe", "js", "lua", "mjs", "pl", "ps1", "py", "pyc", "pyd", "r",
    "rb", "sh", "so",
];

/// Files that loaders and servers run by themselves.
const RUN_BY_NAME: &[&str] = &[
    "handler.py",
    "hubconf.py",
    "inference.py",
    "model.py",
    "sitecustomize.py",
    "usercustomize.py",
];

/// Reports one file of a folder that holds weights.
pub(crate) fn check(path: &str, kind: Kind, sink: &mut Sink<'_>) {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    if RUN_BY_NAME.contains(&name.as_str()) {
        let message = "the code beside the model is run by loaders or servers, and is not read";
        sink.problem(None, message);
        let notice = Notice::whole(message, FIX).severity(Severity::Medium);
        return sink.finding(&META, notice);
    }
    if kind == Kind::Program || CODE.contains(&extension) {
        sink.finding(&META, Notice::whole("code lies beside the model", FIX));
    }
}

#[cfg(test)]
mod tests {
    use seawall_base::Limits;

    use crate::folder::{FolderFile, check_folders};
    use crate::sniff::Kind;

    fn check(files: &[(&str, Kind)]) -> (Vec<String>, usize) {
        let files: Vec<_> = files
            .iter()
            .map(|(path, kind)| FolderFile {
                path,
                kind: *kind,
                templates: &[],
            })
            .collect();
        let report = check_folders(&files, &Limits::default());
        let paths = report.findings.iter().map(|finding| finding.path.clone());
        (paths.collect(), report.problems.len())
    }

    #[test]
    fn code_beside_weights_is_told_and_what_runs_by_itself_leaves_the_verdict_open() {
        let weights = ("m/w.safetensors", Kind::Safetensors);
        let files = [weights, ("m/run.sh", Kind::Text), ("n/run.sh", Kind::Text)];
        assert_eq!(check(&files), (vec!["m/run.sh".to_owned()], 0));
        let files = [weights, ("m/model.py", Kind::Text)];
        assert_eq!(check(&files), (vec!["m/model.py".to_owned()], 1));
        let files = [
            weights,
            ("m/tool", Kind::Program),
            ("m/README.md", Kind::Text),
        ];
        assert_eq!(check(&files), (vec!["m/tool".to_owned()], 0));
    }

    #[test]
    fn code_without_a_model_is_no_matter() {
        let files = [
            ("src/model.py", Kind::Text),
            ("src/config.json", Kind::ModelConfig),
        ];
        assert_eq!(check(&files), (Vec::new(), 0));
    }
}
