//! `seawall up`: the whole loop in one process.

use std::path::PathBuf;

use seawall_base::Principal;
use seawall_config::{Listen, UpstreamUrl};

use super::budget::BudgetArgs;
use crate::app::{App, Outcome};
use crate::commands::review::person;
use crate::up;

/// Starts gateway, console and ledger in one process, and measures the controls.
///
/// Without `--upstream` it uses a built-in practice model: offline, deterministic, and vulnerable
/// on purpose, so that the controls have something to stop.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  seawall up\n  seawall up --upstream https://models.example.com --upstream-key-file key.txt\n  seawall up --state /var/lib/seawall --listen 127.0.0.1:0 --console-listen 127.0.0.1:0"
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) gateway: GatewayArgs,
    /// Address of the console; port 0 takes a free one. [default: 127.0.0.1:8081]
    #[arg(long, value_name = "ADDR")]
    pub(crate) console_listen: Option<Listen>,
    /// Who decides in the console, by name. [default: the user of this machine]
    #[arg(long, value_name = "NAME", value_parser = person)]
    pub(crate) reviewer: Option<Principal>,
    /// Let the console answer on an address other than loopback, without TLS.
    #[arg(long)]
    pub(crate) expose: bool,
}

/// What the gateway is told, alone and as a part of `up`.
#[derive(Debug, clap::Args)]
pub(crate) struct GatewayArgs {
    /// Folder that keeps keys, evidence and settings.
    #[arg(long, value_name = "DIR", default_value = "./.seawall")]
    pub(crate) state: PathBuf,
    /// Address of the gateway; port 0 takes a free one. [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<Listen>,
    /// Base URL of an OpenAI-compatible model server.
    #[arg(long, value_name = "URL")]
    pub(crate) upstream: Option<UpstreamUrl>,
    /// File with the model server's API key; its first line is used.
    #[arg(long, value_name = "FILE")]
    pub(crate) upstream_key_file: Option<PathBuf>,
    /// Configuration of the processes. [default: ./seawall-config.yaml where it exists]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) budget: BudgetArgs,
    /// Filter of the log on standard error, such as `info` or `seawall_gateway=debug`.
    #[arg(long, value_name = "FILTER", default_value = "warn")]
    pub(crate) log: String,
}

/// Runs until it is told to stop.
pub(crate) fn run(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    start(&args.gateway.log, up::serve(args, app))
}

/// Sets up log and runtime, and runs a service to its end.
pub(crate) fn start(
    log: &str,
    service: impl Future<Output = anyhow::Result<Outcome>>,
) -> anyhow::Result<Outcome> {
    seawall_telemetry::logs::init(seawall_telemetry::logs::Format::Text, log)?;
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(service)
}
