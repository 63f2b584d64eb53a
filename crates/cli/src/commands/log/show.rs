//! `seawall log show`: entries as a table, or as JSON lines.

use seawall_evidence::tree::leaf_hash;
use seawall_evidence::{Entry, Kind};
use seawall_ports::Record;
use seawall_report::{Cell, Column, Document, Table, Tone};
use seawall_store::LogReader;
use serde_json::{Value, json};

use super::{Format, Ledger, print};
use crate::app::{App, Outcome};

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    ledger: Ledger,
    /// Only entries of this kind, such as `verdict`, `trial`, `decision`, `key`.
    #[arg(long, value_parser = kind)]
    kind: Option<Kind>,
    /// At most this many, the newest.
    #[arg(long, default_value_t = 20)]
    limit: usize,
}

const EXAMPLES: &str = "Examples:
  seawall log show
  seawall log show --kind verdict --limit 5
  seawall log show --limit 1000000 --format json > entries.jsonl";

/// Entries read at once while walking back.
const CHUNK: u64 = 1_024;

pub(super) fn run(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    let reader = LogReader::open(&args.ledger.state, args.ledger.trust.as_ref())?;
    let records = newest(&reader, args.kind.as_ref(), args.limit)?;
    if args.ledger.format == Format::Json {
        for record in &records {
            App::print(&format!("{}\n", line(record)))?;
        }
        return Ok(Outcome::Clean);
    }
    let mut document = Document::new("Ledger");
    if records.is_empty() {
        document.text("No entries.");
    } else {
        document.table(table(&records));
    }
    print(&document, app)?;
    Ok(Outcome::Clean)
}

fn kind(word: &str) -> Result<Kind, String> {
    Kind::from_word(word).ok_or_else(|| {
        let words: Vec<_> = Kind::KNOWN.iter().map(Kind::as_str).collect();
        format!("expected one of {}", words.join(", "))
    })
}

/// The newest `limit` records of a kind, oldest first.
fn newest(reader: &LogReader, kind: Option<&Kind>, limit: usize) -> anyhow::Result<Vec<Record>> {
    let mut found = Vec::new();
    let mut to = reader.checkpoint().size;
    while to > 0 && found.len() < limit {
        let from = to.saturating_sub(CHUNK);
        let count = usize::try_from(to - from)?;
        let mut chunk = reader.entries(from, count)?;
        chunk.retain(|record| {
            kind.is_none_or(|kind| record.entry().is_ok_and(|entry| entry.kind == *kind))
        });
        found.extend(chunk.into_iter().rev());
        to = from;
    }
    found.truncate(limit);
    found.reverse();
    Ok(found)
}

fn line(record: &Record) -> Value {
    // An entry that cannot be read is shown as the text it is; it verifies all the same.
    let entry = serde_json::from_slice(&record.bytes)
        .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&record.bytes)));
    json!({
        "schema": "seawall.log-entry/v1",
        "index": record.index,
        "leaf": leaf_hash(&record.bytes).to_string(),
        "entry": entry,
    })
}

fn table(records: &[Record]) -> Table {
    let mut table = Table::new(vec![
        Column::right("index"),
        Column::left("at"),
        Column::left("kind"),
        Column::left("who"),
        Column::left("what"),
    ]);
    for record in records {
        let index = Cell::new(record.index.to_string(), Tone::Muted);
        match record.entry() {
            Ok(entry) => table.row([
                index,
                Cell::new(entry.at.strftime("%F %T").to_string(), Tone::Muted),
                entry.kind.as_str().into(),
                format!("{}/{}", entry.principal.kind.as_str(), entry.principal.id).into(),
                what(&entry),
            ]),
            Err(_) => table.row([
                index,
                "".into(),
                Cell::new("unreadable", Tone::Warn),
                "".into(),
                "not an entry that this version can read; it verifies all the same".into(),
            ]),
        };
    }
    table
}

/// The fields of a body that say most, by kind: the words that stand first in a sentence about it.
fn what(entry: &Entry) -> Cell {
    let fields: &[&str] = match entry.kind {
        Kind::Verdict => &["action", "stage", "model", "score"],
        Kind::Settlement => &[
            "end",
            "status",
            "model",
            "prompt_tokens",
            "completion_tokens",
        ],
        Kind::Trial => &["outcome", "arm", "probe", "control"],
        Kind::Hold => &["tool", "hold"],
        Kind::Decision => &["ruling", "hold", "reason"],
        Kind::Campaign => &["phase", "suite", "target", "trials"],
        Kind::Scan => &["verdict", "path"],
        Kind::Key => &["change", "name", "key", "owner"],
        Kind::Start => &["command", "version", "upstream"],
        Kind::ChangeReview => &["verdict", "base", "head"],
        Kind::Alert => &["about", "reason", "action", "name"],
        Kind::Assessment => &["framework", "system", "evidenced", "total"],
        _ => return Cell::new(entry.subject.clone(), Tone::Muted),
    };
    let mut words: Vec<String> = fields
        .iter()
        .filter_map(|field| match entry.body.get(field)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) if number.is_f64() => {
                Some(format!("{field} {:.2}", number.as_f64()?))
            }
            Value::Number(number) => Some(format!("{field} {number}")),
            _ => None,
        })
        .collect();
    if let Some(receipt) = receipt(entry) {
        words.push(receipt);
    }
    let tone = match words.first().map(String::as_str) {
        Some("block" | "blocked" | "denied" | "expired" | "fail") => Tone::Warn,
        Some("succeeded") => Tone::Bad,
        _ => Tone::Plain,
    };
    Cell::new(words.join(", "), tone)
}

/// That a decision is signed, and by which key; `seawall log verify` checks the signature.
fn receipt(entry: &Entry) -> Option<String> {
    let key = entry
        .body
        .pointer("/receipt/signatures/0/keyid")?
        .as_str()?;
    let short: String = key.chars().take(15).collect();
    Some(format!("receipt by {short}"))
}
