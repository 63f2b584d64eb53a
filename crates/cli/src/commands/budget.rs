//! `seawall budget show|set|remove|explain|prices|reconcile`: limits, what is spent, and why.

mod explain;
mod price_list;
mod reconcile;
mod set;
mod show;
mod source;

use clap::{Subcommand, ValueEnum};
use seawall_report::{Document, TextStyle, text};

use self::source::Source;
pub(crate) use self::source::{BudgetArgs, prices};
use crate::app::{App, Outcome};

/// Set limits, show what is spent, and explain them. A running gateway takes changes over within
/// seconds.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the limits and what is spent.
    Show(show::Args),
    /// Add a limit or change it; what is spent stays.
    Set(set::Args),
    /// Remove a limit with all that it has counted.
    Remove(set::RemoveArgs),
    /// Explain which limits a key falls under, and what is left of each.
    Explain(explain::Args),
    /// Show the prices in force, with their source and date.
    Prices(price_list::Args),
    /// Compare what the ledger counted with a provider's invoice.
    Reconcile(reconcile::Args),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Runs the command.
pub(crate) fn run(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    match &args.command {
        Command::Show(args) => wait(show::run(args, app)),
        Command::Set(args) => wait(set::run(args, app)),
        Command::Remove(args) => wait(set::remove(args, app)),
        Command::Explain(args) => wait(explain::run(args, app)),
        Command::Prices(args) => price_list::run(args, app),
        Command::Reconcile(args) => reconcile::run(args, app),
    }
}

fn wait(work: impl Future<Output = anyhow::Result<Outcome>>) -> anyhow::Result<Outcome> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

/// Prints a document, or its JSON.
fn answer(
    format: Format,
    document: &Document,
    value: &serde_json::Value,
    app: &App,
) -> anyhow::Result<Outcome> {
    if format == Format::Json {
        App::print(&format!("{value:#}\n"))?;
        return Ok(Outcome::Clean);
    }
    let style = TextStyle {
        colour: app.colour,
        ..TextStyle::default()
    };
    App::print(&text(document, &style))?;
    Ok(Outcome::Clean)
}
