//! `seawall budget show`: the limits, and what is spent in each account.

use std::path::PathBuf;

use seawall_base::Timestamp;
use seawall_budget::{Rule, View};
use seawall_report::{Cell, Column, Document, Table, Tone};
use serde_json::{Value, json};

use super::{Format, Source, answer};
use crate::app::{App, Outcome};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  seawall budget show\n  seawall budget show --format json")]
pub(super) struct Args {
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
    let (mut values, mut document) = (Vec::new(), Document::new("Budgets"));
    let rules = budgets.rules().await?;
    if rules.is_empty() {
        document.text("No limits. `seawall budget set` adds one.");
    }
    for rule in rules {
        let accounts = budgets.accounts(&rule.id, now).await?;
        document.heading(describe(&rule));
        if let Some(soft) = soft(&rule) {
            document.text(soft);
        }
        if accounts.is_empty() {
            document.text("Nobody has drawn on it yet.");
        } else {
            document.table(table(&rule, &accounts));
        }
        values.push(value(&rule, &accounts));
    }
    let value = json!({"schema": "seawall.budgets/v1", "budgets": values});
    answer(args.format, &document, &value, app)
}

/// A limit in one line.
pub(super) fn describe(rule: &Rule) -> String {
    let of = match rule.of.as_str() {
        "*" if rule.scope.as_str() == "all" => String::new(),
        "*" => " each".to_owned(),
        of => format!(" {of}"),
    };
    let zone = rule.window.zone().map(|zone| format!(" ({zone})"));
    format!(
        "{}: {} {} per {}{} for {}{of}",
        rule.id,
        rule.show(rule.limit),
        rule.unit,
        rule.window,
        zone.unwrap_or_default(),
        rule.scope,
    )
}

/// Thresholds and shares below the ceiling.
pub(super) fn soft(rule: &Rule) -> Option<String> {
    let alerts = rule.alerts.iter().map(|percent| format!("{percent} %"));
    let shares = rule.shares.iter();
    let shares = shares.map(|(class, percent)| format!("`{class}` stops at {percent} %"));
    let parts = [
        ("Alerts at", alerts.collect::<Vec<_>>()),
        ("Shares:", shares.collect()),
    ];
    let parts = parts.into_iter().filter(|(_, list)| !list.is_empty());
    let text = parts
        .map(|(what, list)| format!("{what} {}.", list.join(", ")))
        .collect::<Vec<_>>();
    (!text.is_empty()).then(|| text.join(" "))
}

/// How the window ends at its pace so far.
pub(super) fn foreseen(rule: &Rule, view: &View) -> (String, Tone) {
    let Some(forecast) = view.forecast else {
        return ("-".to_owned(), Tone::Muted);
    };
    let at_end = rule.show(forecast.at_end);
    match forecast.exhausted_in_ms {
        Some(ms) => {
            let minutes = ms / 60_000;
            let (hours, minutes) = (minutes / 60, minutes % 60);
            let text = format!("{at_end}; used up in {hours} h {minutes} min");
            (text, Tone::Bad)
        }
        None => (at_end, Tone::Plain),
    }
}

fn table(rule: &Rule, accounts: &[(String, View)]) -> Table {
    let mut table = Table::new(vec![
        Column::left("account"),
        Column::right("spent"),
        Column::right("leased"),
        Column::right("left"),
        Column::right("overrun"),
        Column::right("lost"),
        Column::right("alert"),
        Column::left("until"),
        Column::left("at its end"),
    ]);
    for (name, view) in accounts {
        let tone = match view.left {
            ..=0 => Tone::Bad,
            _ => Tone::Plain,
        };
        let foreseen = foreseen(rule, view);
        table.row([
            name.as_str().into(),
            rule.show(view.spent).into(),
            rule.show(view.leased).into(),
            Cell::new(signed(rule, view.left), tone),
            rule.show(view.overrun).into(),
            rule.show(view.lost).into(),
            passed(view),
            until(view).into(),
            Cell::new(foreseen.0, foreseen.1),
        ]);
    }
    table
}

/// The highest threshold that was passed.
fn passed(view: &View) -> Cell {
    match view.alerted {
        0 => Cell::new("-", Tone::Muted),
        percent => Cell::new(format!("{percent} %"), Tone::Warn),
    }
}

pub(super) fn signed(rule: &Rule, amount: i64) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    format!("{sign}{}", rule.show(amount.unsigned_abs()))
}

pub(super) fn until(view: &View) -> String {
    let ends = view
        .ends_ms
        .and_then(|ms| Timestamp::from_millisecond(ms).ok());
    ends.map_or_else(
        || "-".to_owned(),
        |ends| ends.strftime("%F %T UTC").to_string(),
    )
}

/// Amounts are whole numbers of the smallest unit.
pub(super) fn value(rule: &Rule, accounts: &[(String, View)]) -> Value {
    let accounts = accounts.iter().map(|(name, view)| {
        json!({
            "account": name,
            "ceiling": view.ceiling,
            "spent": view.spent,
            "leased": view.leased,
            "left": view.left,
            "leases": view.leases,
            "overrun": view.overrun,
            "lost": view.lost,
            "until": view.ends_ms.map(|_| until(view)),
            "alerted-percent": view.alerted,
            "forecast": view.forecast.map(|forecast| json!({
                "at-end": forecast.at_end,
                "exhausted-in-ms": forecast.exhausted_in_ms,
            })),
        })
    });
    json!({"rule": rule.to_value(), "accounts": accounts.collect::<Vec<_>>()})
}
