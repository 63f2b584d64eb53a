//! `seawall log prove INDEX`: an inclusion proof that anyone can check with SHA-256 alone.

use anyhow::anyhow;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use seawall_evidence::proof::verify_inclusion;
use seawall_ports::{Inclusion, Record};
use seawall_report::{Block, Document, Tone, format};
use seawall_store::LogReader;
use serde_json::json;

use super::{Format, Ledger, print};
use crate::app::{App, Hinted, Outcome};

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Index of the entry, from 0, as `seawall log show` prints it.
    index: u64,
    #[command(flatten)]
    ledger: Ledger,
}

const EXAMPLES: &str = "Examples:
  seawall log prove 12
  seawall log prove 12 --format json > entry-12.proof.json

The JSON form holds all that a verifier needs: the entry's bytes, the audit path (RFC 9162) and the
signed checkpoint.";

pub(super) fn run(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    let reader = LogReader::open(&args.ledger.state, args.ledger.trust.as_ref())?;
    let Some((record, proof)) = reader.inclusion(args.index)? else {
        let size = reader.checkpoint().size;
        let message = format!("entry {} lies outside the signed ledger", args.index);
        let hint = match size.checked_sub(1) {
            Some(last) => format!("the newest checkpoint covers the entries 0 to {last}"),
            None => "the ledger has no signed entries yet".to_owned(),
        };
        return Err(Hinted::new(message, hint).into());
    };
    if args.ledger.format == Format::Json {
        print_json(&reader, &record, &proof)?;
    } else {
        print(&document(&reader, &proof)?, app)?;
    }
    let held = verify_inclusion(
        proof.index,
        proof.size,
        &proof.leaf,
        &proof.root,
        &proof.path,
    );
    Ok(match held {
        Ok(()) => Outcome::Clean,
        Err(_) => Outcome::Failed,
    })
}

fn document(reader: &LogReader, proof: &Inclusion) -> anyhow::Result<Document> {
    let checkpoint = reader.checkpoint();
    let mut document = Document::new(format!("Proof for entry {}", proof.index));
    document.push(Block::KeyValues(vec![
        ("leaf".to_owned(), proof.leaf.to_string()),
        ("root".to_owned(), proof.root.to_string()),
        ("entries".to_owned(), format::count(proof.size)),
        ("signer".to_owned(), reader.signer()),
    ]));
    let path: Vec<String> = proof.path.iter().map(ToString::to_string).collect();
    document.heading("Audit path, from the leaf up");
    document.push(Block::Code(path.join("\n")));
    let held = verify_inclusion(
        proof.index,
        proof.size,
        &proof.leaf,
        &proof.root,
        &proof.path,
    );
    if held.is_err() {
        let text = "The proof does not hold: tiles or entry are not those that were signed.";
        document.note(Tone::Bad, text);
        return Ok(document);
    }
    let at = checkpoint
        .at
        .ok_or_else(|| anyhow!("the checkpoint does not say when it was signed"))?;
    document.note(
        Tone::Good,
        format!(
            "This entry was number {} of {} when the ledger was signed at {at}. Hashing the leaf with \
             the path gives the signed root, so the entry cannot be changed or removed without \
             breaking the signature.",
            format::count(proof.index + 1),
            format::count(proof.size),
        ),
    );
    Ok(document)
}

fn print_json(reader: &LogReader, record: &Record, proof: &Inclusion) -> anyhow::Result<()> {
    let path: Vec<String> = proof.path.iter().map(ToString::to_string).collect();
    let answer = json!({
        "schema": "seawall.log-proof/v1",
        "index": proof.index,
        "size": proof.size,
        "leaf": proof.leaf.to_string(),
        "root": proof.root.to_string(),
        "path": path,
        "entry": STANDARD.encode(&record.bytes),
        "checkpoint": reader.note(),
        "signer": reader.signer(),
    });
    App::print(&format!("{}\n", serde_json::to_string_pretty(&answer)?))
}
