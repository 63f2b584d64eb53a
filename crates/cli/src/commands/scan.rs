//! `seawall scan PATH…`: models, datasets and manifests; text, JSON or SARIF out.
//!
//! Exit code 0 only for the verdict `pass`; `fail` and `unknown` are 1; what could not run is 2.

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::Context as _;
use clap::ValueEnum;
use seawall_base::{Confidence, Finding, Limits, Location, Problem, Severity, Verdict};
use seawall_jobs::scan::{self, Options, Summary};
use seawall_policy::Target;
use seawall_policy::pod_security::{Level, Version};
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
    /// Write a patch that mends what needs no decision; it is proven by checking its result, and
    /// changes nothing by itself.
    #[arg(long, value_name = "FILE")]
    fix: Option<PathBuf>,
    /// Judge manifests for this version of Kubernetes: what it serves, and its pod security.
    #[arg(long, value_name = "1.N", value_parser = version)]
    kubernetes_version: Option<Version>,
    /// Judge pods as a namespace does that enforces this level of the Pod Security Standards.
    #[arg(long, value_name = "LEVEL", value_parser = level)]
    pod_security: Option<Level>,
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
  seawall scan manifests/ --kubernetes-version 1.34 --pod-security restricted
  seawall scan manifests/ --fix fixes.patch && patch -d manifests/ -p1 < fixes.patch

The verdict is pass, fail (a finding at or above the threshold) or unknown (something could not be
analysed, or no file was there). Exit code 0 for pass, 1 for fail and unknown, 2 when the scan could not
run.";

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
        fix,
        kubernetes_version,
        pod_security,
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
        target: (kubernetes_version.is_some() || pod_security.is_some()).then(|| Target {
            version: kubernetes_version.unwrap_or(Version::LATEST),
            level: pod_security,
        }),
        mend: fix.is_some(),
    };
    let progress = Progress::new();
    let summary = scan::scan(&paths, &options, &|done, total| progress.show(done, total));
    progress.clear();
    let summary = summary?;
    if let Some(path) = &fix {
        write(path, &summary.repair.patch())?;
    }
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
    #[serde(skip_serializing_if = "Option::is_none")]
    mended: Option<WireMended<'a>>,
}

#[derive(Serialize)]
struct WireMended<'a> {
    fixed: Vec<WireFinding<'a>>,
    refused: Vec<WireRefused<'a>>,
}

#[derive(Serialize)]
struct WireRefused<'a> {
    finding: WireFinding<'a>,
    why: &'static str,
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
            mended: WireMended::of(summary),
        }
    }
}

impl<'a> WireMended<'a> {
    fn of(summary: &'a Summary) -> Option<Self> {
        let repair = &summary.repair;
        let refused = repair.refused.iter().map(|(finding, why)| WireRefused {
            finding: finding.into(),
            why,
        });
        let fixed = repair.mended.iter().flat_map(|own| &own.fixed);
        let own = Self {
            fixed: fixed.map(WireFinding::from).collect(),
            refused: refused.collect(),
        };
        (!own.fixed.is_empty() || !own.refused.is_empty()).then_some(own)
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
    mended(&mut document, summary);
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

/// What a patch mends, and what it leaves to a person.
fn mended(document: &mut Document, summary: &Summary) {
    let repair = &summary.repair;
    let count: usize = repair.mended.iter().map(|own| own.fixed.len()).sum();
    if count > 0 {
        let files = repair.mended.len();
        let text = format!("The patch mends {count} findings in {files} files.");
        document.note(Tone::Good, text);
    }
    if repair.refused.is_empty() {
        return;
    }
    document.heading(format!("Left to you ({})", repair.refused.len()));
    let mut table = Table::new(vec![
        Column::left("where"),
        Column::left("rule"),
        Column::left("why it is not mended"),
    ]);
    for (finding, why) in &repair.refused {
        let place = place(&finding.path, finding.location);
        table.row([place.into(), finding.rule.into(), (*why).into()]);
    }
    document.table(table);
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    let file = options.write(true).create(true).truncate(true).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.with_context(|| format!("{} cannot be written", path.display()))
}

fn version(text: &str) -> Result<Version, String> {
    let text = text.trim_start_matches('v');
    let parsed = Version::parse(&format!("v{text}"));
    parsed.ok_or_else(|| "expected a version such as 1.34".to_owned())
}

fn level(text: &str) -> Result<Level, String> {
    Level::parse(text).ok_or_else(|| "expected privileged, baseline or restricted".to_owned())
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
