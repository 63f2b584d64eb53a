//! A change to what builds, releases or guards the project.
//!
//! # What it detects
//! Added lines in CI workflows that widen permissions, use privileged triggers or read secrets; changes to
//! code-owner rules; files that become executable.
//!
//! # Why it matters
//! Whoever changes the pipeline decides what is released, past every review of code.
//!
//! # What it misses
//! Pipelines outside the repository, and workflow features that are not listed here.
//!
//! # Example
//! `pull_request_target:` in a workflow.
//!
//! # Remediation
//! Keep permissions to what a job needs and have the owners of the pipeline review the change.
//!
//! # References
//! CICD-SEC-4, SLSA build track.

use seawall_base::{Confidence, Finding, RuleMeta, RuleStatus, Severity};

use super::{finding, is_comment};
use crate::change::{Change, FileChange};

pub(super) static META: RuleMeta = RuleMeta {
    id: "change-touches-pipeline",
    title: "The change alters what builds or guards the project",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010", "LLM03:2025"],
};

pub(super) fn check(change: &Change, out: &mut Vec<Finding>) {
    for file in &change.files {
        if file.name() == "CODEOWNERS" {
            out.push(finding(
                &META,
                file,
                None,
                "the rules for who reviews what change".to_owned(),
                "have the present owners review it",
            ));
        }
        if file.becomes_executable {
            out.push(finding(
                &META,
                file,
                None,
                "the file becomes executable".to_owned(),
                "make sure that it has to be",
            ));
        }
        if !is_workflow(file) {
            continue;
        }
        for line in file.added.iter().filter(|line| !is_comment(&line.text)) {
            let Some((what, severity)) = widens(line.text.trim()) else {
                continue;
            };
            let mut finding = finding(
                &META,
                file,
                Some(line),
                what.to_owned(),
                "grant no more than the job needs",
            );
            finding.severity = severity;
            out.push(finding);
        }
    }
}

fn is_workflow(file: &FileChange) -> bool {
    file.path.starts_with(".github/workflows/")
        || file.path.contains("/.github/workflows/")
        || matches!(
            file.name(),
            ".gitlab-ci.yml" | "Jenkinsfile" | "azure-pipelines.yml"
        )
}

fn widens(text: &str) -> Option<(&'static str, Severity)> {
    if text.contains("pull_request_target") || text.starts_with("workflow_run") {
        Some(("a workflow gets a privileged trigger", Severity::High))
    } else if text.contains("write-all") || (text.contains(": write") && !text.contains("run:")) {
        Some(("a job gets permission to write", Severity::High))
    } else if text.contains("secrets.") && !text.contains("secrets.GITHUB_TOKEN") {
        Some(("a job reads a secret", Severity::Medium))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::findings;

    #[test]
    fn wider_workflows_are_found() {
        for line in [
            "  pull_request_target:",
            "permissions: write-all",
            "  contents: write",
            "  TOKEN: ${{ secrets.DEPLOY }}",
        ] {
            assert_eq!(
                findings(".github/workflows/ci.yml", &[line]),
                ["change-touches-pipeline"],
                "{line}"
            );
        }
        for (path, line) in [
            (".github/workflows/ci.yml", "  contents: read"),
            ("docs/a.yml", "permissions: write-all"),
            (".github/workflows/ci.yml", "# contents: write"),
        ] {
            assert!(findings(path, &[line]).is_empty(), "{line}");
        }
    }
}
