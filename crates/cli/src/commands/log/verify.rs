//! `seawall log verify`: every entry is hashed again and compared with what was signed.

use seawall_base::Timestamp;
use seawall_oversight::DecisionAudit;
use seawall_report::{Block, Document, Tone, format};
use seawall_store::{LogReader, StoreError, Verified};
use serde_json::json;

use super::{Format, Ledger, chain, is_verdict, print};
use crate::app::{App, Outcome};

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    ledger: Ledger,
}

const EXAMPLES: &str = "Examples:
  seawall log verify
  seawall log verify --state /var/lib/seawall --trust \"$(cat ledger.vkey)\"

Exit codes: 0 the ledger holds, 1 it does not, 2 it could not be read.
Decisions of reviewers are checked too: each about a call that was held, once, with a receipt that
keys/receipts.pub verifies.
Keep a copy of keys/ledger.vkey elsewhere: whoever can replace the whole folder can replace the key
in it too.";

pub(super) fn run(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    let ledger = &args.ledger;
    match LogReader::verify(&ledger.state, ledger.trust.as_ref()) {
        Ok(verified) => {
            let audit = LogReader::decisions(&ledger.state, ledger.trust.as_ref())?;
            match ledger.format {
                Format::Text => {
                    let mut document = document(ledger, &verified, app.clock.now());
                    decisions(&mut document, &audit);
                    print(&document, app)?;
                }
                Format::Json => print_json(&verified, &audit)?,
            }
            Ok(if audit.faults().is_empty() {
                Outcome::Clean
            } else {
                Outcome::Failed
            })
        }
        Err(error) if is_verdict(&error) => {
            match ledger.format {
                Format::Text => print(&refusal(ledger, &error), app)?,
                Format::Json => {
                    let reason = chain(&error);
                    let answer = json!({"schema": "seawall.log-verify/v1", "holds": false, "reason": reason});
                    App::print(&format!("{answer}\n"))?;
                }
            }
            Ok(Outcome::Failed)
        }
        Err(error) => Err(error.into()),
    }
}

fn document(ledger: &Ledger, verified: &Verified, now: Timestamp) -> Document {
    let checkpoint = &verified.checkpoint;
    let mut document = Document::new("Ledger");
    let signed = checkpoint.at.map_or_else(
        || "at a time that the checkpoint does not say".to_owned(),
        |at| format!("{at} ({} ago)", age(at, now)),
    );
    document.push(Block::KeyValues(vec![
        ("folder".to_owned(), ledger.state.display().to_string()),
        ("entries".to_owned(), format::count(checkpoint.size)),
        ("root".to_owned(), checkpoint.root.to_string()),
        ("signed".to_owned(), signed),
        ("signer".to_owned(), verified.signer.clone()),
    ]));
    for (name, source) in &verified.audit.sources {
        if source.missing > 0 || source.disordered > 0 {
            let text = format!(
                "{name}: {} numbers are missing (appends that were refused or lost), {} are out of order",
                source.missing, source.disordered
            );
            document.note(Tone::Warn, text);
        }
    }
    if verified.audit.unnumbered > 0 {
        let count = verified.audit.unnumbered;
        let text = format!("{count} entries carry no number that this version can read");
        document.note(Tone::Warn, text);
    }
    let trust = if ledger.trust.is_some() {
        "The ledger holds: every entry and tile is what the trusted key signed."
    } else {
        "The ledger holds: every entry and tile is what the key in this folder signed."
    };
    document.note(Tone::Good, trust);
    document
}

/// Faults that are listed; the rest is counted.
const FAULTS_MAX: usize = 20;

/// What the decisions of reviewers amount to.
fn decisions(document: &mut Document, audit: &DecisionAudit) {
    let faults = audit.faults();
    for (index, fault) in faults.iter().take(FAULTS_MAX) {
        document.note(Tone::Bad, format!("Entry {index}: {fault}."));
    }
    if faults.len() > FAULTS_MAX {
        let more = faults.len() - FAULTS_MAX;
        document.note(Tone::Bad, format!("And {more} more such entries."));
    }
    if faults.is_empty() && audit.receipts() > 0 {
        let count = format::count(audit.receipts());
        document.note(
            Tone::Good,
            format!("{count} human decisions hold: each about a call that was held, once, with a signed receipt."),
        );
    }
}

fn refusal(ledger: &Ledger, error: &StoreError) -> Document {
    let mut document = Document::new("Ledger");
    document.push(Block::KeyValues(vec![(
        "folder".to_owned(),
        ledger.state.display().to_string(),
    )]));
    document.note(
        Tone::Bad,
        format!("The ledger does not verify: {}.", chain(error)),
    );
    document
}

fn print_json(verified: &Verified, audit: &DecisionAudit) -> anyhow::Result<()> {
    let faults: Vec<_> = audit
        .faults()
        .iter()
        .map(|(index, fault)| json!({ "index": index, "fault": fault.to_string() }))
        .collect();
    let sources: serde_json::Map<String, serde_json::Value> = verified
        .audit
        .sources
        .iter()
        .map(|(name, source)| {
            let counts = json!({
                "entries": source.entries,
                "missing": source.missing,
                "disordered": source.disordered,
            });
            (name.clone(), counts)
        })
        .collect();
    let checkpoint = &verified.checkpoint;
    let answer = json!({
        "schema": "seawall.log-verify/v1",
        "holds": audit.faults().is_empty(),
        "receipts": audit.receipts(),
        "faults": faults,
        "size": checkpoint.size,
        "root": checkpoint.root.to_string(),
        "signed_at": checkpoint.at.map(|at| at.to_string()),
        "signer": verified.signer,
        "sources": sources,
    });
    App::print(&format!("{answer}\n"))
}

/// How long ago, in the largest unit that fits.
fn age(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(at).as_secs().max(0);
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}
