//! `seawall mcp pins list|approve|remove`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use http::Method;
use seawall_base::{Principal, visible};
use seawall_report::{Block, Document, Tone, text};
use serde_json::{Value, json};

use crate::app::{App, Hinted, Outcome};
use crate::commands::review::person;
use crate::owner::Owner;

/// The pinned definitions of tools.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the pinned tools, and what their servers have changed since.
    List(List),
    /// Pin the definition that waits in the place of the one that was pinned.
    Approve(Change),
    /// Forget a pin, so that the next definition is pinned as the first.
    Remove(Change),
}

#[derive(Debug, clap::Args)]
struct List {
    /// State folder.
    #[arg(long, value_name = "DIR", default_value = ".seawall")]
    state: PathBuf,
    /// How the result is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, clap::Args)]
struct Change {
    /// The server, as `list` names it.
    server: String,
    /// The tool.
    tool: String,
    /// Who decides. [default: the user of this machine]
    #[arg(long = "as", value_name = "NAME", value_parser = person)]
    reviewer: Option<Principal>,
    /// State folder.
    #[arg(long, value_name = "DIR", default_value = ".seawall")]
    state: PathBuf,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(super) async fn run(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    match &args.command {
        Command::List(args) => list(args, app).await,
        Command::Approve(args) => change(args, "approve", app).await,
        Command::Remove(args) => change(args, "remove", app).await,
    }
}

async fn list(args: &List, app: &App) -> anyhow::Result<Outcome> {
    let owner = Owner::of(&args.state, app).await?;
    let answer = owner.ask(Method::GET, "pins", None).await?;
    owner.close()?;
    if args.format == Format::Json {
        App::print(&format!("{answer}\n"))?;
    } else {
        App::print(&text(&document(pins(&answer)), &app.style()))?;
    }
    Ok(Outcome::Clean)
}

fn pins(answer: &Value) -> &[Value] {
    let pins = answer.get("pins").and_then(Value::as_array);
    pins.map(Vec::as_slice).unwrap_or_default()
}

fn document(pins: &[Value]) -> Document {
    let mut document = Document::new("Pinned tools");
    if pins.is_empty() {
        document.text("No tool is pinned yet.");
    }
    for pin in pins {
        let shown = |name: &str| visible(field(pin, name));
        document.heading(format!("{} of {}", shown("tool"), shown("server")));
        document.push(Block::KeyValues(vec![
            ("pinned by".to_owned(), shown("by")),
            ("at".to_owned(), shown("at")),
        ]));
        let listed = pin.get("differences").and_then(Value::as_array);
        let Some(listed) = listed else {
            continue;
        };
        document.push(Block::Note(
            Tone::Warn,
            "The server shows another definition now; calls of the tool wait for a person."
                .to_owned(),
        ));
        let listed: Vec<&str> = listed.iter().filter_map(Value::as_str).collect();
        document.push(Block::Code(listed.join("\n")));
        for (title, name) in [("Pinned", "definition"), ("Waiting", "proposed")] {
            document.text(title);
            let definition = pin.get(name).map(|value| format!("{value:#}"));
            document.push(Block::Code(visible(&definition.unwrap_or_default())));
        }
    }
    document
}

/// Approves exactly what is shown: the definition that was read goes with the request.
async fn change(args: &Change, step: &str, app: &App) -> anyhow::Result<Outcome> {
    let owner = Owner::of(&args.state, app).await?;
    let answer = owner.ask(Method::GET, "pins", None).await?;
    let found = pins(&answer)
        .iter()
        .find(|pin| field(pin, "server") == args.server && field(pin, "tool") == args.tool);
    let Some(found) = found else {
        owner.close()?;
        return Err(Hinted::new(
            "no such tool is pinned",
            "`seawall mcp pins list` names servers and tools",
        )
        .into());
    };
    App::print(&text(&document(std::slice::from_ref(found)), &app.style()))?;
    let by = args.reviewer.as_ref().unwrap_or(&app.user);
    let body = json!({
        "server": args.server, "tool": args.tool, "as": by.id, "proposed": found.get("proposed"),
    });
    let asked = owner
        .ask(Method::POST, &format!("pins/{step}"), Some(&body))
        .await;
    owner.close()?;
    asked?;
    let done = if step == "approve" {
        "approved"
    } else {
        "removed"
    };
    App::print(&format!("{done} by {}\n", by.id))?;
    Ok(Outcome::Clean)
}

fn field<'a>(pin: &'a Value, name: &str) -> &'a str {
    pin.get(name).and_then(Value::as_str).unwrap_or_default()
}
