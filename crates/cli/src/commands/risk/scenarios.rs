//! `seawall risk scenarios DIR`: possible futures side by side.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use seawall_jobs::risk;
use seawall_risk::{Options, futures, futures_document, futures_json};

use super::{Format, Run, explain, print, print_json, state_folder};
use crate::app::{App, Outcome};

/// Price possible futures side by side.
///
/// The what-ifs are those that `seawall.yaml` declares under `scenarios`, else the usual ones.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The folder of the system.
    dir: PathBuf,
    /// How many years ahead to look.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=10))]
    years: u32,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    run: Run,
}

const EXAMPLES: &str = "Examples:
  seawall risk scenarios examples/claims-assistant
  seawall risk scenarios . --years 5 --format html > futures.html";

/// Runs the command.
pub(super) fn run(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    let subject = risk::load(&args.dir).map_err(explain)?;
    let entries = match state_folder(args.run.state.clone(), &args.dir)? {
        Some(state) => risk::entries(&state)?,
        None => Vec::new(),
    };
    let trials = risk::trials_in(&entries);
    let at = args.run.at.unwrap_or_else(|| app.clock.now());
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let options = Options::new(args.run.seed, at).threads(threads);
    let (system, seen) = (&subject.system, &subject.seen);
    let usage = risk::review_use(&entries);
    let found = futures(system, seen, &trials, &options, (args.years, usage));
    if let Format::Json = args.format {
        print_json(&futures_json(system, &found, &options))?;
    } else {
        let document = futures_document(system, &found, &options);
        print(&document, args.format, app)?;
    }
    Ok(Outcome::Clean)
}
