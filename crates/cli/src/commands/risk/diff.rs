//! `seawall risk diff A B`: what a change does to the risk.

use std::path::PathBuf;

use seawall_base::Timestamp;

use super::{Format, Run, amount, priced, print, print_json};
use crate::app::{App, Outcome};

/// Compare two descriptions of a system; a rise beyond what is allowed ends with 1.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The folder of the system as it is.
    before: PathBuf,
    /// The folder of the system as it would be.
    after: PathBuf,
    /// The most by which the expected annual loss may rise.
    #[arg(long, value_parser = amount)]
    max_rise: Option<f64>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    run: Run,
}

const EXAMPLES: &str = "Examples:
  seawall risk diff main/ branch/
  seawall risk diff main/ branch/ --max-rise 50k --format json

Both are priced with the same draws, so that the difference is the change and not the noise.";

/// Runs the command.
pub(super) fn run(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    // One time for both, or age alone would make a difference.
    let at: Timestamp = args.run.at.unwrap_or_else(|| app.clock.now());
    let run = Run {
        seed: args.run.seed,
        at: Some(at),
        state: args.run.state.clone(),
    };
    let (_, before) = priced(&args.before, &run, app)?;
    let (_, after) = priced(&args.after, &run, app)?;
    anyhow::ensure!(
        before.currency == after.currency,
        "one is priced in {}, the other in {}",
        before.currency,
        after.currency
    );
    let diff = seawall_risk::diff(&before, &after);
    if let Format::Json = args.format {
        print_json(&diff.json())?;
    } else {
        print(&diff.document(), args.format, app)?;
    }
    let is_over = args.max_rise.is_some_and(|most| diff.change.mean > most);
    Ok(if is_over {
        Outcome::Failed
    } else {
        Outcome::Clean
    })
}
