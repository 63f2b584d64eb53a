//! `seawall system`: models of other tools in, and out to other tools.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use seawall_report::{Cell, Column, Document, Table, Tone, text};
use seawall_system::export;
use seawall_system::import::{Format, Imported, RemarkKind, import};
use serde_json::json;

use crate::app::{App, Hinted, Outcome};
use crate::commands::risk::{explain, style};

/// Import a model of another tool, or export the system to one.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Write `seawall.yaml` from a model of another tool, and say what was not carried over.
    Import(ImportArgs),
    /// Print the system in another format.
    Export(ExportArgs),
}

#[derive(Debug, clap::Args)]
#[command(after_help = IMPORT_EXAMPLES)]
struct ImportArgs {
    /// The format of the file.
    #[arg(long, value_enum)]
    from: From,
    /// The file to read.
    file: PathBuf,
    /// The file to write; `-` writes to standard output and the remarks to standard error.
    #[arg(long, value_name = "FILE", default_value = "seawall.yaml")]
    output: PathBuf,
    /// Write over a file that is there.
    #[arg(long)]
    force: bool,
    /// How to print what was and what was not carried over.
    #[arg(long, value_enum, default_value_t = Print::Text)]
    format: Print,
}

#[derive(Debug, clap::Args)]
#[command(after_help = EXPORT_EXAMPLES)]
struct ExportArgs {
    /// The folder of the system.
    #[arg(default_value = ".")]
    dir: PathBuf,
    /// The format to print.
    #[arg(long, value_enum)]
    to: To,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum From {
    Otm,
    Threagile,
    Pytm,
    AttackFlow,
    Dot,
    Calm,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum To {
    /// Open Threat Model 0.2, as JSON.
    Otm,
    /// A flowchart in Mermaid.
    Mermaid,
    /// The data-flow diagram as SVG.
    Svg,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Print {
    Text,
    Json,
}

const IMPORT_EXAMPLES: &str = "Examples:
  seawall system import --from otm model.otm.yaml
  seawall system import --from threagile threagile.yaml --output shop/seawall.yaml
  seawall system import --from dot attack.dot --output - > seawall.yaml

What the source does not know (money, frequencies) becomes a placeholder marked `assumed: true`.";

const EXPORT_EXAMPLES: &str = "Examples:
  seawall system export examples/claims-assistant --to mermaid
  seawall system export . --to svg > system.svg
  seawall system export . --to otm > system.otm.json";

/// Larger files are refused: people and their tools write these.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// Runs the command.
pub(crate) fn run(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    match &args.action {
        Action::Import(args) => run_import(args, app),
        Action::Export(args) => run_export(args),
    }
}

fn run_import(args: &ImportArgs, app: &App) -> anyhow::Result<Outcome> {
    let format = match args.from {
        From::Otm => Format::Otm,
        From::Threagile => Format::Threagile,
        From::Pytm => Format::Pytm,
        From::AttackFlow => Format::AttackFlow,
        From::Dot => Format::Dot,
        From::Calm => Format::Calm,
    };
    let shown = args.file.display().to_string();
    let bytes = seawall_jobs::input::read(&args.file, FILE_BYTES_MAX)
        .with_context(|| format!("{shown} cannot be read"))?;
    let imported = import(format, &shown, &bytes).map_err(|problems| {
        let text = seawall_config::render_problems(&problems);
        anyhow::anyhow!("{}", text.trim_end())
    })?;
    let told = match args.format {
        Print::Text => text(&document(&shown, args, &imported), &style(app)),
        Print::Json => format!(
            "{}\n",
            serde_json::to_string_pretty(&remarks(&shown, &imported))?
        ),
    };
    if args.output == Path::new("-") {
        App::print(&imported.yaml)?;
        App::warn(told.trim_end());
        return Ok(Outcome::Clean);
    }
    write(args, &imported.yaml)?;
    App::print(&told)?;
    Ok(Outcome::Clean)
}

fn write(args: &ImportArgs, yaml: &str) -> anyhow::Result<()> {
    let shown = args.output.display();
    let mut options = std::fs::OpenOptions::new();
    options.write(true);
    if args.force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    let file = options.open(&args.output);
    let mut file = file.map_err(|error| {
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            let hint = "name another file with --output, or write over it with --force";
            return Hinted::new(format!("{shown} is there already"), hint).into();
        }
        anyhow::Error::new(error).context(format!("{shown} cannot be written"))
    })?;
    let written = file.write_all(yaml.as_bytes());
    written.with_context(|| format!("{shown} cannot be written"))
}

fn remarks(file: &str, imported: &Imported) -> serde_json::Value {
    let counts = imported.counts.iter().copied();
    json!({
        "schema": "seawall.import/v1",
        "file": file,
        "carried_over": counts.collect::<std::collections::BTreeMap<_, _>>(),
        "remarks": imported.remarks.iter().map(|remark| json!({
            "kind": remark.kind.as_str(),
            "message": remark.message,
            "times": remark.times,
            "line": remark.location.map(|place| place.line),
            "column": remark.location.map(|place| place.column),
        })).collect::<Vec<_>>(),
    })
}

fn document(file: &str, args: &ImportArgs, imported: &Imported) -> Document {
    let output = args.output.display();
    let mut document = Document::new(format!("Imported {file} to {output}"));
    let counts = imported.counts.iter().filter(|(_, count)| *count > 0);
    let counts: Vec<String> = counts
        .map(|(what, count)| format!("{count} {what}"))
        .collect();
    document.text(format!("Carried over: {}.", counts.join(", ")));
    let kinds = [
        (RemarkKind::Lost, "Not carried over"),
        (RemarkKind::Guessed, "Translated; check these"),
        (RemarkKind::Assumed, "Assumed; replace these"),
    ];
    for (kind, heading) in kinds {
        let own: Vec<_> = imported
            .remarks
            .iter()
            .filter(|remark| remark.kind == kind)
            .collect();
        if own.is_empty() {
            continue;
        }
        document.heading(heading);
        let columns = [
            Column::left("what"),
            Column::right("times"),
            Column::left("first at"),
        ];
        let mut table = Table::new(columns.into());
        for remark in own {
            let place = remark.location.map_or_else(String::new, |place| {
                format!("{}:{}", place.line, place.column)
            });
            table.row([
                remark.message.as_str().into(),
                remark.times.to_string().into(),
                Cell::new(place, Tone::Muted),
            ]);
        }
        document.table(table);
    }
    document
}

fn run_export(args: &ExportArgs) -> anyhow::Result<Outcome> {
    let subject = seawall_jobs::risk::load(&args.dir).map_err(explain)?;
    let system = &subject.system;
    let printed = match args.to {
        To::Otm => format!("{}\n", serde_json::to_string_pretty(&export::otm(system))?),
        To::Mermaid => export::mermaid(system),
        To::Svg => {
            let diagram = seawall_risk::diagram(system);
            seawall_report::svg_diagram(&diagram)
        }
    };
    App::print(&printed)?;
    Ok(Outcome::Clean)
}
