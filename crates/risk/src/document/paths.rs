//! How losses still come about: the surviving paths, and what every threat rule comes to.

use seawall_report::format::{count, money, percent};
use seawall_report::{Block, Cell, Column, Document, Table, Tone};

use crate::analysis::{Analysis, Outcome, Path};

/// Paths that are shown; the machine form has all of them.
const PATHS_SHOWN: usize = 5;

pub(super) fn paths(document: &mut Document, analysis: &Analysis) {
    document.heading("Paths that remain");
    if analysis.paths.is_empty() {
        document.text("No sampled campaign reached a loss.");
    }
    for (number, path) in analysis.paths.iter().take(PATHS_SHOWN).enumerate() {
        document.push(Block::Code(path_text(analysis, path, number + 1)));
    }
    let hidden = analysis.paths.len().saturating_sub(PATHS_SHOWN);
    if hidden > 0 {
        document.text(format!("{hidden} more with --format json."));
    }
}

fn path_text(analysis: &Analysis, path: &Path, number: usize) -> String {
    let mut text = format!(
        "{number}. {} -> {}: {} a year, {} of the expected loss",
        path.actor,
        path.loss,
        money(&analysis.currency, path.annual),
        percent(path.share)
    );
    for step in &path.steps {
        text.push_str(&format!("\n   {} [{}]", step.text, step.threat));
        if !step.maps.is_empty() {
            text.push_str(&format!(" {}", step.maps.join(" ")));
        }
        if let Some((file, location)) = &step.place {
            let line = location.map_or_else(String::new, |place| format!(":{}", place.line));
            let origin = step.origin.unwrap_or_default();
            text.push_str(&format!("\n     {origin} in {file}{line}"));
        }
        if !step.controls.is_empty() {
            text.push_str(&format!("; guarded by {}", step.controls.join(", ")));
        }
    }
    text
}

/// Which threats apply, which are mitigated and which cannot happen here.
pub(super) fn threats(document: &mut Document, analysis: &Analysis) {
    document.heading("Threats that were looked at");
    let of = |wanted: Outcome| {
        let found = analysis
            .threats
            .iter()
            .filter(|threat| threat.outcome == wanted);
        count(found.count() as u64)
    };
    document.text(format!(
        "{} threats of the catalogue: {} apply with nothing in their way somewhere, {} have a \
         control in their way wherever they can happen, {} cannot happen here. A control in the way \
         is not yet an answer: how good it is stands above. All proofs are in the JSON form.",
        count(analysis.threats.len() as u64),
        of(Outcome::Applies),
        of(Outcome::Mitigated),
        of(Outcome::NotApplicable)
    ));
    let mut table = Table::new(vec![
        Column::left("threat"),
        Column::left("outcome"),
        Column::left("why"),
        Column::left("where"),
    ]);
    let rank = |outcome: Outcome| {
        analysis
            .threats
            .iter()
            .filter(move |one| one.outcome == outcome)
    };
    for threat in rank(Outcome::Applies).chain(rank(Outcome::Mitigated)) {
        let tone = match threat.outcome {
            Outcome::Applies => Tone::Bad,
            Outcome::Mitigated => Tone::Good,
            Outcome::NotApplicable => Tone::Muted,
        };
        let place = threat
            .place
            .as_ref()
            .map_or_else(String::new, |(path, place)| {
                place.map_or_else(|| path.clone(), |place| format!("{path}:{}", place.line))
            });
        let mut why = threat.proof.clone();
        if !threat.controls.is_empty() {
            why.push_str(&format!("; in the way: {}", threat.controls.join(", ")));
        }
        table.row([
            threat.id.as_str().into(),
            Cell::new(threat.outcome.as_str(), tone),
            why.into(),
            Cell::new(place, Tone::Muted),
        ]);
    }
    document.table(table);
}
