//! One file per command: its arguments, and `run`, which calls the jobs and renders the result.

use clap::Subcommand;

use crate::app::{App, Outcome};

/// The commands, in the order of a user's first day.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {}

/// Runs one command.
pub(crate) fn run(command: Command, _app: &App) -> anyhow::Result<Outcome> {
    match command {}
}
