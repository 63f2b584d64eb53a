//! `seawall budget reconcile`: what the ledger counted beside what a provider bills.

use std::collections::BTreeMap;
use std::path::PathBuf;

use seawall_budget::reconcile::{Counted, Difference, Invoice, compare};
use seawall_evidence::Kind;
use seawall_evidence::settlement::Settlement;
use seawall_report::{Cell, Column, Document, Table, Tone};
use seawall_store::LogReader;
use serde_json::json;

use super::{Format, answer, source};
use crate::app::{App, Hinted, Outcome};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  seawall budget reconcile invoice.csv\n  seawall budget reconcile invoice.csv --date-column day --input-column prompt --output-column completion --tolerance 1\n\nThe file is CSV with a header: a date, a model, tokens in and out. Exit code 1 where they differ by\nmore than the tolerance."
)]
pub(super) struct Args {
    /// The provider's export.
    file: PathBuf,
    /// Column of the date; its first ten characters count.
    #[arg(long, value_name = "NAME", default_value = "date")]
    date_column: String,
    /// Column of the model.
    #[arg(long, value_name = "NAME", default_value = "model")]
    model_column: String,
    /// Column of the prompt's tokens.
    #[arg(long, value_name = "NAME", default_value = "input_tokens")]
    input_column: String,
    /// Column of the answer's tokens.
    #[arg(long, value_name = "NAME", default_value = "output_tokens")]
    output_column: String,
    /// Percentage by which a day of a model may differ.
    #[arg(long, value_name = "PERCENT", default_value_t = 0)]
    tolerance: u64,
    /// The state folder.
    #[arg(long, value_name = "DIR", default_value = ".seawall")]
    state: PathBuf,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Entries read at once.
const CHUNK: usize = 4_096;

pub(super) fn run(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    let columns = [
        &args.date_column,
        &args.model_column,
        &args.input_column,
        &args.output_column,
    ];
    let bytes = source::read(&args.file)?;
    let invoice = Invoice::parse(&bytes, columns.map(String::as_str)).map_err(|error| {
        let message = format!("{} cannot be read as an invoice", args.file.display());
        Hinted::new(message, "name its columns with --date-column and the like").because(error)
    })?;
    let differences = compare(&counted(args)?, &invoice, args.tolerance);
    let mut document = Document::new("Reconciliation");
    document.text("Our count beside the provider's, by day and model.");
    document.table(table(&differences));
    let rows = differences.iter().map(|row| {
        json!({
            "date": row.date,
            "model": row.model,
            "ours": {
                "input": row.ours.input,
                "output": row.ours.output,
                "estimated": row.ours.estimated,
            },
            "theirs": { "input": row.theirs.input, "output": row.theirs.output },
            "differs": row.differs,
        })
    });
    let value = json!({
        "schema": "seawall.reconciliation/v1",
        "rows": rows.collect::<Vec<_>>(),
    });
    answer(args.format, &document, &value, app)?;
    match differences.iter().any(|row| row.differs) {
        true => Ok(Outcome::Failed),
        false => Ok(Outcome::Clean),
    }
}

/// What the ledger's settlements add up to, by day and model.
fn counted(args: &Args) -> anyhow::Result<BTreeMap<(String, String), Counted>> {
    let reader = LogReader::open(&args.state, None)?;
    let size = reader.checkpoint().size;
    let mut sums: BTreeMap<(String, String), Counted> = BTreeMap::new();
    let mut from = 0;
    while from < size {
        let records = reader.entries(from, CHUNK)?;
        anyhow::ensure!(!records.is_empty(), "the ledger ends before its checkpoint");
        from += u64::try_from(records.len())?;
        let entries = records.iter().filter_map(|record| record.entry().ok());
        for entry in entries.filter(|entry| entry.kind == Kind::Settlement) {
            let settled = Settlement::from_body(&entry.body)?;
            let day = entry.at.strftime("%F").to_string();
            let sum = sums.entry((day, settled.model)).or_default();
            sum.input = sum.input.saturating_add(settled.prompt_tokens);
            sum.output = sum.output.saturating_add(settled.completion_tokens);
            sum.estimated += u64::from(settled.estimated);
        }
    }
    Ok(sums)
}

fn table(differences: &[Difference]) -> Table {
    let mut table = Table::new(vec![
        Column::left("date"),
        Column::left("model"),
        Column::right("ours in"),
        Column::right("theirs in"),
        Column::right("ours out"),
        Column::right("theirs out"),
        Column::right("estimated"),
        Column::left("verdict"),
    ]);
    for row in differences {
        let (word, tone) = match row.differs {
            true => ("differs", Tone::Bad),
            false => ("agrees", Tone::Good),
        };
        table.row([
            row.date.as_str().into(),
            row.model.as_str().into(),
            row.ours.input.to_string().into(),
            row.theirs.input.to_string().into(),
            row.ours.output.to_string().into(),
            row.theirs.output.to_string().into(),
            row.ours.estimated.to_string().into(),
            Cell::new(word, tone),
        ]);
    }
    table
}
