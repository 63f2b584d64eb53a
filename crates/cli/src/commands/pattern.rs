//! `seawall pattern list|render`: hardened deployments as manifests.

use std::collections::BTreeMap;

use clap::Subcommand;
use seawall_policy::pattern::{self, PATTERNS, Pattern};
use seawall_report::{Column, Document, Table, TextStyle, text};

use crate::app::{App, Hinted, Outcome};

/// Render hardened deployments for inference and training.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the patterns, or the parameters of one.
    #[command(after_help = LIST_EXAMPLES)]
    List {
        /// The pattern whose parameters to show.
        pattern: Option<String>,
    },
    /// Write the manifests of a pattern to standard output.
    #[command(after_help = RENDER_EXAMPLES)]
    Render {
        /// The pattern.
        pattern: String,
        /// A parameter.
        #[arg(long = "set", value_name = "NAME=VALUE", value_parser = assignment)]
        set: Vec<(String, String)>,
        /// Fill what must be given with placeholders that cannot be deployed.
        #[arg(long)]
        example: bool,
    },
}

const LIST_EXAMPLES: &str = "Examples:
  seawall pattern list
  seawall pattern list inference-vllm";

const RENDER_EXAMPLES: &str = "Examples:
  seawall pattern render inference-vllm --example
  seawall pattern render training-pytorch --set namespace=lab --set training-image=… | kubectl apply -f -";

/// Runs the command.
pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<Outcome> {
    let output = match args.command {
        Command::List { pattern: None } => text(&overview(), &style(app)),
        Command::List {
            pattern: Some(name),
        } => text(&parameters(pattern::find(&name)?), &style(app)),
        Command::Render {
            pattern: name,
            set,
            example,
        } => {
            let given: BTreeMap<String, String> = set.into_iter().collect();
            pattern::render(&name, &given, example).map_err(|error| {
                let known = PATTERNS.iter().any(|pattern| pattern.id == name);
                let hint = if known {
                    format!("`seawall pattern list {name}` shows the parameters; `--example` fills them in")
                } else {
                    "`seawall pattern list` shows the patterns".to_owned()
                };
                Hinted::new(error.to_string(), hint)
            })?
        }
    };
    App::print(&output)?;
    Ok(Outcome::Clean)
}

fn style(app: &App) -> TextStyle {
    TextStyle {
        colour: app.colour,
        ..TextStyle::default()
    }
}

fn overview() -> Document {
    let mut document = Document::new("Deployment patterns");
    let mut table = Table::new(vec![
        Column::left("Pattern"),
        Column::left("What it deploys"),
    ]);
    for pattern in PATTERNS {
        table.row([pattern.id.into(), pattern.title.into()]);
    }
    document.table(table);
    document
}

fn parameters(pattern: &Pattern) -> Document {
    let mut document = Document::new(pattern.title);
    document.text(pattern.summary);
    let columns = ["Parameter", "Default", "What it is"].map(Column::left);
    let mut table = Table::new(columns.into());
    for parameter in pattern.parameters {
        let default = parameter.default.unwrap_or("must be given");
        let about = format!("{}: {}", parameter.about, parameter.kind.expected());
        table.row([parameter.name.into(), default.into(), about.into()]);
    }
    document.table(table);
    document
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
