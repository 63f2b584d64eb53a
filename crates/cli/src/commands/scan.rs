//! `seawall scan PATH…`: models, datasets and manifests; text, JSON or SARIF out.
//!
//! Exit code 0 only for the verdict `pass`; `fail` and `unknown` are 1; what could not run is 2.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::ValueEnum;
use seawall_base::{Confidence, Finding, Limits, Location, Problem, Severity, Verdict};
use seawall_jobs::scan::{self, Options, Summary};
use seawall_report::{Block, Cell, Column, Document, Table, TextStyle, Tone};
use serde::Serialize;

use crate::app::{App, Outcome};

/// Scan models, datasets and manifests.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Files and folders; folders are walked, links are not followed.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How the result is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Fail when a finding is at least this severe: info, low, medium, high or critical.
    #[arg(long, value_name = "SEVERITY", default_value_t = Severity::High)]
    fail_on: Severity,
    /// Bytes of one file that are read at most; larger ones are reported as not analysed.
    #[arg(long, value_name = "BYTES")]
    limit_bytes: Option<u64>,
    /// Files of one folder that are read at most.
    #[arg(long, value_name = "COUNT")]
    limit_files: Option<u64>,
    /// Steps of the pickle interpreter over one file.
    #[arg(long, value_name = "COUNT")]
    limit_steps: Option<u64>,
    /// Files read at the same time; by default one per processor.
    #[arg(long, value_name = "COUNT")]
    threads: Option<usize>,
}

const EXAMPLES: &str = "Examples:
  seawall scan model.pt
  seawall scan models/ manifests/ --fail-on critical
  seawall scan . --format sarif > seawall.sarif

The verdict is pass, fail (a finding at or above the threshold) or unknown (something could not be
analysed). Exit code 0 for pass, 1 for fail and unknown, 2 when the scan could not run.";

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Format {
    Text,
    Json,
    Sarif,
}

/// Runs the command.
pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<Outcome> {
    let Args {
        paths,
        format,
        fail_on,
        limit_bytes,
        limit_files,
        limit_steps,
        threads,
    } = args;
    let mut limits = Limits::default();
    limits.bytes_max = limit_bytes.unwrap_or(limits.bytes_max);
    limits.entries_max = limit_files.unwrap_or(limits.entries_max);
    limits.steps_max = limit_steps.unwrap_or(limits.steps_max);
    let default = Options::default();
    let options = Options {
        limits,
        fail_on,
        threads: threads.unwrap_or(default.threads),
    };
    let progress = Progress::new();
    let summary = scan::scan(&paths, &options, &|done, total| progress.show(done, total));
    progress.clear();
    let summary = summary?;
    App::print(&match format {
        Format::Text => text(&summary, app, fail_on),
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&Wire::from(&summary))?),
        Format::Sarif => format!("{}\n", serde_json::to_string_pretty(&sarif(&summary))?),
    })?;
    Ok(match summary.verdict {
        Verdict::Pass => Outcome::Clean,
        Verdict::Unknown | Verdict::Fail => Outcome::Failed,
    })
}

/// A line on standard error that follows a long walk; nothing where that is no terminal.
struct Progress {
    enabled: bool,
    shown: AtomicUsize,
}

impl Progress {
    fn new() -> Self {
        Self {
            enabled: std::io::stderr().is_terminal(),
            shown: AtomicUsize::new(0),
        }
    }

    fn show(&self, done: usize, total: usize) {
        const EVERY: usize = 64;
        if self.enabled && total > EVERY && (done.is_multiple_of(EVERY) || done == total) {
            self.shown.store(done, Ordering::Relaxed);
            self.write(&format!("\r\u{1b}[Kscanned {done} of {total} files"));
        }
    }

    fn clear(&self) {
        if self.shown.load(Ordering::Relaxed) > 0 {
            self.write("\r\u{1b}[K");
        }
    }

    /// A progress line that cannot be shown is no reason to stop.
    fn write(&self, text: &str) {
        let mut stream = std::io::stderr().lock();
        drop(
            stream
                .write_all(text.as_bytes())
                .and_then(|()| stream.flush()),
        );
    }
}

/// `seawall.scan/v1`.
#[derive(Serialize)]
struct Wire<'a> {
    schema: &'static str,
    findings: Vec<WireFinding<'a>>,
    problems: Vec<WireProblem<'a>>,
    verdict: Verdict,
    subjects: &'a std::collections::BTreeMap<&'static str, u64>,
    not_subjects: &'a std::collections::BTreeMap<&'static str, u64>,
    behaviour: &'static str,
}

#[derive(Serialize)]
struct WireFinding<'a> {
    rule: &'static str,
    severity: Severity,
    confidence: Confidence,
    path: &'a str,
    location: Option<Location>,
    message: &'a str,
    remediation: &'a str,
    maps: &'static [&'static str],
}

#[derive(Serialize)]
struct WireProblem<'a> {
    path: &'a str,
    location: Option<Location>,
    message: &'a str,
}

impl<'a> From<&'a Summary> for Wire<'a> {
    fn from(summary: &'a Summary) -> Self {
        Self {
            schema: "seawall.scan/v1",
            findings: summary.findings.iter().map(WireFinding::from).collect(),
            problems: summary.problems.iter().map(WireProblem::from).collect(),
            verdict: summary.verdict,
            subjects: &summary.subjects,
            not_subjects: &summary.others,
            behaviour: "unknown",
        }
    }
}

impl<'a> From<&'a Finding> for WireFinding<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self {
            rule: finding.rule,
            severity: finding.severity,
            confidence: finding.confidence,
            path: &finding.path,
            location: finding.location,
            message: &finding.message,
            remediation: &finding.remediation,
            maps: finding.maps,
        }
    }
}

impl<'a> From<&'a Problem> for WireProblem<'a> {
    fn from(problem: &'a Problem) -> Self {
        Self {
            path: &problem.path,
            location: problem.location,
            message: &problem.message,
        }
    }
}

fn sarif(summary: &Summary) -> serde_json::Value {
    let tool = seawall_report::Tool {
        name: "seawall".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        information_uri: None,
    };
    let rules = scan::rules();
    seawall_report::sarif(&tool, &rules, &summary.findings, &summary.problems)
}

fn text(summary: &Summary, app: &App, fail_on: Severity) -> String {
    let mut document = Document::new("Scan");
    let mut findings: Vec<_> = summary.findings.iter().collect();
    findings.sort_by(|left, right| right.severity.cmp(&left.severity).then(left.cmp(right)));
    if !findings.is_empty() {
        document.heading(format!("Findings ({})", findings.len()));
        document.table(finding_table(&findings));
        document.heading("What to do");
        document.table(remedy_table(&findings));
    }
    let open: Vec<_> = summary
        .problems
        .iter()
        .filter(|problem| !is_told(problem, summary))
        .collect();
    if !open.is_empty() {
        document.heading(format!("Not analysed ({})", open.len()));
        let mut table = Table::new(vec![Column::left("where"), Column::left("why")]);
        for problem in open {
            table.row([
                place(&problem.path, problem.location).into(),
                problem.message.as_str().into(),
            ]);
        }
        document.table(table);
    }
    document.heading("Summary");
    let counts = |kinds: &std::collections::BTreeMap<&'static str, u64>| {
        let total: u64 = kinds.values().sum();
        let parts: Vec<_> = kinds
            .iter()
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        if parts.is_empty() {
            "none".to_owned()
        } else {
            format!("{total}: {}", parts.join(", "))
        }
    };
    document.push(Block::KeyValues(vec![
        ("read".to_owned(), counts(&summary.subjects)),
        ("no subject of any rule".to_owned(), counts(&summary.others)),
        (
            "behaviour".to_owned(),
            "unknown: no scan of files says what a model has learned".to_owned(),
        ),
    ]));
    let (tone, verdict) = match summary.verdict {
        Verdict::Pass => (Tone::Good, format!("pass: nothing at {fail_on} or above")),
        Verdict::Unknown => (
            Tone::Warn,
            format!("unknown: nothing at {fail_on} or above, but not everything could be analysed"),
        ),
        Verdict::Fail => (Tone::Bad, format!("fail: findings at {fail_on} or above")),
    };
    document.note(tone, verdict);
    let style = TextStyle {
        colour: app.colour,
        ..TextStyle::default()
    };
    seawall_report::text(&document, &style)
}

fn finding_table(findings: &[&Finding]) -> Table {
    let mut table = Table::new(vec![
        Column::left("severity"),
        Column::left("where"),
        Column::left("what"),
    ]);
    for finding in findings {
        let tone = match finding.severity {
            Severity::Critical | Severity::High => Tone::Bad,
            Severity::Medium => Tone::Warn,
            Severity::Low | Severity::Info => Tone::Muted,
        };
        table.row([
            Cell::new(finding.severity.as_str(), tone),
            place(&finding.path, finding.location).into(),
            format!("{} ({})", finding.message, finding.rule).into(),
        ]);
    }
    table
}

/// Each advice once, under the rule that gives it.
fn remedy_table(findings: &[&Finding]) -> Table {
    let mut table = Table::new(vec![Column::left("rule"), Column::left("advice")]);
    let mut seen = std::collections::BTreeSet::new();
    for finding in findings {
        if seen.insert((finding.rule, finding.remediation.as_str())) {
            table.row([finding.rule.into(), finding.remediation.as_str().into()]);
        }
    }
    table
}

/// Whether a finding says the same as the problem.
fn is_told(problem: &Problem, summary: &Summary) -> bool {
    summary
        .findings
        .iter()
        .any(|finding| finding.path == problem.path && finding.message == problem.message)
}

fn place(path: &str, location: Option<Location>) -> String {
    match location {
        Some(place) if place.line > 0 => format!("{path}:{}:{}", place.line, place.column),
        Some(place) => format!("{path} @{}", place.byte),
        None => path.to_owned(),
    }
}
