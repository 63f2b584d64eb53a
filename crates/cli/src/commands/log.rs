//! `seawall log verify|show|prove`: the evidence ledger, read-only, also beside a running process.

mod prove;
mod show;
mod verify;

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use seawall_crypto::note::NoteVerifier;
use seawall_report::{Document, TextStyle, text};
use seawall_store::StoreError;

use crate::app::{App, Outcome};

/// Verify, show and prove the evidence ledger. Reads only; a running process is not disturbed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Verify every entry and every tile against the newest signed checkpoint.
    Verify(verify::Args),
    /// Show entries, newest last.
    Show(show::Args),
    /// Prove that an entry is in the ledger that was signed.
    Prove(prove::Args),
}

/// Which ledger, and how to answer.
#[derive(Debug, clap::Args)]
struct Ledger {
    /// The state folder.
    #[arg(long, value_name = "DIR", default_value = ".seawall")]
    state: PathBuf,
    /// Trust only checkpoints by this key (`name+id+key`); else `keys/ledger.vkey` in the folder.
    #[arg(long, value_name = "VKEY", value_parser = verifier)]
    trust: Option<NoteVerifier>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Runs the command.
pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<Outcome> {
    match args.command {
        Command::Verify(args) => verify::run(&args, app),
        Command::Show(args) => show::run(&args, app),
        Command::Prove(args) => prove::run(&args, app),
    }
}

fn verifier(text: &str) -> Result<NoteVerifier, String> {
    NoteVerifier::parse(text).map_err(|error| error.to_string())
}

/// Whether an error says that the ledger is not what was signed. Others mean that it could not be
/// tried.
const fn is_verdict(error: &StoreError) -> bool {
    matches!(
        error,
        StoreError::Missing(_)
            | StoreError::Checkpoint { .. }
            | StoreError::Truncated { .. }
            | StoreError::Tampered { .. }
            | StoreError::Audit(_)
    )
}

fn print(document: &Document, app: &App) -> anyhow::Result<()> {
    let style = TextStyle {
        colour: app.colour,
        ..TextStyle::default()
    };
    App::print(&text(document, &style))
}

/// An error with its causes on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
