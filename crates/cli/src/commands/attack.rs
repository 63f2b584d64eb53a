//! `seawall attack model`: measures what gets through to a model, with and without the controls.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use seawall_attack::{Campaign, CampaignConfig, Scope, Suite, permit};
use seawall_base::{Digest, Secret};
use seawall_evidence::trial::{Arm, Trial};
use seawall_jobs::campaign::{self, Driver, Recorder, Route, Routes, Summary};
use seawall_net::{CancellationToken, Client, ClientOptions};
use seawall_report::{TextStyle, text};

use crate::app::{App, Hinted, Outcome};
use crate::progress::ProgressLine;

/// Attack one's own systems to measure their controls.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Send probes and harmless tasks to a model's chat endpoint and count what had an effect.
    ///
    /// Payloads are inert. Targets on this machine need no permission; any other needs a scope file.
    #[command(after_help = EXAMPLES)]
    Model(Box<Model>),
}

#[derive(Debug, clap::Args)]
struct Model {
    /// Base URL of the target: the route with the controls, where there are two.
    #[arg(long, value_name = "URL")]
    target: String,
    /// Base URL of the same model without the controls; every payload then goes to both.
    #[arg(long, value_name = "URL")]
    off: Option<String>,
    /// Key for the target.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Key for the route without the controls.
    #[arg(long, value_name = "KEY", requires = "off")]
    off_key: Option<String>,
    /// Model to name in requests; the first one that the target lists, unless given.
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Which probes: smoke (at least 200 payloads) or quick (each probe once).
    #[arg(long, value_name = "NAME", default_value = "smoke")]
    suite: String,
    /// Makes the payloads; the same seed sends the same attempts.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Requests per second at most.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: Option<u32>,
    /// Requests in flight at most.
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    concurrency: u16,
    /// Append every trial to this file, one line of JSON each.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Go on with the campaign that this file holds; no attempt in it is repeated.
    #[arg(long, value_name = "FILE", conflicts_with = "out")]
    resume: Option<PathBuf>,
    /// The rules of engagement for targets that are not on this machine.
    #[arg(long, value_name = "FILE")]
    scope: Option<PathBuf>,
    /// Exit with 1 when the upper bound of attacks that get through exceeds this share.
    #[arg(long, value_name = "SHARE")]
    max_success: Option<f64>,
    /// How the result is written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Format {
    Text,
    Json,
}

const EXAMPLES: &str = "Examples:
  seawall attack model --target http://127.0.0.1:8080 --key sk-…
  seawall attack model --target http://127.0.0.1:8080 --off http://127.0.0.1:9000 --out trials.jsonl
  seawall attack model --target http://127.0.0.1:8080 --resume trials.jsonl --format json

A scope file: schema: seawall.scope/v1, targets: [URL…], contact, not-after (RFC 3339),
optionally not-before and requests-per-second (5 unless given).";

/// Runs the command.
pub(crate) fn run(args: Args, app: &App) -> anyhow::Result<Outcome> {
    match args.command {
        Command::Model(model) => {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()?;
            runtime.block_on(attack(&model, app))
        }
    }
}

async fn attack(args: &Model, app: &App) -> anyhow::Result<Outcome> {
    let rate = permitted_rate(args, app)?;
    // What is wrong with the arguments is said before anything is sent.
    suite(&args.suite)?;
    let before = match &args.resume {
        Some(path) => campaign::read_trials(path, &read(path)?)?,
        None => Vec::new(),
    };
    let key = |key: &Option<String>| key.clone().map(Secret::new);
    let routes = Routes {
        on: Route {
            url: args.target.clone(),
            key: key(&args.key),
        },
        off: args.off.clone().map(|url| Route {
            url,
            key: key(&args.off_key),
        }),
    };
    let client = Client::new(&ClientOptions::default())?;
    let identity = campaign::identify(&client, &routes.on).await?;
    let mut machine = Campaign::new(config(args, app, &identity, &before, rate)?);
    let taken = machine.resume(&before);
    if !before.is_empty() && taken == 0 {
        let hint = "give the same --suite, --seed and --target as when it was begun";
        return Err(Hinted::new("the file holds another campaign", hint).into());
    }
    let mut recorder = match args.out.as_ref().or(args.resume.as_ref()) {
        Some(path) => {
            Recorder::lines(path).with_context(|| format!("cannot write {}", path.display()))?
        }
        None => Recorder::Nowhere,
    };
    let stop = CancellationToken::new();
    let driver = Driver {
        client: &client,
        clock: app.clock.as_ref(),
        stop: &stop,
    };
    let mut line = ProgressLine::new("Attacking");
    let mut show = |progress: campaign::Progress| {
        line.show(progress.done, progress.total);
    };
    let trials = {
        let mut running = std::pin::pin!(campaign::run(
            &mut machine,
            &routes,
            &driver,
            &mut recorder,
            &mut show
        ));
        tokio::select! {
            trials = &mut running => trials,
            _ = tokio::signal::ctrl_c() => {
                stop.cancel();
                running.await
            }
        }
    };
    line.end();
    let mut all: Vec<Trial> = before
        .into_iter()
        .filter(|trial| trial.campaign == machine.config().id)
        .collect();
    all.extend(trials?);
    finish(args, app, &Summary::new(&machine, &all, rerun(args)))
}

/// The rate that permission and the user allow; refuses a target out of scope before a byte is sent.
fn permitted_rate(args: &Model, app: &App) -> anyhow::Result<Option<u32>> {
    let scope = match &args.scope {
        Some(path) => {
            let shown = path.display().to_string();
            Some(
                Scope::read(&shown, &read(path)?)
                    .map_err(|problems| anyhow::anyhow!(list(&problems)))?,
            )
        }
        None => None,
    };
    let mut rate = args.rate;
    for url in std::iter::once(&args.target).chain(&args.off) {
        let allowed = permit(url, scope.as_ref(), app.clock.now()).map_err(|error| {
            Hinted::new(
                error.to_string(),
                "attack only what is yours; --scope FILE names it, see --help",
            )
        })?;
        rate = match (rate, allowed) {
            (Some(asked), Some(allowed)) => Some(asked.min(allowed)),
            (asked, allowed) => asked.or(allowed),
        };
    }
    Ok(rate)
}

fn suite(name: &str) -> anyhow::Result<Suite> {
    Suite::named(name).ok_or_else(|| {
        let hint = format!("suites: {}", Suite::NAMES.join(", "));
        Hinted::new(format!("there is no suite `{name}`"), hint).into()
    })
}

fn config(
    args: &Model,
    app: &App,
    identity: &campaign::Identity,
    before: &[Trial],
    rate: Option<u32>,
) -> anyhow::Result<CampaignConfig> {
    let model = args.model.clone().unwrap_or_else(|| identity.model.clone());
    let target = if model == "practice" {
        model.clone()
    } else {
        format!("{} {model}", args.target)
    };
    Ok(CampaignConfig {
        id: before.first().map_or_else(
            || app.ids.next("campaign", app.clock.now()).to_string(),
            |trial| trial.campaign.clone(),
        ),
        suite: suite(&args.suite)?,
        seed: args.seed,
        arms: if args.off.is_some() {
            vec![Arm::Off, Arm::On]
        } else {
            vec![Arm::On]
        },
        model,
        target,
        target_digest: identity.digest,
        controls_off: Digest::of(b"none"),
        controls_on: Digest::of(args.target.as_bytes()),
        concurrency_max: usize::from(args.concurrency),
        per_second: rate,
    })
}

fn finish(args: &Model, app: &App, summary: &Summary) -> anyhow::Result<Outcome> {
    let judged = summary.tally.all.on.n + summary.tally.benign.n;
    if judged == 0 {
        anyhow::bail!(
            "the target gave no answer that could be judged ({} attempts)",
            summary.tally.all.unassessed
        );
    }
    match args.format {
        Format::Text => App::print(&text(
            &summary.document(),
            &TextStyle {
                colour: app.colour,
                ..TextStyle::default()
            },
        ))?,
        Format::Json => App::print(&format!("{}\n", summary.to_json()))?,
    }
    let upper = summary.tally.all.on.interval().1;
    let failed = args.max_success.is_some_and(|bound| upper > bound);
    Ok(if failed {
        Outcome::Failed
    } else {
        Outcome::Clean
    })
}

/// The command that repeats the campaign; keys are left out.
fn rerun(args: &Model) -> String {
    let off = args
        .off
        .as_ref()
        .map(|url| format!(" --off {url}"))
        .unwrap_or_default();
    format!(
        "seawall attack model --target {}{off} --suite {} --seed {}",
        args.target, args.suite, args.seed
    )
}

fn list(problems: &[seawall_base::Problem]) -> String {
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| {
            let place = problem
                .location
                .map(|at| format!(":{}:{}", at.line, at.column))
                .unwrap_or_default();
            format!("{}{place}: {}", problem.path, problem.message)
        })
        .collect();
    lines.join("\n")
}

#[expect(
    clippy::disallowed_methods,
    reason = "the command line reads the files that its user names"
)]
fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}
