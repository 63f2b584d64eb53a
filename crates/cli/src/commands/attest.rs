//! `seawall attest`: signed statements about training runs and scans, and their check.

use std::path::PathBuf;

use clap::Subcommand;
use seawall_jobs::attest::{self, AttestError, TrainWith};
use seawall_report::{Block, Document, Tone, text};

use crate::app::{App, Outcome};

/// Attest how a model was trained or what a scan of it came to.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Scan a model folder and sign the verdict, which holds for some days.
    Scan {
        /// The model folder.
        model: PathBuf,
        /// The private key in a PEM file.
        #[arg(long, value_name = "PEM")]
        key: PathBuf,
        /// Where the attestation goes.
        #[arg(long, value_name = "OUT")]
        attestation: PathBuf,
        /// For how many days the verdict holds.
        #[arg(long, default_value_t = 30)]
        days: u32,
    },
    /// Run a training command and sign what went in and what came out, as SLSA provenance.
    ///
    /// What is declared is digested before and after the run; a changed input or a failed command is
    /// not attested. Files that the run has open besides are listed as far as they are seen by looking
    /// at /proc: what is opened and closed quickly is missed, and nothing is kept from the network.
    #[command(after_help = TRAIN_EXAMPLES)]
    Train {
        /// A dataset that is read: a file or a folder; may be given again.
        #[arg(long, value_name = "PATH")]
        dataset: Vec<PathBuf>,
        /// The model that the training starts from; may be given again.
        #[arg(long, value_name = "PATH")]
        base_model: Vec<PathBuf>,
        /// Code or settings that the training uses; may be given again.
        #[arg(long, value_name = "PATH")]
        code: Vec<PathBuf>,
        /// What the command writes; may be given again.
        #[arg(long, value_name = "PATH", required = true)]
        output: Vec<PathBuf>,
        /// The private key in a PEM file.
        #[arg(long, value_name = "PEM")]
        key: PathBuf,
        /// Where the attestation goes.
        #[arg(long, value_name = "OUT")]
        attestation: PathBuf,
        /// The command and its arguments.
        #[arg(last = true, required = true, value_name = "CMD")]
        command: Vec<String>,
    },
    /// Check an attestation about a model.
    Verify {
        /// The attestation.
        attestation: PathBuf,
        /// The public key that must have signed it.
        #[arg(long, value_name = "PUB.pem")]
        key: PathBuf,
        /// The file or folder that it must be about.
        #[arg(long, value_name = "PATH")]
        model: PathBuf,
        /// Digests that are not to be relied on any more, one a line.
        #[arg(long, value_name = "FILE")]
        revoked: Option<PathBuf>,
    },
}

const TRAIN_EXAMPLES: &str = "Examples:
  seawall attest train --dataset data/claims.csv --code train.py --output model \\
    --key key.pem --attestation train.json -- python train.py
  seawall attest verify train.json --key key.pub.pem --model model --revoked revoked.txt

Exit codes: 0 attested or holds, 1 not, 2 could not run.";

/// Runs the command.
pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<Outcome> {
    let mut document = Document::new("Attestation");
    match tell(args.command, app, &mut document) {
        Ok(outcome) => {
            App::print(&text(&document, &app.style()))?;
            Ok(outcome)
        }
        Err(error) if error.is_verdict() => {
            let why = std::error::Error::source(&error);
            let why = why.map_or_else(String::new, |why| format!(": {why}"));
            document.note(Tone::Bad, format!("{error}{why}."));
            App::print(&text(&document, &app.style()))?;
            Ok(Outcome::Failed)
        }
        Err(error) => Err(error.into()),
    }
}

fn tell(command: Command, app: &App, document: &mut Document) -> Result<Outcome, AttestError> {
    let now = app.clock.now();
    let row = |name: &str, value: String| (name.to_owned(), value);
    match command {
        Command::Scan {
            model,
            key,
            attestation,
            days,
        } => {
            let made = attest::scan_verdict(&model, &key, &attestation, (now, days))?;
            document.push(Block::KeyValues(vec![
                row("model", made.model),
                row("root", made.root.to_string()),
                row("verdict", made.verdict.to_string()),
                row("holds until", made.expires.to_string()),
            ]));
        }
        Command::Train {
            dataset,
            base_model,
            code,
            output,
            key,
            attestation,
            command,
        } => {
            let roles = [
                ("dataset", dataset),
                ("base-model", base_model),
                ("code", code),
            ];
            let inputs = roles.into_iter().flat_map(|(role, paths)| {
                paths.into_iter().map(move |path| (role.to_owned(), path))
            });
            let with = TrainWith {
                inputs: inputs.collect(),
                outputs: output,
                command,
                key,
                out: attestation,
                id: app.ids.next("training", now).as_str().to_owned(),
            };
            let run = attest::train(&with, app.clock.as_ref())?;
            let mut rows = Vec::new();
            for (role, input) in &run.inputs {
                rows.push(row(role, format!("{} {}", input.name, input.digest)));
            }
            for output in &run.outputs {
                rows.push(row("output", format!("{} {}", output.name, output.digest)));
            }
            rows.push(row("seen open besides", run.observed.len().to_string()));
            document.push(Block::KeyValues(rows));
        }
        Command::Verify {
            attestation,
            key,
            model,
            revoked,
        } => {
            let checked = attest::check(&attestation, &key, &model, (revoked.as_deref(), now))?;
            let kind = checked.attestation.predicate_type;
            document.push(Block::KeyValues(vec![row("statement", kind)]));
            for problem in &checked.problems {
                document.note(Tone::Bad, format!("{problem}."));
            }
            if !checked.problems.is_empty() {
                return Ok(Outcome::Failed);
            }
            document.note(Tone::Good, "The attestation holds for this model.");
        }
    }
    Ok(Outcome::Clean)
}
