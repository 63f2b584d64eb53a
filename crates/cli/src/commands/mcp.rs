//! `seawall mcp`: the guard around one server of tools, and the pinned definitions of all of them.

mod clerk;
mod pins;
mod pipe;
mod wrap;

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use seawall_guard::{Action, ActionOverride, Guard, GuardPolicy};

use crate::app::{App, Outcome};

/// Run an MCP server behind the guard: put this command in front of the one that the client starts.
///
/// Every message of both sides is read strictly and inspected; what is blocked becomes an error of
/// JSON-RPC for whoever waits. Definitions of tools are pinned when they are first seen. Verdicts go to
/// the ledger of the state folder, which is made where there is none.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    wrap: Wrap,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List, approve and remove pinned definitions of tools.
    Pins(pins::Args),
}

/// How a server is run.
#[derive(Debug, clap::Args)]
struct Wrap {
    /// Name under which the server's tools are pinned. [default: the command and its arguments]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// A tool that may be listed and called, again for each. [default: all]
    #[arg(long = "tool", value_name = "NAME")]
    tools: Vec<String>,
    /// A tool that may not be called, again for each.
    #[arg(long = "deny", value_name = "NAME")]
    denied: Vec<String>,
    /// A tool whose results may not leave through another one, again for each.
    #[arg(long = "confidential", value_name = "NAME")]
    confidential: Vec<String>,
    /// What happens to a call that earlier results of the session steer.
    #[arg(long, value_enum, default_value_t = Steered::Block)]
    steered: Steered,
    /// Record what would happen, and let everything pass.
    #[arg(long)]
    shadow: bool,
    /// Largest message in bytes.
    #[arg(long, value_name = "BYTES", default_value_t = 4 << 20)]
    message_bytes: usize,
    /// State folder.
    #[arg(long, value_name = "DIR", default_value = ".seawall")]
    state: PathBuf,
    /// The server: a command and its arguments, after `--`.
    #[arg(last = true, value_name = "CMD")]
    server: Vec<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Steered {
    Block,
    Flag,
}

const EXAMPLES: &str = "Examples:
  seawall mcp -- npx -y @modelcontextprotocol/server-filesystem /srv/docs
  seawall mcp --name files --tool read_file --confidential read_file -- files-server /srv/docs
  seawall mcp pins list
  seawall mcp pins approve files read_file

In the configuration of a client, `seawall` becomes the command, and the server's own command follows
`mcp --` in its arguments.";

/// Runs the command.
pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match args.command {
            Some(Command::Pins(args)) => pins::run(&args, app).await,
            None => wrap::run(&args.wrap, app).await,
        }
    })
}

impl Wrap {
    fn guard(&self) -> anyhow::Result<Guard> {
        let set = |names: &[String]| names.iter().cloned().collect::<BTreeSet<_>>();
        let steered = match self.steered {
            Steered::Block => Action::Block,
            Steered::Flag => Action::Flag,
        };
        Ok(Guard::compile(GuardPolicy {
            denied_tools: set(&self.denied),
            confidential_tools: set(&self.confidential),
            overrides: vec![ActionOverride {
                detector: "steered-call".to_owned(),
                channel: None,
                action: steered,
            }],
            ..GuardPolicy::default()
        })?)
    }
}
