//! `seawall budget explain KEY`: which limits a key falls under, and what is left of each.

use std::path::PathBuf;

use seawall_budget::{Facts, Rule, View};
use seawall_report::{Cell, Column, Document, Table, Tone};
use serde_json::json;

use super::show::{describe, signed, until, value};
use super::{Format, Source, answer};
use crate::app::{App, Outcome};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  seawall budget explain key_01jd\n  seawall budget explain key_01jd --name ci --model gpt-x --route public"
)]
pub(super) struct Args {
    /// Id of the key.
    key: String,
    /// Name of the key, where limits name it by that.
    #[arg(long, default_value = "")]
    name: String,
    /// The model of the call.
    #[arg(long, default_value = "practice")]
    model: String,
    /// The route of the call.
    #[arg(long, default_value = "public")]
    route: String,
    /// The session that the call names.
    #[arg(long)]
    session: Option<String>,
    /// The run that the call names.
    #[arg(long)]
    run: Option<String>,
    /// The class that the call puts itself in.
    #[arg(long)]
    class: Option<String>,
    #[command(flatten)]
    source: Source,
    /// The state folder.
    #[arg(long, value_name = "DIR", default_value = ".seawall")]
    state: PathBuf,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) async fn run(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    let budgets = args.source.open(&args.state)?;
    let now = app.clock.now();
    let facts = Facts {
        key: &args.key,
        key_name: &args.name,
        model: &args.model,
        route: &args.route,
        session: args.session.as_deref(),
        run: args.run.as_deref(),
        class: args.class.as_deref(),
    };
    let mut found: Vec<(Rule, Option<(String, View)>)> = Vec::new();
    for rule in budgets.rules().await? {
        if let Some(account) = rule.account(&facts) {
            let views = budgets.accounts(&rule.id, now).await?;
            let own = views.into_iter().find(|(name, _)| *name == account);
            found.push((rule, own));
        }
    }
    let mut document = Document::new(format!("Limits of {}", args.key));
    if found.is_empty() {
        document.text("A call of this key falls under no limit.");
    } else {
        document.text("A call needs room in every one of these:");
        document.table(table(&found));
    }
    let limits = found.iter().map(|(rule, own)| value(rule, own.as_slice()));
    let value = json!({
        "schema": "seawall.budget-explanation/v1",
        "key": args.key,
        "limits": limits.collect::<Vec<_>>(),
    });
    answer(args.format, &document, &value, app)
}

fn table(found: &[(Rule, Option<(String, View)>)]) -> Table {
    let mut table = Table::new(vec![
        Column::left("limit"),
        Column::right("left"),
        Column::left("until"),
        Column::left("what that means"),
    ]);
    for (rule, own) in found {
        let limit = describe(rule);
        let Some((_, view)) = own else {
            let left = rule.show(rule.limit);
            table.row([
                limit.into(),
                left.into(),
                "-".into(),
                "nothing is drawn yet".into(),
            ]);
            continue;
        };
        let (meaning, tone) = match view.left {
            ..0 => (
                "spent beyond the limit; owed before the next call",
                Tone::Bad,
            ),
            0 => ("used up or leased", Tone::Bad),
            _ if view.leased > 0 => ("part of it is leased to replicas", Tone::Plain),
            _ => ("open", Tone::Good),
        };
        table.row([
            limit.into(),
            signed(rule, view.left).into(),
            until(view).into(),
            Cell::new(meaning, tone),
        ]);
    }
    table
}
