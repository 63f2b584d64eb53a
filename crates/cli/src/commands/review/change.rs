//! A range of commits: who wrote it, what it introduces, whether it may go on, and the record of that.

use std::path::{Path, PathBuf};

use http::Method;
use seawall_base::{Severity, Verdict};
use seawall_jobs::review::{RangeReview, range};
use seawall_report::{Cell, Column, Document, Table, Tone, text};
use serde_json::{Value, json};

use super::Format;
use crate::app::{App, Hinted, Outcome};
use crate::owner::{self, Owner};

#[derive(Debug, clap::Args)]
pub(super) struct Change {
    /// The range, such as main..HEAD.
    #[arg(value_name = "BASE..HEAD")]
    range: String,
    /// Folder of the repository.
    #[arg(long, value_name = "DIR", default_value = ".")]
    repository: PathBuf,
    /// State folder whose ledger records the review. [default: .seawall where it exists]
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Exit with 1 from this severity on.
    #[arg(long, value_name = "SEVERITY", default_value = "high")]
    fail_on: Severity,
    /// How the result is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) const EXAMPLES: &str = "Examples:
  seawall review change main..HEAD
  seawall review change v1.2..v1.3 --fail-on medium --format json
  seawall review change main..HEAD --state /var/lib/seawall

The review is recorded in the ledger of the state folder, also while `seawall up` runs on it.";

/// Where the review went.
enum Recorded {
    At(u64),
    Nowhere,
}

impl Change {
    fn folder(&self) -> &Path {
        self.state
            .as_deref()
            .unwrap_or_else(|| Path::new(".seawall"))
    }
}

/// Reviews, records, prints.
pub(super) async fn run(args: &Change, app: &App) -> anyhow::Result<Outcome> {
    let reviewed = range(&args.repository, &args.range).await?;
    let recorded = record(&reviewed, args, app).await?;
    match args.format {
        Format::Json => {
            let mut answer = reviewed.to_json(args.fail_on);
            let index = match recorded {
                Recorded::At(index) => json!({ "index": index }),
                Recorded::Nowhere => Value::Null,
            };
            if let Some(fields) = answer.as_object_mut() {
                fields.insert("recorded".to_owned(), index);
            }
            App::print(&format!("{answer}\n"))?;
        }
        Format::Text => App::print(&text(&document(&reviewed, args, &recorded), &app.style()))?,
    }
    let passed = reviewed.verdict(args.fail_on) == Verdict::Pass;
    Ok(if passed {
        Outcome::Clean
    } else {
        Outcome::Failed
    })
}

/// Appends the review where there is a state. A folder that is named must be there.
async fn record(reviewed: &RangeReview, args: &Change, app: &App) -> anyhow::Result<Recorded> {
    if args.state.is_none() && !owner::exists(args.folder()) {
        return Ok(Recorded::Nowhere);
    }
    let owner = Owner::of(args.folder(), app).await?;
    let body = reviewed.draft(args.fail_on, app.clock.now()).body;
    let appended = owner
        .ask(Method::POST, "evidence/change-reviews", Some(&body))
        .await;
    let appended = appended.map_err(|error| {
        let hint = "the ledger has to take the review before it counts; see the cause above";
        Hinted::new("the review could not be recorded", hint).because(error)
    })?;
    owner.close()?;
    let index = appended.get("index").and_then(Value::as_u64);
    index
        .map(Recorded::At)
        .ok_or_else(|| anyhow::anyhow!("the ledger did not say where the review stands"))
}

fn document(reviewed: &RangeReview, args: &Change, recorded: &Recorded) -> Document {
    let mut document = Document::new(format!("Review of {}", args.range));
    let review = &reviewed.review;
    let reviewed_by = match (review.ai_commits, review.reviewed) {
        (0, _) => "none declared",
        (_, true) => "each reviewed by another person",
        (_, false) => "not all reviewed by another person",
    };
    document.text(format!(
        "{} commits; AI authorship: {} ({reviewed_by}).",
        reviewed.commits, review.ai_commits
    ));
    if !review.findings.is_empty() {
        let mut table = Table::new(
            ["severity", "where", "what", "rule"]
                .map(Column::left)
                .to_vec(),
        );
        for finding in &review.findings {
            let line = finding
                .location
                .map(|at| format!(":{}", at.line))
                .unwrap_or_default();
            let tone = if finding.severity >= args.fail_on {
                Tone::Bad
            } else {
                Tone::Warn
            };
            table.row([
                Cell::new(finding.severity.to_string(), tone),
                Cell::from(format!("{}{line}", finding.path)),
                Cell::from(finding.message.clone()),
                Cell::new(finding.rule, Tone::Muted),
            ]);
        }
        document.table(table);
    }
    for problem in &review.problems {
        document.note(Tone::Warn, format!("{}: {}", problem.path, problem.message));
    }
    let verdict = reviewed.verdict(args.fail_on);
    let tone = if verdict == Verdict::Pass {
        Tone::Good
    } else {
        Tone::Bad
    };
    document.note(
        tone,
        format!("verdict: {verdict} (threshold {})", args.fail_on),
    );
    match recorded {
        Recorded::At(index) => document.text(format!(
            "Recorded in the ledger of {} as entry {index}.",
            args.folder().display()
        )),
        Recorded::Nowhere => document.text(format!(
            "Not recorded: there is no state of Seawall in {}. --state names another folder.",
            args.folder().display()
        )),
    };
    document
}
