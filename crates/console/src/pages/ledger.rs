//! The ledger page: the newest entries, the signed checkpoint, and a proof for any index, made and
//! checked by the server and shown whole so that anyone can check it again.

use http::Response;
use maud::{Markup, html};
use seawall_evidence::proof::verify_inclusion;
use seawall_evidence::tree::leaf_hash;
use seawall_net::Body;
use seawall_ports::{Inclusion, LedgerError, Record};
use seawall_report::format::count;

use crate::form::field;
use crate::pages::{feed_line, frame, problem};
use crate::server::Console;

/// Entries on one page.
const ROWS: usize = 40;

/// The page.
pub(crate) async fn page(console: &Console, query: &str) -> Response<Body> {
    let snapshot = console.ports.board.snapshot();
    let size = console.ports.ledger.size();
    let end = number(query, "before").unwrap_or(size).min(size);
    let start = end.saturating_sub(u64::try_from(ROWS).unwrap_or(u64::MAX));
    let room = usize::try_from(end - start).unwrap_or(ROWS);
    let listed = console.ports.ledger.entries(start, room).await;
    let chosen = number(query, "index");
    let proof = match chosen {
        Some(index) => Some((index, prove(console, index, size).await)),
        None => None,
    };
    let content = html! {
        h1 { "Ledger" }
        p.lead {
            (count(size)) " entries in an append-only Merkle tree. Change one, and every proof against a "
            "later checkpoint fails."
        }
        div.columns {
            div {
                @if let Some((index, proof)) = &proof { (proof_section(*index, proof)) }
                @match &listed {
                    Ok(records) => (entries(records, start)),
                    Err(error) => (problem(&format!("The ledger cannot be read: {error}"))),
                }
            }
            aside { (prove_form(chosen, size)) (checkpoint(console).await) }
        }
    };
    frame(console, "/ledger", &snapshot, &content)
}

fn number(query: &str, name: &str) -> Option<u64> {
    field(query, name)?.trim().parse().ok()
}

/// An entry with the proof that it is in the tree, and whether that proof holds.
struct Proved {
    record: Record,
    inclusion: Inclusion,
    holds: bool,
}

async fn prove(console: &Console, index: u64, size: u64) -> Result<Proved, LedgerError> {
    let ledger = &console.ports.ledger;
    let inclusion = ledger.inclusion(index, size).await?;
    let record = ledger.entries(index, 1).await?.into_iter().next();
    let record = record.ok_or(LedgerError::OutOfRange { asked: index, size })?;
    // The leaf is hashed from the entry itself: a proof about other bytes must not pass here.
    let leaf = leaf_hash(&record.bytes);
    let checked = verify_inclusion(
        index,
        inclusion.size,
        &leaf,
        &inclusion.root,
        &inclusion.path,
    );
    let holds = checked.is_ok() && leaf == inclusion.leaf;
    Ok(Proved {
        record,
        inclusion,
        holds,
    })
}

fn proof_section(index: u64, proof: &Result<Proved, LedgerError>) -> Markup {
    html! {
        section.panel #entry {
            h2 { "Entry " (index) }
            @match proof {
                Err(error) => (problem(&error.to_string())),
                Ok(proved) => {
                    @if proved.holds {
                        p.note.good role="status" {
                            "The proof holds: this entry is in the tree of " (count(proved.inclusion.size)) " entries."
                        }
                    } @else {
                        (problem("The proof does not hold: the entry or the tree was changed."))
                    }
                    pre tabindex="0" { code { (pretty(&proved.record)) } }
                    details {
                        summary { "The proof: " (proved.inclusion.path.len()) " hashes from leaf to root" }
                        pre tabindex="0" { code {
                            "leaf  " (proved.inclusion.leaf) "\n"
                            @for hash in &proved.inclusion.path { "      " (hash) "\n" }
                            "root  " (proved.inclusion.root)
                        } }
                    }
                }
            }
        }
    }
}

fn pretty(record: &Record) -> String {
    let value: Option<serde_json::Value> = serde_json::from_slice(&record.bytes).ok();
    let text = value.and_then(|value| serde_json::to_string_pretty(&value).ok());
    let text = text.unwrap_or_else(|| String::from_utf8_lossy(&record.bytes).into_owned());
    text.lines()
        .map(seawall_base::visible)
        .collect::<Vec<_>>()
        .join("\n")
}

fn entries(records: &[Record], start: u64) -> Markup {
    html! {
        div.scroll { table {
            thead { tr {
                th.num scope="col" { "index" } th scope="col" { "time (UTC)" } th scope="col" { "kind" }
                th scope="col" { "what" } th scope="col" { "by" }
            } }
            tbody { @for record in records.iter().rev() { (entry_row(record)) } }
        } }
        nav.pages aria-label="Pages" {
            @if start > 0 { a href={ "/ledger?before=" (start) } { "Older" } }
            " "
            a href="/ledger" { "Newest" }
        }
    }
}

fn entry_row(record: &Record) -> Markup {
    html! {
        tr {
            td.num { a href={ "/ledger?index=" (record.index) "#entry" } { (record.index) } }
            @match record.entry() {
                Ok(entry) => {
                    @let line = feed_line(&entry);
                    td.num.left { (entry.at.strftime("%F %T")) }
                    td { (line.kind) }
                    td { span class={ "word " (line.tone) } { (line.word) } " " (line.text) }
                    td { (seawall_base::visible(&entry.principal.id)) }
                }
                Err(_) => {
                    td {} td.bad { "unreadable" } td { (count(u64::try_from(record.bytes.len()).unwrap_or(0))) " bytes" } td {}
                }
            }
        }
    }
}

fn prove_form(chosen: Option<u64>, size: u64) -> Markup {
    html! {
        section.panel {
            h2 { "Check a proof" }
            form method="get" action="/ledger" {
                label for="index" { "Index, 0 to " (size.saturating_sub(1)) }
                input #index name="index" inputmode="numeric" pattern="[0-9]+" required value=[chosen];
                button type="submit" { "Prove" }
            }
            p.muted { "The same offline: " code { "seawall log prove" } ", " code { "seawall log verify" } "." }
        }
    }
}

async fn checkpoint(console: &Console) -> Markup {
    html! {
        section.panel {
            h2 { "Signed checkpoint" }
            @match console.ports.ledger.checkpoint().await {
                Ok(note) => pre tabindex="0" { code { (note.trim_end()) } },
                Err(error) => (problem(&error.to_string())),
            }
        }
    }
}
