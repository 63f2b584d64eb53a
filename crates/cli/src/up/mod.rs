//! The composition of `seawall up`: opens the state, binds, starts the services, waits, drains.
//!
//! Order matters twice: everything is bound before anything is announced, and the ledger closes
//! after the last service that writes to it.

mod banner;
mod demonstration;
mod example;
mod listeners;
mod pricing;
mod purse;
mod reload;
mod routes;
mod services;
mod settings;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use seawall_base::{Digest, Principal, PrincipalKind, Secret};
use seawall_console::{Board, Snapshot};
use seawall_evidence::start::Start;
use seawall_evidence::{Draft, Kind};
use seawall_net::{CancellationToken, TaskSet};
use seawall_ports::NewKey;
use seawall_store::{Run, State};
use tokio::signal::unix::{SignalKind, signal};

use self::banner::Banner;
use self::demonstration::Demonstration;
use self::listeners::{Listeners, Practice, url};
use self::purse::Purse;
use self::services::{Frame, Services};
use self::settings::Settings;
use crate::app::{App, Hinted, Outcome, hex};
use crate::commands::up::{Args, GatewayArgs};

/// How long services may take to end once they are told to.
const DRAIN_MAX: Duration = Duration::from_secs(25);

/// Serves until the process is told to stop.
pub(crate) async fn serve(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    let settings = Settings::resolve(args)?;
    let mut state = open(&args.gateway.state, app)?;
    let listeners = Listeners::bind(&settings).await?;
    let (gateway, console) = (url(&listeners.gateway)?, url(&listeners.console)?);
    let token = hex(&App::random::<32>()?);
    let key = mint(&state, app, &settings).await?;
    record(&state, app, &settings).await?;

    let frame = Frame {
        board: Arc::new(Board::new(Snapshot {
            gateway: format!("{gateway}/v1"),
            // From the first page on, not only once there are figures.
            demonstration: listeners
                .practice
                .as_ref()
                .map(|_| pricing::DEMONSTRATION.to_owned()),
            ..Snapshot::default()
        })),
        tasks: TaskSet::new(),
        stop: CancellationToken::new(),
    };
    let demonstration = listeners
        .practice
        .as_ref()
        .map(|practice| demonstration(practice, settings.measured.digest(), &state, app, &frame))
        .transpose()?;
    let base = match (&settings.upstream, &listeners.practice) {
        (Some(upstream), _) => upstream.as_str().to_owned(),
        (None, Some(practice)) => url(&practice.upstream)?,
        (None, None) => anyhow::bail!("there is no upstream"),
    };
    let upstream = services::upstream(&settings, &base)?;
    let ports = services::gateway_ports(&state, app, upstream);
    let purse = Purse::open(&args.gateway, &settings, app, &ports)?;
    let public = purse.cover(services::public(&settings)?);
    let services = Services {
        settings: &settings,
        ports,
        frame: &frame,
        token: &token,
        reviewer: args.reviewer.as_ref().unwrap_or(&app.user),
        pins: state.pins(),
    };
    services::start(&services, public, listeners);
    state.announce(&Run {
        schema: Run::SCHEMA.to_owned(),
        pid: std::process::id(),
        gateway: gateway.clone(),
        console: console.clone(),
        key: key.expose().clone(),
        token: token.clone(),
    })?;
    let banner = Banner {
        gateway: &gateway,
        console: &console,
        token: &token,
        key: key.expose(),
        practice: settings.is_practice(),
    };
    App::print(&banner.text())?;
    if let Some(demonstration) = demonstration {
        frame.tasks.spawn(demonstration.run());
    }

    stopped().await?;
    App::warn("stopping: open requests may finish");
    frame.stop.cancel();
    frame.tasks.drain(DRAIN_MAX).await;
    purse.close().await;
    // The ports go first, so that nothing can write to the ledger when it closes.
    drop(services);
    state.close()?;
    Ok(Outcome::Clean)
}

/// Serves the gateway alone until the process is told to stop.
pub(crate) async fn serve_gateway(args: &GatewayArgs, app: &App) -> anyhow::Result<Outcome> {
    let settings = Settings::of_gateway(args)?;
    let Some(base) = settings
        .upstream
        .as_ref()
        .map(|url| url.as_str().to_owned())
    else {
        return Err(Hinted::new(
            "the gateway has no model server to stand in front of",
            "name one with --upstream URL or in seawall-config.yaml; `seawall up` brings its own",
        )
        .into());
    };
    let state = open(&args.state, app)?;
    let listener = listeners::gateway(&settings).await?;
    let gateway = url(&listener)?;
    let is_first = state.keys().list().await?.is_empty();
    let mut text = format!("Seawall's gateway is ready at {gateway}/v1, in front of {base}.\n");
    if is_first {
        let key = mint(&state, app, &settings).await?;
        text.push_str(&format!("Virtual key, shown this once: {}\n", key.expose()));
    }
    record(&state, app, &settings).await?;
    let upstream = services::upstream(&settings, &base)?;
    let ports = services::gateway_ports(&state, app, upstream);
    let stop = CancellationToken::new();
    let tasks = TaskSet::new();
    let purse = Purse::open(args, &settings, app, &ports)?;
    let public = purse.cover(services::public(&settings)?);
    services::serve(&settings, listener, public, (&ports, &tasks, &stop));
    drop(ports);
    App::print(&text)?;
    stopped().await?;
    stop.cancel();
    tasks.drain(DRAIN_MAX).await;
    purse.close().await;
    state.close()?;
    Ok(Outcome::Clean)
}

fn open(dir: &Path, app: &App) -> anyhow::Result<State> {
    let state = app.open_state(dir);
    let state = state.map_err(|error| {
        let hint = error.hint().unwrap_or("name another folder with --state");
        Hinted::new("the state folder cannot be used", hint).because(error)
    })?;
    for notice in state.notices() {
        App::warn(notice);
    }
    Ok(state)
}

/// A key for this start: its text exists only here, so every start makes one. Old ones stay valid.
async fn mint(state: &State, app: &App, settings: &Settings) -> anyhow::Result<Secret<String>> {
    let key = NewKey {
        name: "up".to_owned(),
        principal: Principal::new(PrincipalKind::Key, "up"),
        limits: settings.key_limits(),
        scope: Vec::new(),
    };
    let (_, secret) = state.keys().create(key, starter(), app.clock.now()).await?;
    Ok(secret)
}

/// Seawall itself, as who starts.
fn starter() -> Principal {
    Principal::new(PrincipalKind::Seawall, "up")
}

async fn record(state: &State, app: &App, settings: &Settings) -> anyhow::Result<()> {
    let start = Start {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        command: "up".to_owned(),
        config: settings.digest,
        policy: settings.guard.digest(),
        upstream: settings
            .upstream
            .as_ref()
            .map_or("practice", |url| url.as_str())
            .to_owned(),
    };
    let draft = Draft {
        kind: Kind::Start,
        at: app.clock.now(),
        principal: starter(),
        subject: settings.guard.digest().to_string(),
        body: start.to_body(),
    };
    state.ledger().append(vec![draft]).await?;
    Ok(())
}

fn demonstration(
    practice: &Practice,
    controls: Digest,
    state: &State,
    app: &App,
    frame: &Frame,
) -> anyhow::Result<Demonstration> {
    Ok(Demonstration {
        on: url(&practice.on)?,
        off: url(&practice.off)?,
        controls,
        folder: example::lay_out(state)?,
        state: state.dir().to_owned(),
        ledger: state.ledger(),
        keys: state.keys(),
        clock: Arc::clone(&app.clock),
        id: app.ids.next("campaign", app.clock.now()),
        board: Arc::clone(&frame.board),
        stop: frame.stop.clone(),
        colour: app.colour,
    })
}

/// Resolves when the process is told to stop: Ctrl-C, or the signal that init systems send.
async fn stopped() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
