//! Held tool calls from the command line.

use std::path::PathBuf;

use http::Method;
use seawall_base::{Principal, PrincipalKind, visible};
use seawall_report::{Block, Document, Tone, text};
use serde_json::{Value, json};

use super::Format;
use crate::app::{App, Hinted, Outcome};
use crate::owner::Owner;

#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// State folder.
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
pub(super) struct Decide {
    /// Id of the held call, as `seawall review list` shows it.
    id: String,
    /// Why, for the record.
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    /// Who decides. [default: the user of this machine]
    #[arg(long = "as", value_name = "NAME", value_parser = person)]
    reviewer: Option<Principal>,
    /// State folder of the running `seawall up`.
    #[arg(long, value_name = "DIR", default_value = ".seawall")]
    state: PathBuf,
}

pub(super) const EXAMPLES: &str = "Examples:
  seawall review list
  seawall review approve hold_01K... --reason \"known supplier\"
  seawall review deny hold_01K... --as ada

A decision covers exactly the call that is shown, once; its signed receipt goes to the ledger. Nobody
decides about a call of a key that they own. --as is your word, behind the token of the state folder.";

/// A person by name.
pub(crate) fn person(text: &str) -> Result<Principal, String> {
    text.parse()
        .ok()
        .filter(|named: &Principal| named.kind == PrincipalKind::Person)
        .ok_or_else(|| "expected the name of a person, such as `ada`".to_owned())
}

pub(super) async fn list(args: &List, app: &App) -> anyhow::Result<Outcome> {
    let owner = Owner::of(&args.state, app).await?;
    let body = owner.ask(Method::GET, "approvals", None).await?;
    let holds = body.get("approvals").and_then(Value::as_array);
    let shown: Vec<&Value> = holds
        .into_iter()
        .flatten()
        .filter(|hold| args.all || field(hold, "state") == "pending")
        .collect();
    if args.format == Format::Json {
        let answer = json!({ "schema": "seawall.approvals/v1", "approvals": shown });
        App::print(&format!("{answer}\n"))?;
    } else {
        App::print(&text(&document(&shown, owner.is_running()), &app.style()))?;
    }
    owner.close()?;
    Ok(Outcome::Clean)
}

fn document(holds: &[&Value], is_running: bool) -> Document {
    let mut document = Document::new("Held tool calls");
    if holds.is_empty() {
        document.text(if is_running {
            "Nothing waits for a decision."
        } else {
            "Nothing waits for a decision: no `seawall up` runs on this folder."
        });
    }
    for hold in holds {
        document.heading(format!(
            "{} ({})",
            field(hold, "tool"),
            field(hold, "state")
        ));
        let mut pairs: Vec<(String, String)> = [
            ("id", "id"),
            ("asked by", "requester"),
            ("model", "model"),
            ("held at", "opened_at"),
            ("denied at", "expires_at"),
        ]
        .into_iter()
        .map(|(name, key)| (name.to_owned(), field(hold, key).to_owned()))
        .collect();
        if let Some(decision) = hold.get("decision").filter(|decision| !decision.is_null()) {
            let (by, reason) = (field(decision, "by"), field(decision, "reason"));
            pairs.push(("decided by".to_owned(), by.to_owned()));
            pairs.push(("reason".to_owned(), reason.to_owned()));
        }
        document.push(Block::KeyValues(pairs));
        document.push(Block::Code(field(hold, "arguments").to_owned()));
    }
    document
}

/// Shows the call as it is held, and decides about exactly that: the binding goes with the decision.
pub(super) async fn decide(args: &Decide, ruling: &str, app: &App) -> anyhow::Result<Outcome> {
    let owner = Owner::of(&args.state, app).await?;
    let body = owner.ask(Method::GET, "approvals", None).await?;
    let holds = body.get("approvals").and_then(Value::as_array);
    let hold = holds
        .into_iter()
        .flatten()
        .find(|hold| field(hold, "id") == args.id)
        .ok_or_else(|| {
            Hinted::new(
                format!("no held call has the id `{}`", visible(&args.id)),
                "`seawall review list` shows those that wait",
            )
        })?;
    let reviewer = args.reviewer.as_ref().unwrap_or(&app.user);
    let decision = json!({
        "ruling": ruling,
        "binding": field(hold, "binding"),
        "reason": args.reason,
        "as": reviewer.id,
    });
    let path = format!("approvals/{}/decision", args.id);
    let decided = owner.ask(Method::POST, &path, Some(&decision)).await;
    let decided = decided.map_err(|error| {
        let hint = if owner.is_running() {
            "`seawall review list --all` shows what became of it; --as names another reviewer"
        } else {
            "held calls wait inside a running `seawall up`, and end with it"
        };
        Hinted::new(format!("the call was not {ruling}"), hint).because(error)
    })?;
    let mut document = Document::new("");
    document.note(
        if ruling == "approved" {
            Tone::Good
        } else {
            Tone::Warn
        },
        format!(
            "{ruling} by {}: {} {}",
            reviewer.id,
            field(&decided, "tool"),
            field(&decided, "arguments")
        ),
    );
    App::print(&text(&document, &app.style()))?;
    owner.close()?;
    Ok(Outcome::Clean)
}

fn field<'a>(hold: &'a Value, name: &str) -> &'a str {
    hold.get(name).and_then(Value::as_str).unwrap_or_default()
}
