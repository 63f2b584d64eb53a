//! `seawall gateway`: the firewall alone, as it runs in front of a model server.

use super::up::{GatewayArgs, start};
use crate::app::{App, Outcome};
use crate::up;

/// Runs the gateway alone, in front of one model server: no console, no trials.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  seawall gateway --upstream http://127.0.0.1:8000\n  seawall gateway --config /etc/seawall/seawall-config.yaml --state /var/lib/seawall\n\nThe first start makes a virtual key and prints it once."
)]
pub(crate) struct Args {
    #[command(flatten)]
    gateway: GatewayArgs,
}

/// Runs until it is told to stop.
pub(crate) fn run(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    start(&args.gateway.log, up::serve_gateway(&args.gateway, app))
}
