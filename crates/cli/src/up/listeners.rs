//! Binding: everything that listens is bound before anything is announced.

use std::io::ErrorKind;
use std::net::SocketAddr;

use anyhow::Context as _;
use tokio::net::TcpListener;

use super::settings::Settings;
use crate::app::Hinted;

/// The sockets of one `up`.
pub(crate) struct Listeners {
    /// The public gateway.
    pub(crate) gateway: TcpListener,
    /// The console.
    pub(crate) console: TcpListener,
    /// The practice upstream and the two private arms of its trials.
    pub(crate) practice: Option<Practice>,
}

/// Private loopback listeners; nothing but this process knows their ports.
pub(crate) struct Practice {
    /// The upstream itself.
    pub(crate) upstream: TcpListener,
    /// The gateway with the guard.
    pub(crate) on: TcpListener,
    /// The gateway without.
    pub(crate) off: TcpListener,
}

impl Listeners {
    /// Binds what `settings` ask for.
    ///
    /// # Errors
    /// When an address is taken or not ours, with a hint.
    pub(crate) async fn bind(settings: &Settings) -> anyhow::Result<Self> {
        let gateway = bind(
            settings.config.gateway_listen.address(),
            "gateway",
            "--listen",
        )
        .await?;
        let console = bind(
            settings.config.console_listen.address(),
            "console",
            "--console-listen",
        )
        .await?;
        let practice = if settings.is_practice() {
            let private = SocketAddr::from(([127, 0, 0, 1], 0));
            Some(Practice {
                upstream: bind(private, "practice upstream", "--upstream").await?,
                on: bind(private, "guarded arm", "--upstream").await?,
                off: bind(private, "unguarded arm", "--upstream").await?,
            })
        } else {
            None
        };
        Ok(Self {
            gateway,
            console,
            practice,
        })
    }
}

/// Binds the public gateway.
///
/// # Errors
/// As [`Listeners::bind`].
pub(crate) async fn gateway(settings: &Settings) -> anyhow::Result<TcpListener> {
    let address = settings.config.gateway_listen.address();
    bind(address, "gateway", "--listen").await
}

/// The base URL of a listener.
pub(crate) fn url(listener: &TcpListener) -> anyhow::Result<String> {
    let address = listener
        .local_addr()
        .context("a bound socket has no address")?;
    Ok(format!("http://{address}"))
}

async fn bind(address: SocketAddr, what: &str, flag: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::AddrInUse => {
                format!("another process listens there; choose a free port with {flag} 127.0.0.1:0")
            }
            ErrorKind::PermissionDenied => {
                format!("ports below 1024 need privileges; choose another with {flag}")
            }
            _ => format!("choose an address of this machine with {flag}"),
        };
        Hinted::new(format!("the {what} cannot listen on {address}"), hint)
            .because(error)
            .into()
    })
}
