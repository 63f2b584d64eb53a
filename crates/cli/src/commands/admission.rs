//! `seawall admission`: the webhook that answers the API server with the scanner's rules.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use clap::ValueEnum;
use seawall_admission::certificate::{self, Certificate};
use seawall_admission::configuration::{self, Endpoint};
use seawall_admission::{Admission, AdmissionOptions, Policy, serve};
use seawall_base::{OnError, Severity};
use seawall_net::CancellationToken;
use seawall_store::State;
use seawall_telemetry::logs;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::{App, Outcome};

/// Answer admission reviews with the rules of `seawall scan`.
///
/// Makes its own authority and certificate on the first start, prints where the authority's
/// certificate lies and a ready webhook configuration, then serves until it is told to stop.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Where to listen.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    /// The state folder: certificates and the ledger that denials are recorded in.
    #[arg(long, value_name = "DIR", default_value = ".seawall-admission")]
    state: PathBuf,
    /// The severity from which a finding denies.
    #[arg(long, value_name = "SEVERITY", default_value_t = Severity::High)]
    fail_on: Severity,
    /// What happens when no decision can be made.
    #[arg(long, value_enum, default_value_t = Choice::Deny)]
    on_error: Choice,
    /// The namespace of the webhook's Service, which is never checked.
    #[arg(long, value_name = "NAME", default_value = "seawall-system")]
    namespace: String,
    /// The name of the webhook's Service.
    #[arg(long, value_name = "NAME", default_value = "seawall-admission")]
    service: String,
    /// The address by which the API server reaches a webhook outside the cluster.
    #[arg(long, conflicts_with = "service")]
    url: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Choice {
    Deny,
    Allow,
}

const EXAMPLES: &str = "Examples:
  seawall admission
  seawall admission --listen 0.0.0.0:8443 --state /var/lib/seawall --fail-on critical
  seawall admission --url https://10.0.0.7:8443 --listen 10.0.0.7:8443";

/// Runs the command until the process is told to stop.
pub(crate) fn run(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    logs::init(logs::Format::Text, "info")?;
    let state = open(&args.state, app)?;
    let certificate = certificate(args, app)?;
    let policy = Policy {
        fail_on: args.fail_on,
        on_error: match args.on_error {
            Choice::Deny => OnError::Deny,
            Choice::Allow => OnError::Allow,
        },
        ..Policy::default()
    };
    let options = AdmissionOptions {
        policy,
        ..AdmissionOptions::default()
    };
    let clock = Arc::clone(&app.clock);
    let admission = Arc::new(Admission::new(options, Some(state.ledger()), clock));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(args.listen)
            .await
            .with_context(|| format!("cannot listen on {}", args.listen))?;
        let address = listener.local_addr()?;
        App::print(&announcement(args, address, &certificate))?;
        let shutdown = CancellationToken::new();
        let (mut interrupt, mut terminate) = (
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        );
        let serving = serve(listener, &certificate, admission, shutdown.clone());
        let mut serving = std::pin::pin!(serving);
        tokio::select! {
            ended = &mut serving => return ended.map_err(anyhow::Error::from),
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        shutdown.cancel();
        serving.await.map_err(anyhow::Error::from)
    })?;
    state.close()?;
    Ok(Outcome::Clean)
}

fn open(folder: &Path, app: &App) -> anyhow::Result<State> {
    let random = Arc::new(|| App::random::<32>().map_err(std::io::Error::other));
    State::open(folder, Arc::clone(&app.clock), Arc::clone(&app.ids), random)
        .with_context(|| format!("cannot open the state folder {}", folder.display()))
}

fn certificate(args: &Args, app: &App) -> anyhow::Result<Certificate> {
    let service = format!("{}.{}.svc", args.service, args.namespace);
    let mut names = vec![
        format!("{service}.cluster.local"),
        service,
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
    ];
    let host = args.url.as_deref().and_then(host);
    names.extend(
        host.filter(|host| !names.iter().any(|name| name == host))
            .map(str::to_owned),
    );
    let folder = args.state.join("admission");
    Ok(certificate::load_or_make(&folder, &names, app.clock.now())?)
}

/// The host of an `https://` address, without its port.
fn host(url: &str) -> Option<&str> {
    let authority = url.strip_prefix("https://")?.split('/').next()?;
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => Some(host),
        _ => Some(authority),
    }
}

/// What the user needs next. All but the configuration is in comments, so that the whole output can
/// be saved and applied.
fn announcement(args: &Args, address: SocketAddr, certificate: &Certificate) -> String {
    let endpoint = match &args.url {
        Some(url) => Endpoint::Url(url.trim_end_matches('/').to_owned()),
        None => Endpoint::Service {
            namespace: args.namespace.clone(),
            name: args.service.clone(),
        },
    };
    format!(
        "# Answers https://{address}/validate, denies from severity {} on.\n\
         # Authority of the webhook: {}\n\
         # Apply this once the Service answers (it denies what it cannot reach):\n{}",
        args.fail_on,
        certificate.ca_path.display(),
        configuration::render(&endpoint, &certificate.ca_bundle())
    )
}
