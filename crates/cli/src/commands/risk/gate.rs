//! `seawall risk gate DIR`: a number that stops a change.

use std::path::PathBuf;

use seawall_report::format::{money, money_interval, percent};
use seawall_report::{Block, Document, Tone};
use serde_json::json;

use super::{Format, Run, amount, chance, priced, print, print_json};
use crate::app::{App, Outcome};

/// Hold a system to a limit; beyond it, or not surely within it, ends with 1.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The folder of the system.
    dir: PathBuf,
    /// The most that the worst years may cost on average (expected shortfall).
    #[arg(long, value_parser = amount)]
    max_es: f64,
    /// How sure that must be.
    #[arg(long, default_value_t = 0.9, value_parser = chance)]
    confidence: f64,
    /// Which years are the worst: those beyond this level.
    #[arg(long, value_enum, default_value_t = Level::P975)]
    level: Level,
    /// Sign the result with this key: an in-toto statement in a DSSE envelope.
    #[arg(long, value_name = "PEM", requires = "statement")]
    key: Option<PathBuf>,
    /// Where the signed statement goes.
    #[arg(long, value_name = "OUT", requires = "key")]
    statement: Option<PathBuf>,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    run: Run,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Level {
    #[value(name = "0.95")]
    P95,
    #[value(name = "0.975")]
    P975,
    #[value(name = "0.99")]
    P99,
}

const EXAMPLES: &str = "Examples:
  seawall risk gate . --max-es 2m --confidence 0.9
  seawall risk gate . --max-es 5m --level 0.99 --format json
  seawall risk gate . --max-es 2m --key key.pem --statement gate.intoto.json";

const PREDICATE: &str = "https://seawall.dev/risk-gate/v1";

/// Runs the command.
pub(super) fn run(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    let (subject, analysis) = priced(&args.dir, &args.run, app)?;
    let level = match args.level {
        Level::P95 => 0.95,
        Level::P975 => 0.975,
        Level::P99 => 0.99,
    };
    let tail = analysis.tails.iter().find(|tail| tail.level == level);
    let tail = tail.ok_or_else(|| anyhow::anyhow!("the analysis has no level {level}"))?;
    let found = tail.confidence(args.max_es);
    let passes = found >= args.confidence;
    let outcome = if passes {
        Outcome::Clean
    } else {
        Outcome::Failed
    };
    let result = json!({
        "schema": "seawall.risk-gate/v1",
        "system": analysis.system,
        "source": {"path": analysis.source.0, "digest": analysis.source.1},
        "seed": analysis.seed,
        "at": analysis.at.to_string(),
        "level": level,
        "max_es": args.max_es,
        "es": {
            "mean": tail.shortfall.mean, "p5": tail.shortfall.p5, "p95": tail.shortfall.p95,
        },
        "confidence": found,
        "confidence_required": args.confidence,
        "passes": passes,
        "evidence": {"trials": analysis.trials.total, "pairs": analysis.trials.pairs},
        "rerun": format!(
            "seawall risk gate DIR --max-es {} --confidence {} --level {level} --seed {} --at {}",
            args.max_es, args.confidence, analysis.seed, analysis.at
        ),
    });
    if let (Some(key), Some(out)) = (&args.key, &args.statement) {
        let name = (analysis.source.0.as_str(), &subject.system.digest);
        seawall_jobs::signing::attest(name, (PREDICATE, &result), key, out)?;
    }
    if let Format::Json = args.format {
        print_json(&result)?;
        return Ok(outcome);
    }
    let mut document = Document::new(format!("Gate for {}", analysis.system));
    let unit = &analysis.currency;
    let es = tail.shortfall;
    document.push(Block::KeyValues(vec![
        (
            format!("worst {} of years cost", percent(1.0 - level)),
            money_interval(unit, es.mean, es.p5, es.p95),
        ),
        ("allowed".to_owned(), money(unit, args.max_es)),
        ("within it with confidence".to_owned(), percent(found)),
        ("asked for".to_owned(), percent(args.confidence)),
    ]));
    let (tone, verdict) = if passes {
        (Tone::Good, "The gate is open.")
    } else {
        (Tone::Bad, "The gate is shut.")
    };
    document.note(tone, verdict);
    print(&document, args.format, app)?;
    Ok(outcome)
}
