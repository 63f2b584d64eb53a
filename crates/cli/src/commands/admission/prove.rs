//! `seawall admission prove`: the lockout proof over the webhooks that a cluster has.

use clap::ValueEnum;
use seawall_admission::lockout::{Proof, essentials, prove, serving_namespaces};
use seawall_cluster::{Cluster, Kind};
use seawall_report::{Cell, Column, Document, Table, Tone, text};
use serde_json::{Value, json};

use super::cluster::{Connection, runtime};
use crate::app::{App, Outcome};

pub(super) const EXAMPLES: &str = "Examples:
  seawall admission prove
  seawall admission prove --own monitoring

With every webhook that fails closed gone, each request of a cold start and of a repair is matched
against each webhook. Exit code 1 says that one of them would be refused.";

/// Webhook configurations that are read.
const CONFIGURATIONS_MAX: usize = 1_000;

/// The arguments of the command.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    connection: Connection,
    /// A namespace that must come up again beside those in which webhooks are served; repeat for
    /// more.
    #[arg(long = "own", value_name = "NAMESPACE")]
    own: Vec<String>,
    /// How the result is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Runs the command.
pub(super) fn run(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    let configurations = runtime()?.block_on(async {
        let cluster = args.connection.connect().await?;
        configurations(&cluster).await
    })?;
    let mut own = serving_namespaces(&configurations);
    own.extend(args.own.iter().cloned());
    let own: Vec<&str> = own.iter().map(String::as_str).collect();
    let proof = prove(&configurations, &essentials(&own));
    match args.format {
        Format::Json => App::print(&format!("{:#}\n", to_json(&proof)))?,
        Format::Text => App::print(&text(&document(&proof), &app.style()))?,
    }
    Ok(match proof.locked.is_empty() {
        true => Outcome::Clean,
        false => Outcome::Failed,
    })
}

/// Every webhook configuration of the cluster, validating and mutating.
pub(super) async fn configurations(cluster: &Cluster) -> anyhow::Result<Vec<Value>> {
    let mut found = Vec::new();
    for kind in hooks() {
        let listing = cluster.list(&kind, None, CONFIGURATIONS_MAX).await?;
        anyhow::ensure!(
            !listing.cut,
            "there are more webhook configurations than can be read"
        );
        found.extend(listing.objects);
    }
    Ok(found)
}

/// The kinds that register webhooks.
pub(super) fn hooks() -> [Kind; 2] {
    [
        (
            "MutatingWebhookConfiguration",
            "mutatingwebhookconfigurations",
        ),
        (
            "ValidatingWebhookConfiguration",
            "validatingwebhookconfigurations",
        ),
    ]
    .map(|(kind, plural)| Kind {
        group: "admissionregistration.k8s.io".to_owned(),
        version: "v1".to_owned(),
        kind: kind.to_owned(),
        plural: plural.to_owned(),
        namespaced: false,
    })
}

/// The proof as a page.
pub(super) fn document(proof: &Proof) -> Document {
    let mut document = Document::new("Lockout proof");
    document.text(format!(
        "{} webhooks, each matched against {} requests that a cold start or a repair needs.",
        proof.webhooks, proof.requests
    ));
    if proof.locked.is_empty() {
        let found = "With every webhook gone the cluster starts and can be repaired.";
        document.note(Tone::Good, found);
    } else {
        let mut table = Table::new(
            ["webhook", "what it would refuse"]
                .map(Column::left)
                .to_vec(),
        );
        for locked in &proof.locked {
            table.row([
                Cell::from(locked.webhook.as_str()),
                Cell::from(locked.what.as_str()),
            ]);
        }
        document
            .heading("Locked out while it does not answer")
            .table(table);
    }
    for fragile in &proof.fragile {
        let note = format!("{}: {}", fragile.webhook, fragile.why);
        document.note(Tone::Warn, note);
    }
    document
}

fn to_json(proof: &Proof) -> Value {
    let locked: Vec<Value> = proof
        .locked
        .iter()
        .map(|locked| json!({ "webhook": locked.webhook, "what": locked.what }))
        .collect();
    let fragile: Vec<Value> = proof
        .fragile
        .iter()
        .map(|fragile| json!({ "webhook": fragile.webhook, "why": fragile.why }))
        .collect();
    json!({
        "webhooks": proof.webhooks, "requests": proof.requests,
        "locked": locked, "fragile": fragile,
    })
}
