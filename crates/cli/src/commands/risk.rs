//! `seawall risk DIR`: what the system in a folder loses in a year, and what each control is worth.

mod diff;
mod gate;
mod scenarios;
mod tree;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use seawall_base::Timestamp;
use seawall_jobs::risk::{self, Subject, SubjectError};
use seawall_report::{Document, TextStyle, Tone, html, text};
use seawall_risk::Analysis;

use crate::app::{App, Hinted, Outcome};

/// Price the risk of a system: annual loss with and without controls, and each control's value.
#[derive(Debug, clap::Args)]
#[command(
    after_help = EXAMPLES,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    /// The folder of the system: `seawall.yaml` and its manifests.
    #[arg(required = true)]
    dir: Option<PathBuf>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    run: Run,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Compare two descriptions of a system; a rise beyond what is allowed ends with 1.
    Diff(diff::Args),
    /// Hold a system to a limit; beyond it, or not surely within it, ends with 1.
    Gate(gate::Args),
    /// Price possible futures side by side.
    Scenarios(scenarios::Args),
    /// Solve an attack tree in Graphviz DOT.
    Tree(tree::Args),
}

/// What decides the figures beside the folder.
#[derive(Debug, clap::Args)]
struct Run {
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
  seawall risk gate . --max-es 2m --confidence 0.9
  seawall risk diff main/ branch/ --max-rise 50k
  seawall risk scenarios . --years 5
  seawall risk tree attack.dot --leaf-probability 0.3 --control-efficacy 0.9

The same folder, ledger, seed and time give the same bytes.";

/// Runs the command.
pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<Outcome> {
    match args.action {
        Some(Action::Diff(args)) => return diff::run(&args, app),
        Some(Action::Gate(args)) => return gate::run(&args, app),
        Some(Action::Scenarios(args)) => return scenarios::run(&args, app),
        Some(Action::Tree(args)) => return tree::run(args, app),
        None => {}
    }
    let dir = args.dir.context("no folder is given")?;
    let (subject, analysis) = priced(&dir, &args.run, app)?;
    if let Format::Json = args.format {
        print_json(&seawall_risk::json(&analysis))?;
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
    print(&document, args.format, app)?;
    Ok(Outcome::Clean)
}

/// Reads and prices a folder.
fn priced(dir: &Path, run: &Run, app: &App) -> anyhow::Result<(Subject, Analysis)> {
    let mut subject = risk::load(dir).map_err(explain)?;
    let entries = match state_folder(run.state.clone(), dir)? {
        Some(state) => risk::entries(&state).with_context(|| "no evidence could be read")?,
        None => Vec::new(),
    };
    subject.seen.attempts = risk::attempts(&entries);
    let trials = risk::trials_in(&entries);
    let at = run.at.unwrap_or_else(|| app.clock.now());
    let analysis = risk::price(&subject, &trials, run.seed, at);
    Ok((subject, analysis))
}

fn print_json(value: &serde_json::Value) -> anyhow::Result<()> {
    App::print(&format!("{}\n", serde_json::to_string_pretty(value)?))
}

fn print(document: &Document, format: Format, app: &App) -> anyhow::Result<()> {
    let rendered = match format {
        Format::Html => html(document),
        Format::Text | Format::Json => text(document, &style(app)),
    };
    App::print(&rendered)
}

/// An amount such as `250000`, `250k`, `2.5m` or `1b`.
fn amount(text: &str) -> Result<f64, String> {
    let lower = text.trim().to_ascii_lowercase();
    let units = [("k", 1e3), ("m", 1e6), ("b", 1e9)];
    let unit = units
        .iter()
        .find_map(|(unit, factor)| Some((lower.strip_suffix(unit)?, *factor)));
    let (digits, factor) = unit.unwrap_or((&lower, 1.0));
    let number = digits.parse::<f64>().ok().map(|number| number * factor);
    number
        .filter(|number| number.is_finite() && *number >= 0.0)
        .ok_or_else(|| format!("`{text}` is no amount such as 250k or 2.5m"))
}

/// A probability.
fn chance(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok();
    number
        .filter(|number| (0.0..=1.0).contains(number))
        .ok_or_else(|| format!("`{text}` does not lie between 0 and 1"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_units() {
        assert_eq!(amount("2.5m"), Ok(2_500_000.0));
        assert_eq!(amount("250K"), Ok(250_000.0));
        assert_eq!(amount("12"), Ok(12.0));
        for wrong in ["", "m", "-1", "nan", "1x"] {
            assert!(amount(wrong).is_err(), "{wrong}");
        }
    }
}
