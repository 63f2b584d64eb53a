//! Review of a change: who wrote it, whether a person reviewed it, and what it introduces.
//!
//! Pure: takes the text of `git log` and `git diff`, which the jobs run; never a repository. A check sees
//! only added lines, so that what stood before does not count against a change.

mod checks;
mod commit;
mod diff;

use seawall_base::{Finding, Problem, RuleMeta, Severity, Verdict};

pub use self::commit::{Authorship, Commit, LOG_FORMAT, Person, read_log};
pub use self::diff::{FileChange, Line, read_diff};

/// A change as it is reviewed.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Its commits, newest first.
    pub commits: Vec<Commit>,
    /// Its files, as the diff shows them.
    pub files: Vec<FileChange>,
}

/// What is told about a change.
#[derive(Clone, Debug)]
pub struct Review {
    /// Commits that name an AI as author or co-author.
    pub ai_commits: usize,
    /// Whether every one of those was reviewed by a person who did not write it.
    pub reviewed: bool,
    /// What the change introduces and how it was made.
    pub findings: Vec<Finding>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// One check of a change: its metadata and what it says about each file.
pub(crate) struct Check {
    pub(crate) meta: &'static RuleMeta,
    pub(crate) check: fn(&Change, &mut Vec<Finding>),
}

/// The rules of a change review, for the reference pages.
pub fn rules() -> impl Iterator<Item = &'static RuleMeta> {
    checks::CHECKS.iter().map(|check| check.meta)
}

/// Reviews `change`; `problems` are those of reading it.
#[must_use]
pub fn review(change: &Change, problems: Vec<Problem>) -> Review {
    let mut findings = Vec::new();
    for check in checks::CHECKS {
        (check.check)(change, &mut findings);
    }
    findings.sort();
    findings.dedup();
    let ai: Vec<&Commit> = change
        .commits
        .iter()
        .filter(|commit| commit.authorship() == Authorship::Ai)
        .collect();
    Review {
        ai_commits: ai.len(),
        reviewed: ai.iter().all(|commit| commit.human_reviewer().is_some()),
        findings,
        problems,
    }
}

impl Review {
    /// The verdict at a threshold: fail before unknown before pass.
    #[must_use]
    pub fn verdict(&self, fail_on: Severity) -> Verdict {
        if self
            .findings
            .iter()
            .any(|finding| finding.severity >= fail_on)
        {
            Verdict::Fail
        } else if self.problems.is_empty() {
            Verdict::Pass
        } else {
            Verdict::Unknown
        }
    }
}
