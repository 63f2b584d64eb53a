//! Reviews a git range: runs `git`, hands its text to the pure checks, tells the outcome.
//!
//! `git` runs without configuration that could run programs (external diff, text conversion, pager) and
//! gets the range as one argument that cannot be an option.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use seawall_base::{Digest, Principal, PrincipalKind};
use seawall_base::{Finding, Problem, Severity, Timestamp, Verdict, canonical_json};
use seawall_evidence::change_review::ChangeReview;
use seawall_evidence::{Draft, Kind};
use seawall_oversight::change::{Change, LOG_FORMAT, Review, read_diff, read_log, review};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;

/// Largest output of git that is read.
const OUTPUT_BYTES_MAX: u64 = 64 << 20;
/// How long git may take.
const GIT_MAX: Duration = Duration::from_secs(60);

/// A reviewed range.
#[derive(Clone, Debug)]
pub struct RangeReview {
    /// Commit that the range starts from.
    pub base: String,
    /// Commit that it ends in.
    pub head: String,
    /// Commits in it.
    pub commits: usize,
    /// What is told about it.
    pub review: Review,
}

/// Why a range could not be reviewed.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// Not `BASE..HEAD`.
    #[error("`{0}` is not a range of the form BASE..HEAD")]
    Range(String),
    /// Git is missing or would not start.
    #[error("git could not be started")]
    Start(#[source] std::io::Error),
    /// Git refused.
    #[error("git {0}: {1}")]
    Git(&'static str, String),
    /// Git took too long or said too much.
    #[error("git {0} took longer or wrote more than can be reviewed")]
    Limit(&'static str),
}

/// Reviews `range` of the repository at `folder`.
///
/// # Errors
/// When the range is none, or git cannot tell it.
pub async fn range(folder: &Path, range: &str) -> Result<RangeReview, ReviewError> {
    let (base, head) = range
        .split_once("..")
        .filter(|(base, head)| is_revision(base) && is_revision(head))
        .ok_or_else(|| ReviewError::Range(range.chars().take(80).collect()))?;
    let base = commit(folder, base).await?;
    let head = commit(folder, head).await?;
    let span = format!("{base}..{head}");
    let format = format!("--format={LOG_FORMAT}");
    let log = git(
        folder,
        "log",
        &["--no-color", "--no-show-signature", &format, &span],
    )
    .await?;
    let diff = git(
        folder,
        "diff",
        &[
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
            "--find-renames",
            &span,
        ],
    )
    .await?;
    let (commits, mut problems) = read_log(&String::from_utf8_lossy(&log));
    let (files, more) = read_diff(&String::from_utf8_lossy(&diff));
    problems.extend(more);
    let change = Change { commits, files };
    Ok(RangeReview {
        base,
        head,
        commits: change.commits.len(),
        review: review(&change, problems),
    })
}

impl RangeReview {
    /// The outcome as `seawall.change-review/v1`.
    #[must_use]
    pub fn to_json(&self, fail_on: Severity) -> Value {
        let findings: Vec<Value> = self.review.findings.iter().map(finding_json).collect();
        json!({
            "schema": "seawall.change-review/v1",
            "base": self.base,
            "head": self.head,
            "commits": self.commits,
            "ai_commits": self.review.ai_commits,
            "reviewed": self.review.reviewed,
            "findings": findings,
            "problems": self.review.problems.iter().map(problem_json).collect::<Vec<_>>(),
            "verdict": self.review.verdict(fail_on).as_str(),
        })
    }

    /// The verdict at a threshold.
    #[must_use]
    pub fn verdict(&self, fail_on: Severity) -> Verdict {
        self.review.verdict(fail_on)
    }

    /// The entry that the ledger keeps of it.
    #[must_use]
    pub fn draft(&self, fail_on: Severity, at: Timestamp) -> Draft {
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let body = ChangeReview {
            base: self.base.clone(),
            head: self.head.clone(),
            commits: count(self.commits),
            ai_commits: count(self.review.ai_commits),
            reviewed: self.review.reviewed,
            verdict: self.verdict(fail_on),
            findings: count(self.review.findings.len()),
            report: Digest::of(&canonical_json(&self.to_json(fail_on))),
        };
        Draft {
            kind: Kind::ChangeReview,
            at,
            principal: Principal::new(PrincipalKind::Seawall, "review"),
            subject: format!("git:{}", self.head),
            body: body.to_body(),
        }
    }
}

/// A revision that git cannot take for an option or for two.
fn is_revision(text: &str) -> bool {
    let allowed = |mark: char| {
        mark.is_ascii_alphanumeric()
            || matches!(mark, '/' | '_' | '-' | '.' | '~' | '^' | '@' | '{' | '}')
    };
    !text.is_empty()
        && !text.starts_with('-')
        && !text.contains("..")
        && !text.starts_with('.')
        && text.chars().all(allowed)
}

async fn commit(folder: &Path, revision: &str) -> Result<String, ReviewError> {
    let named = format!("{revision}^{{commit}}");
    let out = git(
        folder,
        "rev-parse",
        &["--verify", "--end-of-options", &named],
    )
    .await?;
    Ok(String::from_utf8_lossy(&out).trim().to_owned())
}

#[expect(
    clippy::disallowed_methods,
    reason = "this job is where git is started"
)]
async fn git(
    folder: &Path,
    verb: &'static str,
    arguments: &[&str],
) -> Result<Vec<u8>, ReviewError> {
    let mut command = std::process::Command::new("git");
    command
        .arg("-C")
        .arg(folder)
        .args([
            "-c",
            "core.fsmonitor=false",
            "-c",
            "core.quotePath=true",
            "--no-pager",
            verb,
        ])
        .args(arguments)
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = Command::from(command)
        .kill_on_drop(true)
        .spawn()
        .map_err(ReviewError::Start)?;
    let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(ReviewError::Limit(verb));
    };
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let (mut stdout, mut stderr) = (stdout.take(OUTPUT_BYTES_MAX), stderr.take(4_096));
    let read = async { tokio::join!(stdout.read_to_end(&mut out), stderr.read_to_end(&mut err)) };
    let limit = || ReviewError::Limit(verb);
    tokio::time::timeout(GIT_MAX, read)
        .await
        .map_err(|_| limit())?
        .0
        .map_err(|_| limit())?;
    if u64::try_from(out.len()).is_ok_and(|length| length >= OUTPUT_BYTES_MAX) {
        return Err(limit());
    }
    let status = tokio::time::timeout(GIT_MAX, child.wait())
        .await
        .map_err(|_| limit())?
        .map_err(ReviewError::Start)?;
    if status.success() {
        return Ok(out);
    }
    let said = String::from_utf8_lossy(&err);
    Err(ReviewError::Git(
        verb,
        said.lines()
            .next()
            .unwrap_or("refused")
            .chars()
            .take(200)
            .collect(),
    ))
}

fn finding_json(finding: &Finding) -> Value {
    json!({
        "rule": finding.rule,
        "severity": finding.severity.as_str(),
        "confidence": finding.confidence.as_str(),
        "path": finding.path,
        "location": finding.location.map(|at| json!({ "line": at.line, "column": at.column, "byte": at.byte })),
        "message": finding.message,
        "remediation": finding.remediation,
        "maps": finding.maps,
    })
}

fn problem_json(problem: &Problem) -> Value {
    json!({ "path": problem.path, "message": problem.message })
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "the tests read and write files of their own"
)]
mod tests;
