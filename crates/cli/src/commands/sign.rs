//! `seawall sign DIR`: signs a model folder in the OpenSSF Model Signing format.

use std::path::PathBuf;

use seawall_jobs::signing;
use seawall_report::{Block, Document, TextStyle, Tone, format, text};

use crate::app::{App, Outcome};

/// Sign a model folder in the OpenSSF Model Signing format.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The model folder.
    dir: PathBuf,
    /// The private key: an unencrypted ECDSA P-256 key in a PEM file.
    #[arg(long, value_name = "PEM")]
    key: PathBuf,
    /// Where the signature goes.
    #[arg(long, value_name = "OUT")]
    signature: PathBuf,
}

const EXAMPLES: &str = "Examples:
  openssl ecparam -name prime256v1 -genkey -noout -out key.pem
  openssl ec -in key.pem -pubout -out key.pub.pem
  seawall sign models/claims --key key.pem --signature claims.sig
  seawall verify models/claims --signature claims.sig --key key.pub.pem

`model_signing verify key` of the reference tool accepts the same file.";

/// Runs the command.
pub(crate) fn run(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    let signed = signing::sign(&args.dir, &args.key, &args.signature)?;
    let mut document = Document::new(format!("Signed {}", signed.model));
    document.push(Block::KeyValues(vec![
        ("files".to_owned(), format::count(signed.files as u64)),
        ("bytes".to_owned(), format::count(signed.bytes)),
        ("root".to_owned(), signed.root.to_string()),
        ("key".to_owned(), signed.hint),
        ("signature".to_owned(), args.signature.display().to_string()),
    ]));
    if !signed.unsigned.is_empty() {
        document.note(Tone::Warn, uncovered(&signed.unsigned));
    }
    let style = TextStyle {
        colour: app.colour,
        ..TextStyle::default()
    };
    App::print(&text(&document, &style))?;
    Ok(Outcome::Clean)
}

/// Names the files that a signature says nothing about, the first few of them.
pub(super) fn uncovered(names: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<&str> = names.iter().take(SHOWN).map(String::as_str).collect();
    let rest = names.len().saturating_sub(SHOWN);
    let more = if rest > 0 {
        format!(" and {rest} more")
    } else {
        String::new()
    };
    format!(
        "The signature does not cover: {}{more}. Their content can change unnoticed.",
        shown.join(", ")
    )
}
