//! `seawall admission`: the webhook that answers the API server, and what surrounds it in a cluster.

mod cluster;
mod install;
mod preview;
mod prove;
mod serve;
mod signed;

use clap::Subcommand;

use crate::app::{App, Outcome};

/// Answer admission reviews with the rules of `seawall scan`.
///
/// Makes its own authority and certificate on the first start, prints where the authority's
/// certificate lies and a ready webhook configuration, then serves until it is told to stop.
#[derive(Debug, clap::Args)]
#[command(after_help = serve::EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::ServeArgs,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print a signed exception from rules for one object.
    #[command(after_help = signed::EXCEPTION_EXAMPLES)]
    Exception(signed::ExceptionArgs),
    /// Put the webhook into a cluster, after the lockout proof.
    #[command(after_help = install::EXAMPLES)]
    Install(install::Args),
    /// Say which objects of a cluster the webhook would deny today.
    #[command(after_help = preview::EXAMPLES)]
    Preview(preview::Args),
    /// Prove that the webhooks of a cluster cannot lock it out.
    #[command(after_help = prove::EXAMPLES)]
    Prove(prove::Args),
    /// Print a trust root: whose signatures count, and for what.
    #[command(after_help = signed::TRUST_EXAMPLES)]
    Trust(signed::TrustArgs),
    /// Take everything out of a cluster that an installation put there.
    #[command(after_help = install::UNINSTALL_EXAMPLES)]
    Uninstall(install::UninstallArgs),
    /// Print a signed verdict about an artifact.
    #[command(after_help = signed::VERDICT_EXAMPLES)]
    Verdict(signed::VerdictArgs),
}

/// Runs the command.
pub(crate) fn run(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    match &args.command {
        None => serve::run(&args.serve, app),
        Some(Command::Exception(args)) => signed::exception(args, app),
        Some(Command::Install(args)) => install::install(args, app),
        Some(Command::Preview(args)) => preview::run(args, app),
        Some(Command::Prove(args)) => prove::run(args, app),
        Some(Command::Trust(args)) => signed::trust(args),
        Some(Command::Uninstall(args)) => install::uninstall(args, app),
        Some(Command::Verdict(args)) => signed::verdict(args, app),
    }
}
