//! `seawall admission` without a word more: the webhook itself.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use clap::ValueEnum;
use seawall_admission::certificate::{self, Certificate};
use seawall_admission::configuration::{self, Endpoint};
use seawall_admission::controller::Controller;
use seawall_admission::facts::Facts;
use seawall_admission::{Admission, AdmissionOptions, Policy, SharedFacts, serve};
use seawall_base::{OnError, Severity};
use seawall_net::CancellationToken;
use seawall_net::tls::Identity;
use seawall_store::State;
use seawall_telemetry::logs;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::cluster::{Connection, runtime};
use crate::app::{App, Outcome};

/// How the webhook runs.
#[derive(Debug, clap::Args)]
pub(super) struct ServeArgs {
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
    /// A folder with tls.crt and tls.key, read again when they change, instead of a certificate of
    /// its own.
    #[arg(long, value_name = "DIR")]
    certificates: Option<PathBuf>,
    /// Decide by the cluster's guardrail objects too, and let go what waits once it is verified.
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    connection: Connection,
}

/// How often a certificate folder is looked at.
const ROTATION: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Choice {
    Deny,
    Allow,
}

pub(super) const EXAMPLES: &str = "Examples:
  seawall admission
  seawall admission --watch --kubeconfig admin.conf
  seawall admission --listen 0.0.0.0:8443 --state /var/lib/seawall --fail-on critical
  seawall admission --url https://10.0.0.7:8443 --listen 10.0.0.7:8443";

/// Runs the command until the process is told to stop.
pub(super) fn run(args: &ServeArgs, app: &App) -> anyhow::Result<Outcome> {
    logs::init(logs::Format::Text, "info")?;
    let state = open(&args.state, app)?;
    let (identity, announced) = identity(args, app)?;
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
    let facts = SharedFacts::default();
    if args.watch {
        *facts.write().unwrap_or_else(PoisonError::into_inner) = Facts::awaited();
    }
    let admission = Admission::new(options, Some(state.ledger()), Arc::clone(&clock));
    let admission = Arc::new(admission.with_facts(Arc::clone(&facts)));
    runtime()?.block_on(async {
        let listener = TcpListener::bind(args.listen)
            .await
            .with_context(|| format!("cannot listen on {}", args.listen))?;
        let address = listener.local_addr()?;
        let shutdown = CancellationToken::new();
        let controller = match args.watch {
            true => Some(Controller {
                cluster: args.connection.connect().await?,
                facts,
                clock,
            }),
            false => None,
        };
        App::print(&announcement(args, address, announced.as_ref()))?;
        let (mut interrupt, mut terminate) = (
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
        );
        let serving = serve(listener, &identity, admission, shutdown.clone());
        let mut serving = std::pin::pin!(serving);
        let beside = async {
            let rotate = rotate(args.certificates.as_deref(), &identity);
            let control = async {
                match &controller {
                    Some(controller) => controller.run(shutdown.clone()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::join!(rotate, control);
        };
        tokio::select! {
            ended = &mut serving => return ended.map_err(anyhow::Error::from),
            () = beside => {}
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

/// Who the webhook is, and its own authority where it made one.
fn identity(args: &ServeArgs, app: &App) -> anyhow::Result<(Identity, Option<Certificate>)> {
    if let Some(folder) = &args.certificates {
        let (chain, key) = pair(folder)?;
        return Ok((Identity::new(&chain, &key)?, None));
    }
    let names = names(&args.service, &args.namespace, args.url.as_deref());
    let folder = args.state.join("admission");
    let made = certificate::load_or_make(&folder, &names, app.clock.now())?;
    Ok((made.identity()?, Some(made)))
}

/// The names by which the API server may call the webhook.
pub(super) fn names(service: &str, namespace: &str, url: Option<&str>) -> Vec<String> {
    let service = format!("{service}.{namespace}.svc");
    let mut names = vec![
        format!("{service}.cluster.local"),
        service,
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
    ];
    let host = url.and_then(host);
    names.extend(
        host.filter(|host| !names.iter().any(|name| name == host))
            .map(str::to_owned),
    );
    names
}

/// Chain and key of a folder such as a mounted Secret.
#[expect(clippy::disallowed_methods, reason = "the user names the folder")]
fn pair(folder: &Path) -> anyhow::Result<(Vec<u8>, Vec<u8>)> {
    let read = |name: &str| {
        let path = folder.join(name);
        std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))
    };
    Ok((read("tls.crt")?, read("tls.key")?))
}

/// Looks at the folder again and again. A mounted Secret changes by a link that is swapped, which
/// watching a file would miss; both files are read together, and a pair that does not fit is not
/// taken.
async fn rotate(folder: Option<&Path>, identity: &Identity) {
    let Some(folder) = folder else {
        return std::future::pending().await;
    };
    let mut known = pair(folder).ok();
    loop {
        tokio::time::sleep(ROTATION).await;
        let Ok(found) = pair(folder) else {
            continue;
        };
        if known.as_ref() == Some(&found) {
            continue;
        }
        match identity.replace(&found.0, &found.1) {
            Ok(()) => {
                tracing::info!("the certificate was renewed");
                known = Some(found);
            }
            Err(error) => tracing::warn!(error.message = %error, "a new certificate is not used"),
        }
    }
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
fn announcement(
    args: &ServeArgs,
    address: SocketAddr,
    certificate: Option<&Certificate>,
) -> String {
    let Some(certificate) = certificate else {
        let severity = args.fail_on;
        return format!(
            "# Answers https://{address}/validate, denies from severity {severity} on.\n"
        );
    };
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
