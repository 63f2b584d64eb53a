//! `seawall verify DIR`: checks a model folder against its OpenSSF Model Signing signature.

use std::path::PathBuf;

use clap::ValueEnum;
use seawall_jobs::signing::{self, Checked, Signer, SigningError, VerifyWith};
use seawall_report::{Block, Document, TextStyle, Tone, format, text};
use serde_json::json;

use super::sign::uncovered;
use crate::app::{App, Outcome};

/// Check a model folder against its signature.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The model folder.
    dir: PathBuf,
    /// The signature, as `seawall sign` or the reference tool wrote it.
    #[arg(long, value_name = "FILE")]
    signature: PathBuf,
    /// The public key that must have signed: ECDSA on P-256, P-384 or P-521 in a PEM file.
    #[arg(
        long,
        value_name = "PUB.pem",
        required_unless_present = "ca",
        conflicts_with = "ca"
    )]
    key: Option<PathBuf>,
    /// The authority that must vouch for the signer, as certificates in a PEM file; may be given again.
    #[arg(long, value_name = "ROOT.pem")]
    ca: Vec<PathBuf>,
    /// A name that the signer's certificate must have: a URI, an address of mail or a host; may be given
    /// again for others that are allowed.
    #[arg(long, value_name = "SAN", requires = "ca")]
    identity: Vec<String>,
    /// A revocation list in PEM or DER; may be given again. Where there is one, each issuer needs one.
    #[arg(long, value_name = "FILE", requires = "ca")]
    crl: Vec<PathBuf>,
    /// An authority of time, whose stamp says when the signature was made; may be given again.
    #[arg(long, value_name = "ROOT.pem", requires = "ca")]
    tsa_ca: Vec<PathBuf>,
    /// Judge certificates as model-signing 1.1.1 does: not by the clock, and by looser usages.
    #[arg(long, requires = "ca")]
    compat: bool,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Format {
    Text,
    Json,
}

const EXAMPLES: &str = "Examples:
  seawall verify models/claims --signature claims.sig --key key.pub.pem
  seawall verify models/claims --signature claims.sig --ca root.pem --identity ml@example.org
  seawall verify models/claims --signature claims.sig --ca root.pem --crl ca.crl --tsa-ca time.pem

A certificate must allow digital signatures and code signing, and be valid when the signature was
stamped, or now. Without --identity, anyone of the authority may have signed.
Exit codes: 0 the model is what was signed, 1 it is not, 2 the check could not run.";

/// Differences shown before the rest is only counted.
const SHOWN: usize = 20;

/// Runs the command.
pub(crate) fn run(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    let with = match &args.key {
        Some(key) => VerifyWith::Key(key.clone()),
        None => VerifyWith::Authorities {
            roots: args.ca.clone(),
            identities: args.identity.clone(),
            crls: args.crl.clone(),
            time_roots: args.tsa_ca.clone(),
            now: app.clock.now(),
            compat: args.compat,
        },
    };
    let result = signing::verify(&args.dir, &args.signature, &with);
    let holds = match &result {
        Ok(checked) => checked.holds(),
        Err(error) if error.is_verdict() => false,
        Err(_) => return result.map(|_| Outcome::Failed).map_err(Into::into),
    };
    if args.format == Format::Json {
        print_json(holds, &result)?;
    } else {
        let document = match &result {
            Ok(checked) => document(checked, args),
            Err(error) => refusal(error),
        };
        let style = TextStyle {
            colour: app.colour,
            ..TextStyle::default()
        };
        App::print(&text(&document, &style))?;
    }
    Ok(if holds {
        Outcome::Clean
    } else {
        Outcome::Failed
    })
}

fn document(checked: &Checked, args: &Args) -> Document {
    let statement = &checked.statement;
    let mut document = Document::new(format!("Model {}", statement.model()));
    let signed = statement.manifest().files().len() as u64;
    let matching = checked.comparison.matching as u64;
    let mut rows = vec![
        ("signed files".to_owned(), format::count(signed)),
        ("as signed".to_owned(), format::count(matching)),
        ("root".to_owned(), statement.manifest().root().to_string()),
    ];
    rows.extend(signer(&checked.signer));
    document.push(Block::KeyValues(rows));
    if args.compat {
        let message = "Judged as model-signing 1.1.1 does: an expired certificate may have signed.";
        document.note(Tone::Warn, message);
    }
    if args.key.is_none() && args.identity.is_empty() {
        document.note(
            Tone::Warn,
            "Anyone of this authority may have signed: no --identity is given.",
        );
    }
    let lines = problems(checked);
    for line in lines.iter().take(SHOWN) {
        document.note(Tone::Bad, line);
    }
    if lines.len() > SHOWN {
        document.note(Tone::Bad, format!("and {} more", lines.len() - SHOWN));
    }
    if !checked.comparison.unsigned.is_empty() {
        document.note(Tone::Warn, uncovered(&checked.comparison.unsigned));
    }
    if checked.holds() {
        document.note(Tone::Good, "The model is what was signed.");
    } else {
        document.note(Tone::Bad, "The model is not what was signed.");
    }
    document
}

fn signer(signer: &Signer) -> Vec<(String, String)> {
    match signer {
        Signer::Key { hint } => vec![("key".to_owned(), hint.clone())],
        Signer::Certificate {
            subject,
            names,
            at,
            basis,
        } => vec![
            ("signer".to_owned(), subject.clone()),
            ("names".to_owned(), names.join(", ")),
            ("judged at".to_owned(), format!("{at}, {}", basis.as_str())),
        ],
    }
}

fn problems(checked: &Checked) -> Vec<String> {
    let differences = checked.comparison.differences.iter();
    let irregular = checked.irregular.iter();
    differences
        .map(ToString::to_string)
        .chain(irregular.map(|name| format!("{name:?} is a link or a device, not a file")))
        .collect()
}

fn refusal(error: &SigningError) -> Document {
    let mut document = Document::new("Model");
    document.note(Tone::Bad, format!("{}.", reasons(error).join(": ")));
    document
}

fn reasons(error: &SigningError) -> Vec<String> {
    let mut reasons = vec![error.to_string()];
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        reasons.push(error.to_string());
        cause = error.source();
    }
    reasons
}

fn print_json(holds: bool, result: &Result<Checked, SigningError>) -> anyhow::Result<()> {
    let answer = match result {
        Ok(checked) => json!({
            "schema": "seawall.verify/v1",
            "holds": holds,
            "model": checked.statement.model(),
            "root": checked.statement.manifest().root().to_string(),
            "files": checked.statement.manifest().files().len(),
            "problems": problems(checked),
            "unsigned": checked.comparison.unsigned,
            "signer": signer(&checked.signer).into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        }),
        Err(error) => json!({
            "schema": "seawall.verify/v1",
            "holds": holds,
            "problems": [reasons(error).join(": ")],
            "unsigned": [],
        }),
    };
    App::print(&format!("{answer}\n"))
}
