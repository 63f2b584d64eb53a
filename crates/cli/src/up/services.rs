//! Starts the services on their sockets. Each runs until `stop`, and drains on its own.

use std::num::NonZero;
use std::sync::Arc;

use seawall_base::{Principal, Secret};
use seawall_config::{UpstreamDialect, UpstreamUrl};
use seawall_console::Board;
use seawall_gateway::{Config, Gateway, GatewayLimits, LiveRoutes, Ports, Route};
use seawall_guard::Guard;
use seawall_net::{CancellationToken, TaskSet, sharded};
use seawall_ports::{Pins, Upstream};
use seawall_store::State;
use seawall_telemetry::Metrics;
use tokio::net::TcpListener;

use super::listeners::Listeners;
use super::reload::Reload;
use super::routes::{self, Own, Target};
use super::settings::Settings;
use crate::app::App;

/// What everything that runs shares.
pub(crate) struct Frame {
    /// What the console shows.
    pub(crate) board: Arc<Board>,
    /// All that runs, awaited at the end.
    pub(crate) tasks: TaskSet,
    /// Ends it all.
    pub(crate) stop: CancellationToken,
}

/// What the services are started with.
pub(crate) struct Services<'a> {
    /// What `up` was asked for.
    pub(crate) settings: &'a Settings,
    /// The ports of every gateway listener.
    pub(crate) ports: Ports,
    /// What they share.
    pub(crate) frame: &'a Frame,
    /// The console's sign-in token.
    pub(crate) token: &'a str,
    /// Who decides in the console.
    pub(crate) reviewer: &'a Principal,
    /// The pinned definitions of tools.
    pub(crate) pins: Arc<dyn Pins>,
}

/// The ports of the gateway over an open state folder.
pub(crate) fn gateway_ports(state: &State, app: &App, upstream: Arc<dyn Upstream>) -> Ports {
    Ports {
        ledger: state.ledger(),
        keys: state.keys(),
        counters: state.counters(),
        holds: state.holds(),
        upstream,
        clock: Arc::clone(&app.clock),
        ids: Arc::clone(&app.ids),
        metrics: Arc::new(Metrics::new()),
    }
}

/// The model server at `base`, where requests go whose route names no other.
pub(crate) fn upstream(settings: &Settings, base: &str) -> anyhow::Result<Arc<dyn Upstream>> {
    let url: UpstreamUrl = base
        .parse()
        .map_err(|error| anyhow::anyhow!("`{base}`: {error}"))?;
    let target = Target {
        url: &url,
        key_file: settings.upstream_key_file.as_deref(),
        dialect: UpstreamDialect::OpenAi,
        reach: url.reach(),
        seconds: settings.config.upstream_timeout_seconds,
    };
    routes::connect(&target)
}

/// The configuration of the public listener.
pub(crate) fn public(settings: &Settings) -> anyhow::Result<Config> {
    let mut config = config(settings, "public", Some(settings.guard.clone()));
    if settings.file.is_some() {
        config.routes = routes::routes(&settings.config, Own::of(settings))?;
    }
    config.live = Some(LiveRoutes::new(config.routes.clone()));
    Ok(config)
}

/// Starts everything that listens.
pub(crate) fn start(services: &Services<'_>, public: Config, listeners: Listeners) {
    let Services {
        settings,
        ports,
        frame,
        token,
        reviewer,
        pins,
    } = services;
    let Frame { board, tasks, stop } = frame;
    serve(settings, listeners.gateway, public, (ports, tasks, stop));
    let console = seawall_console::Config {
        token: Secret::new((*token).to_owned()),
        hosts: Vec::new(),
        reviewer: (*reviewer).clone(),
    };
    let console_ports = seawall_console::Ports {
        ledger: Arc::clone(&ports.ledger),
        holds: Arc::clone(&ports.holds),
        keys: Arc::clone(&ports.keys),
        pins: Arc::clone(pins),
        board: Arc::clone(board),
        clock: Arc::clone(&ports.clock),
    };
    tasks.spawn(seawall_console::serve(
        listeners.console,
        console,
        console_ports,
        stop.clone(),
    ));
    if let Some(practice) = listeners.practice {
        tasks.spawn(seawall_practice::serve(practice.upstream, stop.clone()));
        let arms = [
            (practice.on, "trial-on", Some(settings.measured.clone())),
            (practice.off, "trial-off", None),
        ];
        for (listener, name, guard) in arms {
            arm(listener, config(settings, name, guard), services);
        }
    }
}

/// Starts the public gateway and what keeps its routes as the configuration says.
pub(crate) fn serve(
    settings: &Settings,
    listener: TcpListener,
    config: Config,
    around: (&Ports, &TaskSet, &CancellationToken),
) {
    let (ports, tasks, stop) = around;
    if let (Some(live), Some(file)) = (config.live.clone(), settings.file.clone()) {
        let reload = Reload::new(file, settings, live, ports);
        let stopped = stop.clone();
        tasks.spawn(async move {
            stopped.run_until_cancelled(reload.run()).await;
        });
    }
    tasks.spawn(gateway(listener, config, ports.clone(), stop.clone()));
}

/// The public gateway, on a thread per core.
async fn gateway(listener: TcpListener, config: Config, ports: Ports, stop: CancellationToken) {
    let threads = std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let service =
        move |listener| Gateway::serve(listener, config.clone(), ports.clone(), stop.clone());
    if let Err(error) = sharded(listener, threads, service).await {
        tracing::error!(error = %error, "the gateway could not serve");
    }
}

/// One arm of the trials: a private route that names the control which refused, for the record.
fn arm(listener: TcpListener, mut config: Config, services: &Services<'_>) {
    for route in &mut config.routes {
        route.explain = true;
    }
    services.frame.tasks.spawn(Gateway::serve(
        listener,
        config,
        services.ports.clone(),
        services.frame.stop.clone(),
    ));
}

fn config(settings: &Settings, name: &str, guard: Option<Guard>) -> Config {
    let process = &settings.config;
    let mut config = Config::new(vec![Route::new(name, guard)]);
    if let Some(route) = config.routes.first_mut()
        && let Some(declared) = process.routes.first()
    {
        route.models.clone_from(&declared.models);
    }
    // The practice upstream has one model; asking for another must fail as it would elsewhere.
    if let Some(route) = config.routes.first_mut()
        && settings.is_practice()
        && route.models.is_empty()
    {
        route.models.push(seawall_practice::MODEL.to_owned());
    }
    config.on_error = process.on_error;
    config.limits = GatewayLimits {
        hold_max: std::time::Duration::from_secs(process.approval_timeout_seconds),
        choices_max: process.request.choices_max,
        messages_max: size(process.request.messages_max),
        tools_max: size(process.request.tools_max),
        text_bytes_max: size(process.request.text_bytes_max),
        ..GatewayLimits::default()
    };
    config.limits.json.bytes_max = size(process.body_bytes_max);
    config
}

fn size(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
