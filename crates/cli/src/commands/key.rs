//! `seawall key create|list|revoke`: what clients present instead of the model server's credential.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use http::Method;
use seawall_report::{Block, Cell, Column, Document, Table, Tone, format, text};
use serde_json::{Value, json};

use crate::app::{App, Outcome};
use crate::owner::Owner;

/// Make, list and revoke virtual keys.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a key and show it, this once.
    #[command(after_help = EXAMPLES)]
    Create(Create),
    /// List keys, oldest first.
    #[command(after_help = EXAMPLES)]
    List(List),
    /// Revoke a key at once and for good.
    #[command(after_help = EXAMPLES)]
    Revoke(Revoke),
}

#[derive(Debug, clap::Args)]
struct Create {
    /// Name by which people know the key.
    name: String,
    /// Who acts when it is used: a person, who then cannot approve its calls, or agent/NAME,
    /// workload/NAME. [default: the key itself]
    #[arg(long, value_name = "WHO")]
    owner: Option<String>,
    /// Requests that it may make per minute. [default: no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    requests_per_minute: Option<u64>,
    /// Tokens that it may use per minute, prompt and completion together. [default: no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    tokens_per_minute: Option<u64>,
    /// A model that it may ask for; repeat for more. [default: all]
    #[arg(long = "model", value_name = "NAME")]
    models: Vec<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
struct List {
    /// Also list keys that are revoked.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
struct Revoke {
    /// Id of the key, as `seawall key list` shows it.
    id: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Debug, clap::Args)]
struct Common {
    /// State folder.
    #[arg(long, value_name = "DIR", default_value = ".seawall")]
    state: PathBuf,
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
  seawall key create claims-agent --owner agent/claims --requests-per-minute 60
  seawall key create laptop --owner ada --model practice --format json
  seawall key list
  seawall key revoke key_01K...

A key is shown when it is made and never again: the state folder keeps its SHA-256 alone. All three
work while `seawall up` runs on the folder, at once, and while nothing does.";

/// Runs the command.
pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match args.command {
            Command::Create(args) => create(&args, app).await,
            Command::List(args) => list(&args, app).await,
            Command::Revoke(args) => revoke(&args, app).await,
        }
    })
}

async fn create(args: &Create, app: &App) -> anyhow::Result<Outcome> {
    let body = json!({
        "name": args.name,
        "owner": args.owner,
        "requests_per_minute": args.requests_per_minute,
        "tokens_per_minute": args.tokens_per_minute,
        "models": args.models,
        "as": app.user.id,
    });
    let made = ask(&args.common, app, Method::POST, "keys", Some(&body)).await?;
    if args.common.format == Format::Json {
        return print_json(&made);
    }
    let mut document = Document::new("");
    document.note(
        Tone::Good,
        "Made. The key is shown this once; only its hash is kept.",
    );
    document.push(Block::KeyValues(
        [
            ("key", "key"),
            ("id", "id"),
            ("name", "name"),
            ("owner", "owner"),
        ]
        .map(|(name, field)| (name.to_owned(), word(&made, field)))
        .to_vec(),
    ));
    App::print(&text(&document, &app.style()))?;
    Ok(Outcome::Clean)
}

async fn list(args: &List, app: &App) -> anyhow::Result<Outcome> {
    let mut answer = ask(&args.common, app, Method::GET, "keys", None).await?;
    if let Some(keys) = answer.get_mut("keys").and_then(Value::as_array_mut) {
        keys.retain(|key| args.all || key.get("revoked_at").is_none_or(Value::is_null));
    }
    if args.common.format == Format::Json {
        return print_json(&answer);
    }
    let keys = answer.get("keys").and_then(Value::as_array);
    let mut document = Document::new("Virtual keys");
    let mut columns = vec!["id", "name", "owner", "limits a minute", "made"];
    // Ids are there to be copied, so no column that says nothing narrows theirs.
    columns.extend(args.all.then_some("revoked"));
    let mut table = Table::new(columns.into_iter().map(Column::left).collect());
    let mut rows = 0;
    for key in keys.into_iter().flatten() {
        rows += 1;
        let owner = word(key, "owner");
        let mut cells = vec![
            Cell::from(word(key, "id")),
            Cell::from(word(key, "name")),
            Cell::from(owner.strip_prefix("default/").unwrap_or(&owner)),
            Cell::from(limits(key)),
            Cell::from(day(key, "created_at")),
        ];
        cells.extend(args.all.then(|| Cell::from(day(key, "revoked_at"))));
        table.row(cells);
    }
    if rows == 0 {
        document.text("No keys. `seawall key create NAME` makes one.");
    } else {
        document.table(table);
    }
    App::print(&text(&document, &app.style()))?;
    Ok(Outcome::Clean)
}

async fn revoke(args: &Revoke, app: &App) -> anyhow::Result<Outcome> {
    let path = format!("keys/{}/revoke", args.id);
    let body = json!({ "as": app.user.id });
    let key = ask(&args.common, app, Method::POST, &path, Some(&body)).await?;
    if args.common.format == Format::Json {
        return print_json(&key);
    }
    let mut document = Document::new("");
    let (name, at) = (word(&key, "name"), word(&key, "revoked_at"));
    document.note(
        Tone::Good,
        format!("Revoked at {at}: {name} ({}).", word(&key, "id")),
    );
    App::print(&text(&document, &app.style()))?;
    Ok(Outcome::Clean)
}

async fn ask(
    common: &Common,
    app: &App,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> anyhow::Result<Value> {
    let owner = Owner::of(&common.state, app).await?;
    let answer = owner.ask(method, path, body).await;
    owner.close()?;
    answer
}

fn print_json(answer: &Value) -> anyhow::Result<Outcome> {
    App::print(&format!("{answer}\n"))?;
    Ok(Outcome::Clean)
}

/// What a key may use per minute, and of which models.
fn limits(key: &Value) -> String {
    let number = |name: &str| key.get(name).and_then(Value::as_u64);
    let mut parts: Vec<String> = [("requests_per_minute", "req"), ("tokens_per_minute", "tok")]
        .into_iter()
        .filter_map(|(name, unit)| Some(format!("{} {unit}", format::count(number(name)?))))
        .collect();
    let models = key.get("models").and_then(Value::as_array);
    let models = models.into_iter().flatten().filter_map(Value::as_str);
    parts.extend(models.map(str::to_owned));
    if parts.is_empty() {
        return "none".to_owned();
    }
    parts.join(", ")
}

/// The day of a time; the JSON form has it to the nanosecond.
fn day(key: &Value, name: &str) -> String {
    word(key, name).chars().take(10).collect()
}

fn word(value: &Value, name: &str) -> String {
    match value.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => "-".to_owned(),
    }
}
