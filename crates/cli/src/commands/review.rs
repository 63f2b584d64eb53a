//! `seawall review`: decides about held tool calls, and reviews a change to source code.

mod change;
mod holds;

use clap::{Subcommand, ValueEnum};

use crate::app::{App, Outcome};

pub(crate) use self::holds::person;

/// Decide about held tool calls, or review a change.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List tool calls that wait for a decision.
    #[command(after_help = holds::EXAMPLES)]
    List(holds::List),
    /// Approve a held call, once, exactly as it is shown.
    #[command(after_help = holds::EXAMPLES)]
    Approve(holds::Decide),
    /// Deny a held call.
    #[command(after_help = holds::EXAMPLES)]
    Deny(holds::Decide),
    /// Review what a range of commits introduces, and who wrote and reviewed it.
    #[command(after_help = change::EXAMPLES)]
    Change(change::Change),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Runs the command.
pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match args.command {
            Command::List(args) => holds::list(&args, app).await,
            Command::Approve(args) => holds::decide(&args, "approved", app).await,
            Command::Deny(args) => holds::decide(&args, "denied", app).await,
            Command::Change(args) => change::run(&args, app).await,
        }
    })
}
