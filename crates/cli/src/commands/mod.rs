//! One file per command: its arguments, and `run`, which calls the jobs and renders the result.

mod admission;
mod assess;
mod attack;
mod attest;
pub(crate) mod budget;
mod convert;
mod gateway;
mod guard;
mod key;
mod log;
mod mcp;
mod pattern;
mod policy;
mod review;
mod risk;
mod scan;
mod sign;
mod system;
pub(crate) mod up;
mod verify;

use clap::Subcommand;

use crate::app::{App, Outcome};

/// The commands, in the order of a user's first day.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Answer admission reviews with the rules of the scanner.
    Admission(admission::Args),
    /// Assess the maturity of a system from evidence.
    Assess(assess::Args),
    /// Attack one's own systems to measure their controls.
    Attack(attack::Args),
    /// Attest how a model was trained or what a scan of it came to.
    Attest(attest::Args),
    /// Set limits, show what is spent, explain and reconcile.
    Budget(budget::Args),
    /// Convert a model to safetensors without running it.
    Convert(convert::Args),
    /// Run the gateway alone, in front of a model server.
    Gateway(gateway::Args),
    /// Inspect texts with the guard.
    Guard(guard::Args),
    /// Make, list and revoke virtual keys.
    Key(key::Args),
    /// Verify, show and prove the evidence ledger.
    Log(log::Args),
    /// Stand between an MCP client and a server, and keep what servers say of their tools.
    Mcp(mcp::Args),
    /// Render hardened deployments for inference and training.
    Pattern(pattern::Args),
    /// Judge Kubernetes objects by policies.
    Policy(policy::Args),
    /// Decide about held tool calls, or review a change.
    Review(review::Args),
    /// Price the risk of a system and each of its controls.
    Risk(risk::Args),
    /// Scan models, datasets and manifests.
    Scan(scan::Args),
    /// Sign a model folder.
    Sign(sign::Args),
    /// Import models of other tools, and export to them.
    System(system::Args),
    /// Start the whole loop in one process.
    Up(up::Args),
    /// Check a model folder against its signature.
    Verify(verify::Args),
}

/// Runs one command.
pub(crate) fn run(command: Command, app: &App) -> anyhow::Result<Outcome> {
    match command {
        Command::Admission(args) => admission::run(&args, app),
        Command::Assess(args) => assess::run(args, app),
        Command::Attack(args) => attack::run(args, app),
        Command::Attest(args) => attest::run(args, app),
        Command::Budget(args) => budget::run(&args, app),
        Command::Convert(args) => convert::run(&args, app),
        Command::Gateway(args) => gateway::run(&args, app),
        Command::Guard(args) => guard::run(&args, app),
        Command::Key(args) => key::run(args, app),
        Command::Log(args) => log::run(args, app),
        Command::Mcp(args) => mcp::run(args, app),
        Command::Pattern(args) => pattern::run(args, app),
        Command::Policy(args) => policy::run(&args, app),
        Command::Review(args) => review::run(args, app),
        Command::Risk(args) => risk::run(args, app),
        Command::Scan(args) => scan::run(args, app),
        Command::Sign(args) => sign::run(&args, app),
        Command::System(args) => system::run(&args, app),
        Command::Up(args) => up::run(&args, app),
        Command::Verify(args) => verify::run(&args, app),
    }
}
