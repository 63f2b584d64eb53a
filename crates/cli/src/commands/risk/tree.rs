//! `seawall risk tree FILE.dot`: attack trees, solved.

use std::path::PathBuf;

use anyhow::Context as _;
use seawall_report::{Block, Column, Document, Table, Tone};
use seawall_risk::{TreeOptions, TreeResult, solve_tree, tree_json};

use super::{Format, chance, print, print_json};
use crate::app::{App, Outcome};

/// Solve an attack tree in Graphviz DOT.
///
/// Green nodes need one of their children, blue ones all, white ones are leaves or have one child.
/// Labels of edges name controls.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The tree.
    file: PathBuf,
    /// Chance of each leaf that has no `probability` of its own.
    #[arg(long, value_parser = chance)]
    leaf_probability: f64,
    /// Chance that a control works; without it controls are drawn and do nothing.
    #[arg(long, default_value_t = 0.0, value_parser = chance)]
    control_efficacy: f64,
    /// The root, where the drawing leaves it open: an id or a label.
    #[arg(long)]
    root: Option<String>,
    /// Trials to sample beside the exact answer.
    #[arg(long, default_value_t = 1_000_000)]
    trials: u64,
    /// Seed of the samples.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How to print the result.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

const EXAMPLES: &str = "Examples:
  seawall risk tree attack.dot --leaf-probability 0.3
  seawall risk tree attack.dot --leaf-probability 0.3 --control-efficacy 0.9 --format json";

/// Larger files are refused: people draw these.
const FILE_BYTES_MAX: u64 = 8 << 20;
/// More would run for hours.
const TRIALS_MAX: u64 = 100_000_000;

/// Runs the command.
#[expect(clippy::disallowed_methods, reason = "the file that the user names")]
pub(super) fn run(args: Args, app: &App) -> anyhow::Result<Outcome> {
    let shown = args.file.display().to_string();
    let size = std::fs::metadata(&args.file).with_context(|| format!("{shown} cannot be read"))?;
    anyhow::ensure!(
        size.len() <= FILE_BYTES_MAX,
        "{shown} is larger than {FILE_BYTES_MAX} bytes"
    );
    let bytes = std::fs::read(&args.file).with_context(|| format!("{shown} cannot be read"))?;
    let options = TreeOptions {
        leaf: args.leaf_probability,
        efficacy: args.control_efficacy,
        seed: args.seed,
        trials: args.trials.min(TRIALS_MAX),
        root: args.root,
    };
    let result = solve_tree(&shown, &bytes, &options).map_err(|problems| {
        anyhow::anyhow!(
            "{}",
            seawall_config::render_problems(&problems)
                .trim_end()
                .to_owned()
        )
    })?;
    if let Format::Json = args.format {
        print_json(&tree_json(&result))?;
    } else {
        print(&document(&shown, &result), args.format, app)?;
    }
    Ok(Outcome::Clean)
}

fn document(file: &str, result: &TreeResult) -> Document {
    let mut document = Document::new(format!("Attack tree {file}"));
    let exact = |chance: Option<f64>| {
        chance.map_or_else(
            || "too entangled".to_owned(),
            |chance| format!("{chance:.6}"),
        )
    };
    document.push(Block::KeyValues(vec![
        ("root".to_owned(), result.root.clone()),
        (
            "nodes, leaves".to_owned(),
            format!("{}, {}", result.nodes, result.leaves),
        ),
        ("chance, exactly".to_owned(), exact(result.exact)),
        ("without controls".to_owned(), exact(result.without)),
        (
            "chance, sampled".to_owned(),
            format!(
                "{:.6} ± {:.6} in {} trials",
                result.sampled, result.stderr, result.trials
            ),
        ),
    ]));
    if !result.controls.is_empty() {
        document.heading("What each control takes away (Shapley)");
        let columns = [
            Column::left("control"),
            Column::right("edges"),
            Column::right("chance taken away"),
        ];
        let mut table = Table::new(columns.into());
        for control in &result.controls {
            table.row([
                control.id.as_str().into(),
                control.edges.to_string().into(),
                exact(control.shapley).into(),
            ]);
        }
        document.table(table);
    }
    for note in &result.notes {
        document.note(Tone::Muted, note.clone());
    }
    document
}
