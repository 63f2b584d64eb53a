//! `seawall admission preview`: what would be denied, before anything is enforced.

use clap::ValueEnum;
use seawall_admission::facts::{Facts, GROUP, KINDS};
use seawall_admission::preview::{Preview, preview};
use seawall_admission::{Ground, Policy};
use seawall_base::Severity;
use seawall_cluster::Cluster;
use seawall_report::{Cell, Column, Document, Table, Tone, format, text};
use serde_json::json;

use super::cluster::{Connection, runtime};
use crate::app::{App, Outcome};

pub(super) const EXAMPLES: &str = "Examples:
  seawall admission preview
  seawall admission preview --namespace ml --fail-on critical
  seawall admission preview --format json | jq '.blocked[].name'

Exit code 1 says that something would be denied.";

/// Most objects of one kind that are read.
const OBJECTS_MAX: usize = 20_000;
/// Objects that a text report names.
const SHOWN_MAX: usize = 50;

/// The arguments of the command.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    connection: Connection,
    /// One namespace. [default: all]
    #[arg(long, value_name = "NAME")]
    namespace: Option<String>,
    /// The severity from which a finding denies, where no policy of the cluster says otherwise.
    #[arg(long, value_name = "SEVERITY", default_value_t = Severity::High)]
    fail_on: Severity,
    /// How the result is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Runs the command.
pub(super) fn run(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    let preview = runtime()?.block_on(async {
        let cluster = args.connection.connect().await?;
        let facts = facts(&cluster).await?;
        let policy = Policy {
            fail_on: args.fail_on,
            ..Policy::default()
        };
        let ground = Ground {
            policy: &policy,
            facts: &facts,
            now: app.clock.now(),
        };
        let (namespace, colour) = (args.namespace.as_deref(), app.colour);
        let progress = |kind: &seawall_cluster::Kind| {
            if colour {
                App::warn(&format!("reading {}", kind.plural));
            }
        };
        let preview = preview(&cluster, (namespace, OBJECTS_MAX), &ground, progress).await?;
        anyhow::Ok(preview)
    })?;
    match args.format {
        Format::Json => App::print(&format!("{:#}\n", to_json(&preview)))?,
        Format::Text => App::print(&text(&document(&preview), &app.style()))?,
    }
    let clean = preview.blocked.is_empty() && preview.unread.is_empty();
    Ok(if clean {
        Outcome::Clean
    } else {
        Outcome::Failed
    })
}

/// The cluster's own policies, where the kinds are installed.
async fn facts(cluster: &Cluster) -> anyhow::Result<Facts> {
    let mut facts = Facts::default();
    let kinds = cluster.kinds().await?;
    for (name, ..) in KINDS {
        let found = kinds
            .iter()
            .find(|kind| kind.group == GROUP && kind.kind == *name);
        if let Some(kind) = found {
            let listing = cluster.list(kind, None, OBJECTS_MAX).await?;
            facts.replace(name, &listing.objects);
        }
    }
    Ok(facts)
}

fn document(preview: &Preview) -> Document {
    let mut document = Document::new("Admission preview");
    let denied = preview.blocked.len();
    document.text(format!(
        "Of {} objects that nothing else in the cluster makes, {denied} would be denied if they \
         were created today, and {} would pass with a warning.",
        format::count(preview.objects as u64),
        preview.warned
    ));
    for (kind, why) in &preview.unread {
        document.note(Tone::Warn, format!("{kind} could not be read: {why}"));
    }
    for kind in &preview.cut {
        let why =
            format!("there are more than {OBJECTS_MAX} {kind} objects; the rest was not read");
        document.note(Tone::Warn, why);
    }
    if denied == 0 {
        return document;
    }
    let mut rules = Table::new(vec![Column::left("rule"), Column::right("objects")]);
    for (rule, count) in &preview.by_rule {
        rules.row([Cell::from(rule.as_str()), Cell::from(count.to_string())]);
    }
    document.heading("By rule").table(rules);
    let columns = ["namespace", "kind", "name", "denied by"]
        .map(Column::left)
        .to_vec();
    let mut objects = Table::new(columns);
    for blocked in preview.blocked.iter().take(SHOWN_MAX) {
        objects.row([
            Cell::from(blocked.namespace.as_str()),
            Cell::from(blocked.kind.as_str()),
            Cell::from(blocked.name.as_str()),
            Cell::from(blocked.rules.join(", ")),
        ]);
    }
    document.heading("Objects").table(objects);
    if denied > SHOWN_MAX {
        document.text(format!(
            "And {} more: --format json has all.",
            denied - SHOWN_MAX
        ));
    }
    document
}

fn to_json(preview: &Preview) -> serde_json::Value {
    let blocked: Vec<_> = preview
        .blocked
        .iter()
        .map(|blocked| {
            json!({
                "namespace": blocked.namespace, "kind": blocked.kind, "name": blocked.name,
                "rules": blocked.rules, "message": blocked.message,
            })
        })
        .collect();
    let unread: Vec<_> = preview
        .unread
        .iter()
        .map(|(what, why)| json!({ "what": what, "why": why }))
        .collect();
    json!({
        "objects": preview.objects, "warned": preview.warned, "blocked": blocked,
        "byRule": preview.by_rule, "unread": unread, "cut": preview.cut,
    })
}
