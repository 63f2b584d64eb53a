//! The binary `seawall`: parses arguments, builds the [`app::App`], runs one command.
//!
//! Exit codes: 0 clean, 1 findings at or above the threshold or a gate failed, 2 could not run.

mod app;
mod commands;
mod lines;
mod owner;
mod progress;
mod up;

use std::process::ExitCode;

use clap::Parser;

/// What the binary says of itself.
const ABOUT: &str = "Models what can go wrong with an AI system, enforces the controls that stop it, \
attacks those controls, and prices the risk that is left.";

/// The command line.
#[derive(Debug, Parser)]
#[command(name = "seawall", version, about = ABOUT, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: commands::Command,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match app::App::new().and_then(|app| commands::run(cli.command, &app)) {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            app::print_error(&error);
            ExitCode::from(2)
        }
    }
}
