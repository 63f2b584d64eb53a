//! `seawall assess DIR`: maturity and obligations from evidence first, from signed answers second.

use std::path::PathBuf;

use clap::ValueEnum;
use seawall_base::Timestamp;
use seawall_jobs::assess::{AnswersFile, assess};
use seawall_jobs::risk;
use seawall_report::{html, text};

use super::risk::{explain, state_folder, style};
use crate::app::{App, Outcome};

/// Assess the maturity of a system: claimed, evidenced, expired.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The folder of the system, with its `seawall.yaml`.
    dir: PathBuf,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The state folder whose ledger is the evidence; `DIR/.seawall` or `./.seawall`, if there.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// A DSSE envelope with answers; it claims nothing unless the key signed it.
    #[arg(long, value_name = "FILE", requires = "answers_key")]
    answers: Option<PathBuf>,
    /// The public key (PEM) of whoever answers.
    #[arg(long, value_name = "PUB.pem", requires = "answers")]
    answers_key: Option<PathBuf>,
    /// The time at which the age of evidence is judged (RFC 3339); now, if not given.
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
    Html,
}

const EXAMPLES: &str = "Examples:
  seawall assess examples/claims-assistant
  seawall assess . --state .seawall --format json
  seawall assess . --answers answers.dsse.json --answers-key owner.pem";

/// Runs the command.
pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<Outcome> {
    let subject = risk::load(&args.dir).map_err(explain)?;
    let state = state_folder(args.state, &args.dir)?;
    let answers = args
        .answers
        .zip(args.answers_key)
        .map(|(path, key)| AnswersFile { path, key });
    let at = args.at.unwrap_or_else(|| app.clock.now());
    let assessment = assess(&subject, state.as_deref(), answers.as_ref(), at)?;
    let rendered = match args.format {
        Format::Json => {
            let json = seawall_assess::json(&assessment);
            format!("{}\n", serde_json::to_string_pretty(&json)?)
        }
        Format::Html => html(&seawall_assess::document(&assessment)),
        Format::Text => text(&seawall_assess::document(&assessment), &style(app)),
    };
    App::print(&rendered)?;
    Ok(Outcome::Clean)
}
