//! `seawall admission install|uninstall`: into a cluster with a proof, and out without a trace.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use seawall_admission::certificate::{self, Certificate};
use seawall_admission::configuration::Endpoint;
use seawall_admission::gate;
use seawall_admission::lockout::{essentials, prove, serving_namespaces};
use seawall_admission::manifests::{self, Installation, Workload};
use seawall_base::Secret;
use seawall_cluster::{Cluster, ClusterError, Write};
use seawall_report::text;
use serde_json::{Value, json};

use super::cluster::{Connection, runtime};
use super::prove as proof;
use crate::app::{App, Hinted, Outcome};

pub(super) const EXAMPLES: &str = "Examples:
  seawall admission preview
  seawall admission install --image registry.example/seawall@sha256:…
  seawall admission install --print --image registry.example/seawall@sha256:… | kubectl apply -f -
  seawall admission install --url https://10.0.0.7:8443

The webhook configurations are applied last, after the lockout proof and after the webhook answers;
where the API server then cannot reach it, they are taken back.";

pub(super) const UNINSTALL_EXAMPLES: &str = "Examples:
  seawall admission uninstall

The webhook configurations go first; what waits behind a gate is let go.";

/// The arguments of `install`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    connection: Connection,
    /// The image of Seawall, by digest.
    #[arg(long, value_name = "REF", required_unless_present = "url")]
    image: Option<String>,
    /// The address of a webhook that runs outside the cluster, instead of one in it.
    #[arg(long, value_name = "URL", conflicts_with = "image")]
    url: Option<String>,
    /// The namespace of the webhook.
    #[arg(long, value_name = "NAME", default_value = "seawall-system")]
    namespace: String,
    /// Where the webhook's authority and certificate are kept.
    #[arg(long, value_name = "DIR", default_value = ".seawall-admission")]
    state: PathBuf,
    /// Print the objects, one JSON document a line, instead of applying them.
    #[arg(long)]
    print: bool,
}

/// The arguments of `uninstall`.
#[derive(Debug, clap::Args)]
pub(super) struct UninstallArgs {
    #[command(flatten)]
    connection: Connection,
    /// The namespace of the webhook.
    #[arg(long, value_name = "NAME", default_value = "seawall-system")]
    namespace: String,
}

const SERVICE: &str = "seawall-admission";
/// How long the webhook's pods may take to answer.
const START_MAX: Duration = Duration::from_secs(180);
/// How long the API server may take to use new webhooks.
const ACTIVE_MAX: Duration = Duration::from_secs(15);
const AGAIN: Duration = Duration::from_millis(500);
/// Objects of one kind that are looked through for our gate.
const OBJECTS_MAX: usize = 100_000;

/// Runs `install`.
pub(super) fn install(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    let installation = installation(args, app)?;
    let objects = manifests::objects(&installation).map_err(anyhow::Error::msg)?;
    let webhooks = manifests::webhooks(&installation).map_err(anyhow::Error::msg)?;
    if args.print {
        for object in objects.iter().chain(&webhooks) {
            App::print(&format!("---\n{object}\n"))?;
        }
        return Ok(Outcome::Clean);
    }
    runtime()?.block_on(async {
        let cluster = args.connection.connect().await?;
        let own = serving_namespaces(&webhooks);
        let own: Vec<&str> = own.iter().map(String::as_str).collect();
        let proof = prove(&webhooks, &essentials(&own));
        App::print(&text(&proof::document(&proof), &app.style()))?;
        anyhow::ensure!(
            proof.locked.is_empty(),
            "the webhooks could lock the cluster out"
        );
        for object in &objects {
            apply(&cluster, object).await?;
        }
        if args.url.is_none() {
            ready(&cluster, &args.namespace).await?;
        }
        for webhook in &webhooks {
            apply(&cluster, webhook).await?;
        }
        if let Err(error) = answers(&cluster).await {
            for kind in proof::hooks() {
                cluster.remove(&kind, None, "seawall").await?;
            }
            let hint = "look at the webhook's own log, and at network policies between the API \
                        server and it";
            let what =
                "the API server cannot use the webhook, so its configurations were taken back";
            return Err(Hinted::new(what, hint).because(error).into());
        }
        App::print("Installed. The API server asks the webhook from now on.\n")?;
        Ok(Outcome::Clean)
    })
}

/// Runs `uninstall`.
pub(super) fn uninstall(args: &UninstallArgs, _app: &App) -> anyhow::Result<Outcome> {
    let installation = Installation {
        namespace: args.namespace.clone(),
        endpoint: service(&args.namespace),
        ca_bundle: String::new(),
        // Its objects are only named here.
        workload: Some(Workload {
            image: String::new(),
            chain_pem: String::new(),
            key_pem: Secret::new(String::new()),
            ca_pem: String::new(),
        }),
    };
    runtime()?.block_on(async {
        let cluster = args.connection.connect().await?;
        let mut removed = 0_usize;
        for kind in proof::hooks() {
            removed += usize::from(cluster.remove(&kind, None, "seawall").await?);
        }
        let released = release(&cluster).await?;
        let mut objects = manifests::objects(&installation).map_err(anyhow::Error::msg)?;
        objects.reverse();
        for object in &objects {
            removed += usize::from(remove(&cluster, object).await?);
        }
        App::print(&format!(
            "Removed {removed} objects, let go {released} that waited.\n"
        ))?;
        Ok(Outcome::Clean)
    })
}

fn installation(args: &Args, app: &App) -> anyhow::Result<Installation> {
    let endpoint = match &args.url {
        Some(url) => Endpoint::Url(url.trim_end_matches('/').to_owned()),
        None => service(&args.namespace),
    };
    let certificate = made(args, app)?;
    let image = args.image.clone();
    if let Some(image) = &image {
        let pinned = image.split_once("@sha256:").map(|(_, digest)| digest.len());
        let hint = "name the image by its digest, as in registry/seawall@sha256:…";
        anyhow::ensure!(
            pinned == Some(64),
            Hinted::new(format!("`{image}` can change"), hint)
        );
    }
    Ok(Installation {
        namespace: args.namespace.clone(),
        endpoint,
        ca_bundle: certificate.ca_bundle(),
        workload: image.map(|image| Workload {
            image,
            chain_pem: certificate.chain_pem,
            key_pem: Secret::new(certificate.key_pem),
            ca_pem: certificate.ca_pem,
        }),
    })
}

fn made(args: &Args, app: &App) -> anyhow::Result<Certificate> {
    let names = super::serve::names(SERVICE, &args.namespace, args.url.as_deref());
    let folder = args.state.join("admission");
    Ok(certificate::load_or_make(&folder, &names, app.clock.now())?)
}

fn service(namespace: &str) -> Endpoint {
    Endpoint::Service {
        namespace: namespace.to_owned(),
        name: SERVICE.to_owned(),
    }
}

/// Applies one object. A kind that was just defined is served a moment later.
async fn apply(cluster: &Cluster, object: &Value) -> anyhow::Result<()> {
    let kind = object
        .get("kind")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let name = object.pointer("/metadata/name").and_then(Value::as_str);
    let what = format!("{kind} {}", name.unwrap_or_default());
    let applied = cluster.apply(object, Write::Keep).await;
    applied
        .map(drop)
        .with_context(|| format!("{what} could not be applied"))
}

async fn remove(cluster: &Cluster, object: &Value) -> anyhow::Result<bool> {
    let kind = match cluster.kind_of(object).await {
        Ok(kind) => kind,
        Err(ClusterError::UnknownKind(_)) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
    Ok(cluster
        .remove(&kind, namespace, name.unwrap_or_default())
        .await?)
}

/// Waits until the webhook's pods say that they are ready.
async fn ready(cluster: &Cluster, namespace: &str) -> anyhow::Result<()> {
    let deployment = json!({ "apiVersion": "apps/v1", "kind": "Deployment" });
    let kind = cluster.kind_of(&deployment).await?;
    let waits = async {
        loop {
            let found = cluster.get(&kind, Some(namespace), SERVICE).await?;
            let ready = found.and_then(|found| found.pointer("/status/readyReplicas")?.as_u64());
            if ready.is_some_and(|ready| ready > 0) {
                return anyhow::Ok(());
            }
            tokio::time::sleep(AGAIN).await;
        }
    };
    let hint = "look at its pods; the webhook configurations are not applied, so nothing is denied";
    let late = Hinted::new("the webhook's pods do not become ready", hint);
    tokio::time::timeout(START_MAX, waits)
        .await
        .map_err(|_| late)?
}

/// Offers a pod that nobody keeps until the webhook has had its say about it.
async fn answers(cluster: &Cluster) -> anyhow::Result<()> {
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": "seawall-probe", "namespace": "default" },
        // Denied by the webhook, and by nothing that every cluster has.
        "spec": {
            "hostNetwork": true, "hostPID": true, "hostIPC": true,
            "containers": [{
                "name": "probe", "image": "probe.invalid/probe",
                "securityContext": { "privileged": true },
            }],
        },
    });
    let kind = cluster.kind_of(&pod).await?;
    let waits = async {
        loop {
            let offered = cluster.create(&kind, &pod, Write::DryRun).await;
            match offered {
                Err(ClusterError::Refused { message, .. }) if message.contains("seawall.dev") => {
                    let failed = message.contains("failed calling webhook");
                    anyhow::ensure!(!failed, "{message}");
                    return Ok(());
                }
                Err(ClusterError::Refused { .. }) | Ok(_) => tokio::time::sleep(AGAIN).await,
                Err(error) => return Err(error.into()),
            }
        }
    };
    let late = tokio::time::timeout(ACTIVE_MAX, waits).await;
    late.unwrap_or_else(|_| Err(anyhow::anyhow!("the webhook was not asked within 15 s")))
}

/// Lifts our gate from everything that waits at it.
async fn release(cluster: &Cluster) -> anyhow::Result<usize> {
    let mut released = 0;
    for kind in cluster.kinds().await? {
        if !gate::is_gated_kind(&kind.group, &kind.kind) {
            continue;
        }
        for object in cluster.list(&kind, None, OBJECTS_MAX).await?.objects {
            let Some(patch) = gate::open_json(&object) else {
                continue;
            };
            let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
            let place = (
                text("/metadata/namespace"),
                text("/metadata/name").unwrap_or_default(),
            );
            cluster.patch(&kind, place, &patch).await?;
            released += 1;
        }
    }
    Ok(released)
}
