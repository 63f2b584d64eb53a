//! `seawall budget set` and `remove`: limits come and go.

use std::collections::BTreeMap;
use std::path::PathBuf;

use seawall_budget::Rule;
use seawall_report::{Document, Tone};
use serde_json::{Value, json};

use super::show::describe;
use super::{Format, Source, answer};
use crate::app::{App, Hinted, Outcome};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  seawall budget set keys-month --scope key --unit money --limit 25.00 --window month --zone Europe/Berlin --alert 80\n  seawall budget set claims --scope team --of claims --member key_01 --member ci --unit tokens --limit 2000000 --window day\n  seawall budget set runs --scope run --unit requests --limit 200 --window ever\n  seawall budget set open --scope key --unit streams --limit 8 --window held"
)]
pub(super) struct Args {
    /// Name of the limit.
    id: String,
    /// Whose calls it counts: all, key, team, model, route, session or run.
    #[arg(long)]
    scope: String,
    /// Which key, team, model, route, session or run; each for itself where it is not said.
    #[arg(long, default_value = "*")]
    of: String,
    /// A key of a team, by id or name; may be repeated.
    #[arg(long = "member")]
    members: Vec<String>,
    /// What is limited: money, tokens, requests, tool-calls, streams or gpu-seconds.
    #[arg(long)]
    unit: String,
    /// The ceiling, such as 25.00 or 1000000.
    #[arg(long, allow_hyphen_values = true)]
    limit: String,
    /// The span of time: minute, hour, day, week, month, rolling-90m, ever, or held for streams.
    #[arg(long)]
    window: String,
    /// Time zone of a calendar window: UTC, +02:00, a listed name or a POSIX rule. [default: UTC]
    #[arg(long, allow_hyphen_values = true)]
    zone: Option<String>,
    /// The most that an unused rest adds to the next calendar window.
    #[arg(long)]
    carry: Option<String>,
    /// A percentage that raises an alert; may be repeated.
    #[arg(long = "alert")]
    alerts: Vec<u64>,
    /// A class that stops before the ceiling, such as batch=70: a key, route or model by name, or what
    /// clients put themselves in with x-seawall-class; may be repeated.
    #[arg(long = "share", value_name = "CLASS=PERCENT", value_parser = share)]
    shares: Vec<(String, u64)>,
    #[command(flatten)]
    source: Source,
    /// The state folder.
    #[arg(long, value_name = "DIR", default_value = ".seawall")]
    state: PathBuf,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  seawall budget remove keys-month")]
pub(super) struct RemoveArgs {
    /// Name of the limit.
    id: String,
    #[command(flatten)]
    source: Source,
    /// The state folder.
    #[arg(long, value_name = "DIR", default_value = ".seawall")]
    state: PathBuf,
}

pub(super) async fn run(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    let mut value = json!({
        "id": args.id, "scope": args.scope, "of": args.of, "members": args.members,
        "unit": args.unit, "limit": args.limit, "window": args.window, "alerts": args.alerts,
        "shares": args.shares.iter().cloned().collect::<BTreeMap<_, _>>(),
    });
    if let Value::Object(fields) = &mut value {
        let optional = [("zone", &args.zone), ("carry", &args.carry)];
        let said = optional
            .into_iter()
            .filter_map(|(name, text)| Some((name.to_owned(), Value::from(text.as_deref()?))));
        fields.extend(said);
    }
    let rule = Rule::parse(&value).map_err(|error| {
        Hinted::new("this is no limit", "see `seawall budget set --help`").because(error)
    })?;
    let stored = args.source.open(&args.state)?.set(rule).await?;
    let mut document = Document::new("Limit set");
    document.text(describe(&stored));
    document.note(
        Tone::Muted,
        "Running gateways follow within seconds; what is spent stays.",
    );
    let value = json!({"schema": "seawall.budget/v1", "rule": stored.to_value()});
    answer(args.format, &document, &value, app)
}

pub(super) async fn remove(args: &RemoveArgs, app: &App) -> anyhow::Result<Outcome> {
    let budgets = args.source.open(&args.state)?;
    if !budgets.remove(&args.id).await? {
        return Err(Hinted::new(
            format!("no limit is called `{}`", args.id),
            "`seawall budget show` lists them",
        )
        .into());
    }
    let mut document = Document::new("Limit removed");
    document.text(format!("`{}` and what it has counted are gone.", args.id));
    answer(Format::Text, &document, &Value::Null, app)
}

fn share(text: &str) -> Result<(String, u64), String> {
    let read = text
        .split_once('=')
        .and_then(|(class, percent)| Some((class.to_owned(), percent.parse().ok()?)));
    read.ok_or_else(|| format!("`{text}` is no share, such as batch=70"))
}
