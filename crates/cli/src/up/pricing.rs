//! From trials to money: prices the demonstration system, fills the console, prints the result.

use std::path::Path;

use anyhow::Context as _;
use seawall_base::Timestamp;
use seawall_evidence::trial::{Arm, Outcome, Trial};
use seawall_jobs::risk::{self, Subject};
use seawall_report::{Block, Document, TextStyle, Tone, text};
use seawall_risk::{Analysis, Summary, TrialRecord};

use super::demonstration::{Demonstration, SEED};
use crate::app::App;

/// What the console says beside the word DEMONSTRATION, on every page.
pub(super) const DEMONSTRATION: &str =
    "an invented insurer, and a model that is vulnerable on purpose";

/// Prices the demonstration system with `trials`, shows it in the console and prints it.
pub(crate) async fn price(
    demonstration: &Demonstration,
    trials: Vec<TrialRecord>,
) -> anyhow::Result<()> {
    let at = demonstration.clock.now();
    let folder = demonstration.folder.clone();
    let (subject, analysis, trials) = tokio::task::spawn_blocking(move || {
        let subject = risk::load(&folder)?;
        let analysis = risk::price(&subject, &trials, SEED, at);
        Ok::<_, risk::SubjectError>((subject, analysis, trials))
    })
    .await
    .context("pricing broke off")?
    .context("the demonstration system cannot be read")?;
    let rerun = rerun(&demonstration.folder, &demonstration.state, at);
    let document = document(&analysis, &trials);
    show(demonstration, &subject, &analysis, &rerun);
    let style = TextStyle {
        colour: demonstration.colour,
        width: 100,
    };
    // The command stands outside the document, which would wrap it.
    App::print(&format!("\n{}\n  {rerun}\n", text(&document, &style)))
}

/// The command that computes the same figures again.
fn rerun(folder: &Path, state: &Path, at: Timestamp) -> String {
    format!(
        "seawall risk {} --state {} --seed {SEED} --at {at}",
        folder.display(),
        state.display()
    )
}

fn document(analysis: &Analysis, trials: &[TrialRecord]) -> Document {
    let mut document = Document::new("DEMONSTRATION");
    document.text(format!(
        "The insurer `{}` is invented and the model behind it is the practice upstream: these \
         figures show how the loop works, not what your system loses.",
        analysis.system
    ));
    if let Some(line) = example(trials) {
        document.note(Tone::Good, line);
    }
    document.push(Block::KeyValues(Summary::of(analysis).lines()));
    document.text("The same figures again, with every path and assumption:");
    document
}

/// One attack that got through the unguarded route and was stopped on the guarded one.
fn example(trials: &[TrialRecord]) -> Option<String> {
    let stopped = trials
        .iter()
        .find_map(|record| match &record.trial.outcome {
            Outcome::Blocked { control, detector } if record.trial.arm == Arm::On => {
                let got_through = |other: &Trial| {
                    other.arm == Arm::Off
                        && other.pair == record.trial.pair
                        && other.outcome == Outcome::Succeeded
                };
                let paired = trials.iter().any(|other| got_through(&other.trial));
                paired.then_some((record, control, detector))
            }
            _ => None,
        });
    let (record, control, detector) = stopped?;
    let count = |arm: &Arm, wanted: fn(&Outcome) -> bool| {
        trials
            .iter()
            .filter(|record| record.trial.arm == *arm && wanted(&record.trial.outcome))
            .count()
    };
    let succeeded = |outcome: &Outcome| *outcome == Outcome::Succeeded;
    Some(format!(
        "{} of {} attacks succeed without the controls, {} with them. For one, `{}` gets through the \
         unguarded route and is stopped on the guarded one by {control} ({detector}), ledger entry {}.",
        count(&Arm::Off, succeeded),
        count(&Arm::Off, |_| true),
        count(&Arm::On, succeeded),
        record.trial.probe,
        record.index,
    ))
}

fn show(demonstration: &Demonstration, subject: &Subject, analysis: &Analysis, rerun: &str) {
    demonstration.board.update(|snapshot| {
        snapshot.demonstration = Some(DEMONSTRATION.to_owned());
        snapshot.diagram = seawall_risk::diagram(&subject.system);
        snapshot.show(analysis, rerun);
    });
}
