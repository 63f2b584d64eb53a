//! `seawall sign DIR`: signs a model folder in the OpenSSF Model Signing format.

use std::path::PathBuf;

use seawall_jobs::signing::{self, SignWith};
use seawall_report::{Block, Document, TextStyle, Tone, format, text};

use crate::app::{App, Outcome};

/// Sign a model folder in the OpenSSF Model Signing format.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The model folder.
    dir: PathBuf,
    /// The private key: an unencrypted ECDSA key on P-256, P-384 or P-521 in a PEM file.
    #[arg(long, value_name = "PEM")]
    key: PathBuf,
    /// The certificate of the key, with or without those of its authorities; may be given again.
    #[arg(long = "certificate", value_name = "PEM")]
    certificates: Vec<PathBuf>,
    /// The answer of an authority of time about this very signature (RFC 3161).
    #[arg(long, value_name = "TSR", requires = "certificates")]
    timestamp: Option<PathBuf>,
    /// Where to write the request that an authority of time is to answer.
    #[arg(long, value_name = "TSQ", requires = "certificates")]
    timestamp_query: Option<PathBuf>,
    /// Where the signature goes.
    #[arg(long, value_name = "OUT")]
    signature: PathBuf,
}

const EXAMPLES: &str = "Examples:
  openssl ecparam -name prime256v1 -genkey -noout -out key.pem
  openssl ec -in key.pem -pubout -out key.pub.pem
  seawall sign models/claims --key key.pem --signature claims.sig
  seawall verify models/claims --signature claims.sig --key key.pub.pem

With a certificate, and a time stamp so that the signature outlives it:
  seawall sign models/claims --key key.pem --certificate chain.pem --signature claims.sig \\
    --timestamp-query claims.tsq
  curl -H 'Content-Type: application/timestamp-query' --data-binary @claims.tsq URL > claims.tsr
  seawall sign models/claims --key key.pem --certificate chain.pem --signature claims.sig \\
    --timestamp claims.tsr

Signing is deterministic: the second call makes the same signature and adds its stamp.
`model_signing verify key` and `verify certificate` of the reference tool accept the same file.";

/// Runs the command.
pub(crate) fn run(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    let with = SignWith {
        key: args.key.clone(),
        certificates: args.certificates.clone(),
        stamp: args.timestamp.clone(),
        query: args.timestamp_query.clone(),
    };
    let signed = signing::sign(&args.dir, &with, &args.signature)?;
    let mut document = Document::new(format!("Signed {}", signed.model));
    document.push(Block::KeyValues(vec![
        ("files".to_owned(), format::count(signed.files as u64)),
        ("bytes".to_owned(), format::count(signed.bytes)),
        ("root".to_owned(), signed.root.to_string()),
        ("signer".to_owned(), signed.signer),
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
