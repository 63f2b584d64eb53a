//! `seawall risk DIR`: what the system in a folder loses in a year, and what each control is worth.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::ValueEnum;
use seawall_base::Timestamp;
use seawall_jobs::risk::{self, SubjectError};
use seawall_report::{TextStyle, Tone, html, text};

use crate::app::{App, Hinted, Outcome};

/// Price the risk of a system: annual loss with and without controls, and each control's value.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The folder of the system: `seawall.yaml` and its manifests.
    dir: PathBuf,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Seed of every random draw.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The time at which evidence is weighed (RFC 3339); now, if not given.
    #[arg(long, value_name = "TIME")]
    at: Option<Timestamp>,
    /// The state folder whose ledger holds the trials; `DIR/.seawall` or `./.seawall`, if there.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
    Html,
}

const EXAMPLES: &str = "Examples:
  seawall risk examples/claims-assistant
  seawall risk . --format html > risk.html
  seawall risk . --format json --seed 7 --at 2026-11-23T12:00:00Z --state .seawall

The same folder, ledger, seed and time give the same bytes.";

/// Runs the command.
pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<Outcome> {
    let subject = risk::load(&args.dir).map_err(explain)?;
    let state = state_folder(args.state, &args.dir)?;
    let trials = match &state {
        Some(state) => risk::trials(state).with_context(|| "no evidence could be read")?,
        None => Vec::new(),
    };
    let at = args.at.unwrap_or_else(|| app.clock.now());
    let analysis = risk::price(&subject, &trials, args.seed, at);
    if let Format::Json = args.format {
        let json = seawall_risk::json(&analysis);
        App::print(&format!("{}\n", serde_json::to_string_pretty(&json)?))?;
        return Ok(Outcome::Clean);
    }
    let mut document = seawall_risk::document(&subject.system, &analysis);
    for problem in &subject.problems {
        let line = problem.location.map_or(0, |place| place.line);
        let message = format!(
            "not in the model: {}:{line} {}",
            problem.path, problem.message
        );
        document.note(Tone::Warn, message);
    }
    let rendered = match args.format {
        Format::Html => html(&document),
        Format::Text | Format::Json => text(&document, &style(app)),
    };
    App::print(&rendered)?;
    Ok(Outcome::Clean)
}

/// The state folder that was named, which must be there, or one that is.
pub(super) fn state_folder(
    named: Option<PathBuf>,
    dir: &std::path::Path,
) -> anyhow::Result<Option<PathBuf>> {
    if let Some(folder) = named {
        // Evidence that was asked for and is not there must not read as no evidence.
        anyhow::ensure!(
            folder.is_dir(),
            Hinted::new(
                format!("there is no state folder {}", folder.display()),
                "leave --state out to go without evidence",
            )
        );
        return Ok(Some(folder));
    }
    let usual = [dir.join(".seawall"), PathBuf::from(".seawall")];
    Ok(usual.into_iter().find(|folder| folder.is_dir()))
}

pub(super) const fn style(app: &App) -> TextStyle {
    TextStyle {
        colour: app.colour,
        width: 100,
    }
}

/// Lists every problem of a declaration below the error.
pub(super) fn explain(error: SubjectError) -> anyhow::Error {
    match error {
        SubjectError::Invalid { path, problems } => anyhow::anyhow!(
            "{} has problems:\n{}",
            path.display(),
            seawall_config::render_problems(&problems).trim_end()
        ),
        SubjectError::Read { path, source } => {
            let message = format!("{} could not be read", path.display());
            Hinted::new(message, "name the folder that holds seawall.yaml")
                .because(source)
                .into()
        }
        other => other.into(),
    }
}
