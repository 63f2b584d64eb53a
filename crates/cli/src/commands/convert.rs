//! `seawall convert MODEL`: writes a model as safetensors, without running what it is made of.

use std::path::PathBuf;

use seawall_base::Limits;
use seawall_jobs::convert::{self, Converted};
use seawall_report::{Block, Document, TextStyle, Tone, text};

use crate::app::{App, Outcome};

/// Convert a model to safetensors without running it.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The model: a file of PyTorch, joblib, numpy, Keras or HDF5, or a folder with an index of shards.
    model: PathBuf,
    /// Where to write; by default beside the model, with the ending `.safetensors`.
    #[arg(short, long, value_name = "OUT")]
    output: Option<PathBuf>,
}

const EXAMPLES: &str = "Examples:
  seawall convert model.pt
  seawall convert scaler.joblib -o scaler.safetensors
  seawall convert checkpoints/claims-7b -o converted/

The model must pass the scan. Plain values beside the tensors are kept as metadata; names that share
their numbers each get a copy and are listed there. Existing files are never overwritten.
Exit codes: 0 converted, 1 refused with the reason, 2 could not run.";

/// Runs the command.
pub(crate) fn run(args: &Args, app: &App) -> anyhow::Result<Outcome> {
    let outcome = convert::convert(&args.model, args.output.as_deref(), &Limits::default());
    let mut document = Document::new("Conversion");
    let outcome = match outcome {
        Ok(all) => {
            all.iter()
                .for_each(|converted| describe(converted, &mut document));
            let message = "converted: the numbers are those of the model, bit by bit";
            document.note(Tone::Good, message);
            Outcome::Clean
        }
        Err(error) if error.is_refusal() => {
            let source = std::error::Error::source(&error);
            let why = source.map_or_else(String::new, |source| format!(": {source}"));
            document.note(Tone::Bad, format!("refused: {error}{why}"));
            Outcome::Failed
        }
        Err(error) => return Err(error.into()),
    };
    let style = TextStyle {
        colour: app.colour,
        ..TextStyle::default()
    };
    App::print(&text(&document, &style))?;
    Ok(outcome)
}

fn describe(converted: &Converted, document: &mut Document) {
    let mut rows = vec![
        ("file".to_owned(), converted.path.display().to_string()),
        ("tensors".to_owned(), converted.tensors.len().to_string()),
        ("bytes".to_owned(), converted.bytes.to_string()),
    ];
    for names in &converted.tied {
        rows.push(("same numbers".to_owned(), names.join(", ")));
    }
    document.push(Block::KeyValues(rows));
}
