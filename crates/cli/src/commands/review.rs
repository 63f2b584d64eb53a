//! `seawall review`: decides about held tool calls, and reviews a change to source code.
//!
//! A hold waits inside a running `seawall up`, so that decisions go through its API: the state folder's
//! `run.json` says where it is and carries the token.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use clap::{Subcommand, ValueEnum};
use http::{Method, Request, header};
use seawall_base::json::{JsonLimits, parse};
use seawall_base::{Severity, Verdict};
use seawall_jobs::review::{RangeReview, range};
use seawall_net::{Client, ClientOptions, read_capped};
use seawall_report::{Cell, Column, Document, Table, TextStyle, Tone, text};
use seawall_store::Run;
use serde_json::{Value, json};

use crate::app::{App, Hinted, Outcome};

/// Decide about held tool calls, or review a change.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List tool calls that wait for a decision.
    List(List),
    /// Approve a held call, once, exactly as it is shown.
    Approve(Decide),
    /// Deny a held call.
    Deny(Decide),
    /// Review what a range of commits introduces, and who wrote and reviewed it.
    #[command(after_help = EXAMPLES)]
    Change(Change),
}

#[derive(Debug, clap::Args)]
struct List {
    /// State folder of the running `seawall up`.
    #[arg(long, value_name = "DIR", default_value = ".seawall")]
    state: PathBuf,
    /// Also list calls that are decided.
    #[arg(long)]
    all: bool,
    /// How the result is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, clap::Args)]
struct Decide {
    /// Id of the held call.
    id: String,
    /// Why, for the record.
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    /// State folder of the running `seawall up`.
    #[arg(long, value_name = "DIR", default_value = ".seawall")]
    state: PathBuf,
}

#[derive(Debug, clap::Args)]
struct Change {
    /// The range, such as main..HEAD.
    #[arg(value_name = "BASE..HEAD")]
    range: String,
    /// Folder of the repository.
    #[arg(long, value_name = "DIR", default_value = ".")]
    repository: PathBuf,
    /// Exit with 1 from this severity on.
    #[arg(long, value_name = "SEVERITY", default_value = "high")]
    fail_on: Severity,
    /// How the result is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Format {
    Text,
    Json,
}

const EXAMPLES: &str = "Examples:
  seawall review change main..HEAD
  seawall review change v1.2..v1.3 --fail-on medium --format json";
/// Largest answer of the console that is read.
const ANSWER_BYTES_MAX: usize = 8 << 20;

/// Runs the command.
pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match args.command {
            Command::List(args) => list(&args, app).await,
            Command::Approve(args) => decide(&args, "approved").await,
            Command::Deny(args) => decide(&args, "denied").await,
            Command::Change(args) => change(&args, app).await,
        }
    })
}

async fn list(args: &List, app: &App) -> anyhow::Result<Outcome> {
    let body = call(&args.state, Method::GET, "approvals", None).await?;
    let holds = body
        .get("approvals")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let shown: Vec<&Value> = holds
        .iter()
        .filter(|hold| args.all || field(hold, "state") == "pending")
        .collect();
    if args.format == Format::Json {
        App::print(&format!(
            "{}\n",
            json!({ "schema": "seawall.approvals/v1", "approvals": shown })
        ))?;
        return Ok(Outcome::Clean);
    }
    let mut document = Document::new("Held tool calls");
    if shown.is_empty() {
        document.text("Nothing waits for a decision.");
    } else {
        let titles = ["id", "state", "tool", "arguments", "asked by", "expires"];
        let mut table = Table::new(titles.map(Column::left).to_vec());
        for hold in shown {
            let names = [
                "id",
                "state",
                "tool",
                "arguments",
                "principal",
                "expires_at",
            ];
            table.row(names.map(|name| Cell::from(field(hold, name))));
        }
        document.table(table);
    }
    App::print(&text(&document, &style(app)))?;
    Ok(Outcome::Clean)
}

/// Shows the call as it is held, and decides about exactly that: the digest goes with the decision.
async fn decide(args: &Decide, ruling: &str) -> anyhow::Result<Outcome> {
    let body = call(&args.state, Method::GET, "approvals", None).await?;
    let holds = body.get("approvals").and_then(Value::as_array);
    let hold = holds
        .into_iter()
        .flatten()
        .find(|hold| field(hold, "id") == args.id)
        .ok_or_else(|| {
            Hinted::new(
                format!("no held call has the id `{}`", args.id),
                "`seawall review list` shows those that wait",
            )
        })?;
    let decision = json!({ "ruling": ruling, "arguments_digest": field(hold, "arguments_digest"), "reason": args.reason });
    let path = format!("approvals/{}/decision", args.id);
    call(&args.state, Method::POST, &path, Some(&decision)).await?;
    App::print(&format!(
        "{ruling}: {} {}\n",
        printable(field(hold, "tool")),
        printable(field(hold, "arguments"))
    ))?;
    Ok(Outcome::Clean)
}

/// Asks the console of the process that owns the state folder.
async fn call(
    state: &Path,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> anyhow::Result<Value> {
    let run = Run::load(state)?.ok_or_else(|| {
        Hinted::new(
            format!("no `seawall up` runs on {}", state.display()),
            "held calls wait inside a running `seawall up`; --state names its folder",
        )
    })?;
    let request = Request::builder()
        .method(method)
        .uri(format!(
            "{}/api/v1/{path}",
            run.console.trim_end_matches('/')
        ))
        .header(header::AUTHORIZATION, format!("Bearer {}", run.token))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Bytes::from(body.map(Value::to_string).unwrap_or_default()))?;
    let client = Client::new(&ClientOptions::default())?;
    let response = client
        .send(request)
        .await
        .with_context(|| format!("the process {} does not answer", run.pid))?;
    let status = response.status();
    let bytes = read_capped(
        response.into_body(),
        ANSWER_BYTES_MAX,
        Duration::from_secs(10),
    )
    .await?;
    let answer = parse(&bytes, &JsonLimits::default()).unwrap_or(Value::Null);
    if !status.is_success() {
        let message = answer
            .pointer("/error/message")
            .and_then(Value::as_str)
            .unwrap_or("refused");
        anyhow::bail!("{} (status {})", printable(message), status.as_u16());
    }
    Ok(answer)
}

async fn change(args: &Change, app: &App) -> anyhow::Result<Outcome> {
    let reviewed = range(&args.repository, &args.range).await?;
    match args.format {
        Format::Json => App::print(&format!("{}\n", reviewed.to_json(args.fail_on)))?,
        Format::Text => App::print(&text(&document(&reviewed, args), &style(app)))?,
    }
    let passed = reviewed.verdict(args.fail_on) == Verdict::Pass;
    Ok(if passed {
        Outcome::Clean
    } else {
        Outcome::Failed
    })
}

fn document(reviewed: &RangeReview, args: &Change) -> Document {
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
    document
}

fn field<'a>(hold: &'a Value, name: &str) -> &'a str {
    hold.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Text from outside must not move the cursor of the terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(|mark| if mark.is_control() { ' ' } else { mark })
        .collect()
}

fn style(app: &App) -> TextStyle {
    TextStyle {
        colour: app.colour,
        ..TextStyle::default()
    }
}
