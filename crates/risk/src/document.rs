//! The analysis as a document for people: text on a terminal, HTML in a browser.

use seawall_report::format::{count, money, money_interval, percent};
use seawall_report::{Appetite, Bar, Block, Cell, Chart, Column, Document, Series, Table, Tone};
use seawall_stats::Estimate;
use seawall_system::System;

use crate::analysis::{Analysis, ControlValue, Path};
use crate::diagram::diagram;
use crate::inputs::Provenance;
use crate::summary::Summary;

/// Paths and rows that are shown; the machine form has all of them.
const PATHS_SHOWN: usize = 5;
/// Exceedance probabilities of the table.
const RETURN: [(f64, &str); 5] = [
    (0.5, "every second year"),
    (0.2, "1 in 5 years"),
    (0.1, "1 in 10 years"),
    (0.05, "1 in 20 years"),
    (0.01, "1 in 100 years"),
];

/// Builds the report of an analysis.
#[must_use]
pub fn document(system: &System, analysis: &Analysis) -> Document {
    let mut document = Document::new(format!("Risk of {}", analysis.system));
    if analysis.demonstration {
        document.note(
            Tone::Warn,
            "DEMONSTRATION: this system exists to practise on, and so do trials against it.",
        );
    }
    if !system.description.is_empty() {
        document.text(system.description.clone());
    }
    document.push(Block::KeyValues(Summary::of(analysis).lines()));
    appetite(&mut document, analysis);
    exceedance(&mut document, analysis);
    controls(&mut document, analysis);
    paths(&mut document, analysis);
    losses(&mut document, analysis);
    document.heading("Data flow");
    document.push(Block::Diagram(diagram(system)));
    basis(&mut document, analysis);
    document
}

fn interval(currency: &str, value: Estimate) -> String {
    money_interval(currency, value.mean, value.p5, value.p95)
}

fn appetite(document: &mut Document, analysis: &Analysis) {
    let Some((appetite, found)) = analysis.appetite else {
        return;
    };
    let (tone, word) = if found <= appetite.probability {
        (Tone::Good, "within")
    } else {
        (Tone::Bad, "over")
    };
    document.note(
        tone,
        format!(
            "{word} appetite: a year loses more than {} with probability {}, accepted {}",
            money(&analysis.currency, appetite.loss),
            percent(found),
            percent(appetite.probability)
        ),
    );
}

fn exceedance(document: &mut Document, analysis: &Analysis) {
    document.heading("Losses that a year may exceed");
    if analysis.exceedance.is_empty() {
        document.text("No sampled year has a loss.");
        return;
    }
    let series = |label: &str, tone, pick: fn(&crate::ExceedancePoint) -> f64| Series {
        label: label.to_owned(),
        points: analysis
            .exceedance
            .iter()
            .map(|point| (point.loss, pick(point)))
            .collect(),
        band: None,
        tone,
    };
    document.push(Block::Chart(Chart::Exceedance {
        currency: analysis.currency.clone(),
        series: vec![
            series("with controls", Tone::Good, |point| point.probability),
            series("without controls", Tone::Bad, |point| point.without),
        ],
        appetite: analysis.appetite.map(|(appetite, _)| Appetite {
            loss: appetite.loss,
            probability: Some(appetite.probability),
        }),
    }));
    let mut table = Table::new(vec![
        Column::left("exceeded"),
        Column::right("with controls"),
        Column::right("without"),
    ]);
    for (probability, label) in RETURN {
        let cell =
            |pick: fn(&crate::ExceedancePoint) -> f64| exceeded_with(analysis, probability, pick);
        table.row([
            label.into(),
            cell(|point| point.probability).into(),
            cell(|point| point.without).into(),
        ]);
    }
    document.table(table);
    let [var95, var99, es99] = analysis
        .tail
        .map(|amount| money(&analysis.currency, amount));
    document.text(format!(
        "Value at risk 95 %: {var95}, 99 %: {var99}; mean of the worst 1 % of years: {es99}."
    ));
}

/// The amount that a year exceeds with a probability, read off the curve's points.
fn exceeded_with(
    analysis: &Analysis,
    probability: f64,
    pick: fn(&crate::ExceedancePoint) -> f64,
) -> String {
    let points = &analysis.exceedance;
    match points.iter().rposition(|point| pick(point) >= probability) {
        Some(position) if position + 1 == points.len() => "beyond the curve".to_owned(),
        Some(position) => points
            .get(position)
            .map_or_else(String::new, |point| money(&analysis.currency, point.loss)),
        None => "-".to_owned(),
    }
}

fn controls(document: &mut Document, analysis: &Analysis) {
    document.heading("What each control is worth");
    if analysis.controls.is_empty() {
        document.text("The system declares no control.");
        return;
    }
    document.text(
        "By how much the expected annual loss would rise without this control alone, all others \
         staying; controls that back each other up are each worth little alone.",
    );
    document.push(Block::Chart(Chart::Bars {
        title: "annual value by control".to_owned(),
        currency: Some(analysis.currency.clone()),
        bars: analysis
            .controls
            .iter()
            .map(|control| Bar {
                label: control.id.clone(),
                value: control.value.mean,
                low: control.value.p5,
                high: control.value.p95,
                tone: Tone::Plain,
            })
            .collect(),
    }));
    let mut table = Table::new(vec![
        Column::left("control"),
        Column::right("value a year (90 %)"),
        Column::right("cost"),
        Column::left("efficacy"),
        Column::left("remark"),
    ]);
    for control in &analysis.controls {
        table.row([
            control.id.as_str().into(),
            interval(&analysis.currency, control.value).into(),
            cost(analysis, control).into(),
            efficacy(control),
            Cell::new(remark(control), Tone::Muted),
        ]);
    }
    document.table(table);
}

fn cost(analysis: &Analysis, control: &ControlValue) -> String {
    control.cost.map_or_else(
        || "not given".to_owned(),
        |(cost, _)| money(&analysis.currency, cost),
    )
}

fn efficacy(control: &ControlValue) -> Cell {
    match control.provenance {
        Some(Provenance::Measured) => {
            let (trials, blocked) = control.trials;
            Cell::new(format!("measured {blocked} of {trials}"), Tone::Good)
        }
        Some(Provenance::Elicited) => Cell::new("elicited", Tone::Plain),
        Some(Provenance::Default) => Cell::new("default", Tone::Warn),
        None => Cell::new("-", Tone::Muted),
    }
}

fn remark(control: &ControlValue) -> String {
    match (control.note, control.cost) {
        (Some(note), _) => note.to_owned(),
        (None, Some((_, worth))) => format!("worth its cost with probability {}", percent(worth)),
        (None, None) => format!("guards {} steps", control.guarded),
    }
}

fn paths(document: &mut Document, analysis: &Analysis) {
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

fn losses(document: &mut Document, analysis: &Analysis) {
    document.heading("Losses by kind");
    let mut table = Table::new(vec![
        Column::left("loss"),
        Column::left("effect"),
        Column::right("with controls a year (90 %)"),
        Column::right("without (90 %)"),
    ]);
    for loss in &analysis.losses {
        let with = if loss.is_reachable {
            interval(&analysis.currency, loss.with).into()
        } else {
            Cell::new("no path leads there", Tone::Muted)
        };
        table.row([
            loss.name.as_str().into(),
            loss.effect.as_str().into(),
            with,
            interval(&analysis.currency, loss.without).into(),
        ]);
    }
    document.table(table);
}

fn basis(document: &mut Document, analysis: &Analysis) {
    document.heading("What this rests on");
    let trials = &analysis.trials;
    let [steps, declared, discovered] = analysis.size;
    let [measured, elicited, default] = analysis.inputs;
    let number = |value: usize| count(value as u64);
    document.push(Block::KeyValues(vec![
        (
            "trials".to_owned(),
            format!(
                "{} read, {} pairs count, {} unattributed, {} could not be judged",
                number(trials.total),
                number(trials.pairs),
                number(trials.unattributed),
                number(trials.unassessed)
            ),
        ),
        (
            "harmless requests".to_owned(),
            format!(
                "{} tried, {} stopped by mistake",
                number(trials.benign),
                number(trials.false_alarms)
            ),
        ),
        (
            "inputs".to_owned(),
            format!("{measured} measured, {elicited} elicited, {default} default"),
        ),
        (
            "graph".to_owned(),
            format!("{steps} steps from {declared} declared and {discovered} discovered facts"),
        ),
        (
            "declaration".to_owned(),
            format!("{} {}", analysis.source.0, analysis.source.1),
        ),
        (
            "rerun".to_owned(),
            format!(
                "seawall risk DIR --seed {} --at {}",
                analysis.seed, analysis.at
            ),
        ),
    ]));
    if trials.ignored_practice > 0 {
        document.note(
            Tone::Warn,
            format!(
                "{} practice trials were not used: they say nothing about a system that is not a \
                 demonstration.",
                number(trials.ignored_practice)
            ),
        );
    }
    for drift in &analysis.drift {
        document.note(
            Tone::Warn,
            format!("drift: {} {}", drift.subject, drift.message),
        );
    }
    let mut table = Table::new(vec![
        Column::left("assumption"),
        Column::left("what is assumed"),
        Column::left("basis"),
    ]);
    for item in &analysis.assumptions {
        table.row([
            item.subject.as_str().into(),
            item.text.as_str().into(),
            Cell::new(item.basis.clone(), Tone::Muted),
        ]);
    }
    document.table(table);
}
