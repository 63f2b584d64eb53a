//! `seawall budget prices`: the prices in force.

use std::path::PathBuf;

use seawall_budget::Micros;
use seawall_report::{Column, Document, Table};
use serde_json::json;

use super::{Format, answer, source};
use crate::app::{App, Outcome};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  seawall budget prices\n  seawall budget prices --prices prices.json"
)]
pub(super) struct Args {
    /// Prices that are laid over the built-in table.
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    let prices = source::prices(args.prices.as_deref())?;
    let mut document = Document::new("Prices");
    document.text(format!(
        "Version {}, {}. Source: {}. In {} per million tokens; a model that is not listed has no \
         price and is refused under a limit of money.",
        prices.version, prices.date, prices.source, prices.currency
    ));
    let mut table = Table::new(vec![
        Column::left("model"),
        Column::right("input"),
        Column::right("output"),
        Column::right("cache read"),
        Column::right("cache write"),
    ]);
    let mut values = Vec::new();
    for (model, price) in prices.models() {
        let show = |micros| Micros(micros).to_string();
        let shown = [
            price.input,
            price.output,
            price.cache_read,
            price.cache_write,
        ];
        let cells = shown.map(|micros| show(micros).into());
        table.row(std::iter::once(model.into()).chain(cells));
        values.push(json!({
            "model": model,
            "input": show(price.input),
            "output": show(price.output),
            "cache-read": show(price.cache_read),
            "cache-write": show(price.cache_write),
            "free": price.is_free(),
        }));
    }
    document.table(table);
    let value = json!({
        "schema": "seawall.price-list/v1", "version": prices.version, "source": prices.source,
        "date": prices.date, "currency": prices.currency, "models": values,
    });
    answer(args.format, &document, &value, app)
}
