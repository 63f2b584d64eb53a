//! `seawall verify DIR`: checks a model folder against its OpenSSF Model Signing signature.

use std::path::PathBuf;

use clap::ValueEnum;
use seawall_jobs::signing::{self, Checked, SigningError};
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
    /// The public key that must have signed: ECDSA P-256 or P-384 in a PEM file.
    #[arg(long, value_name = "PUB.pem")]
    key: PathBuf,
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

Exit codes: 0 the model is what was signed, 1 it is not, 2 the check could not run.";

/// Differences shown before the rest is only counted.
const SHOWN: usize = 20;

/// Runs the command.
pub(crate) fn run(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    let result = signing::verify(&args.dir, &args.signature, &args.key);
    let holds = match &result {
        Ok(checked) => checked.holds(),
        Err(error) if error.is_verdict() => false,
        Err(_) => return result.map(|_| Outcome::Failed).map_err(Into::into),
    };
    if args.format == Format::Json {
        print_json(holds, &result)?;
    } else {
        let document = match &result {
            Ok(checked) => document(checked),
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

fn document(checked: &Checked) -> Document {
    let statement = &checked.statement;
    let mut document = Document::new(format!("Model {}", statement.model()));
    let signed = statement.manifest().files().len() as u64;
    let matching = checked.comparison.matching as u64;
    document.push(Block::KeyValues(vec![
        ("signed files".to_owned(), format::count(signed)),
        ("as signed".to_owned(), format::count(matching)),
        ("root".to_owned(), statement.manifest().root().to_string()),
    ]));
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
        document.note(Tone::Good, "The model is what the key signed.");
    } else {
        document.note(Tone::Bad, "The model is not what the key signed.");
    }
    document
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
