//! What the figures rest on: evidence, assumptions, drift, and how to get them again.

use seawall_report::format::count;
use seawall_report::{Block, Cell, Column, Document, Table, Tone};

use crate::analysis::Analysis;

/// What was predicted and what came.
fn backtest(document: &mut Document, analysis: &Analysis) {
    let [held, all] = analysis.backtest.held();
    if all == 0 {
        return;
    }
    document.heading("Backtest");
    document.text(format!(
        "{held} of {all} predictions of attempts and blocks held within their 90 % range. Rare losses \
         are not backtested: a few years say nothing about them."
    ));
    let columns = [
        Column::left("of"),
        Column::left("predicted from"),
        Column::right("predicted (90 %)"),
        Column::right("came"),
    ];
    let mut table = Table::new(columns.into());
    for row in &analysis.backtest.rows {
        let [low, high] = row.predicted;
        let of = row.of.map_or_else(String::new, |of| format!(" of {of}"));
        let tone = if row.is_inside() {
            Tone::Good
        } else {
            Tone::Bad
        };
        table.row([
            row.what.as_str().into(),
            row.from.as_str().into(),
            format!("{low} to {high}{of}").into(),
            Cell::new(row.came.to_string(), tone),
        ]);
    }
    document.table(table);
}

pub(super) fn basis(document: &mut Document, analysis: &Analysis) {
    document.heading("What this rests on");
    let trials = &analysis.trials;
    let [steps, declared, discovered] = analysis.size;
    let [measured, elicited, default] = analysis.inputs;
    let number = |value: usize| count(value as u64);
    document.push(Block::KeyValues(vec![
        (
            "trials".to_owned(),
            format!(
                "{} read, {} pairs count and weigh {:.1}, {} unattributed, {} could not be judged",
                number(trials.total),
                number(trials.pairs),
                trials.weight,
                number(trials.unattributed),
                number(trials.unassessed)
            ),
        ),
        (
            "changed since".to_owned(),
            format!(
                "{} pairs on another target, {} with other controls, {} with another suite",
                number(trials.changed[0]),
                number(trials.changed[1]),
                number(trials.changed[2])
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
    backtest(document, analysis);
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
    let controls = analysis.controls.iter().map(|control| &control.id);
    let controls: std::collections::BTreeSet<&String> = controls.collect();
    // What controls do not cover stands in a table of its own.
    for drift in analysis
        .drift
        .iter()
        .filter(|drift| !controls.contains(&drift.subject))
    {
        let text = format!("drift: {} {}", drift.subject, drift.message);
        document.note(Tone::Warn, text);
    }
    let mut table = Table::new(vec![
        Column::left("assumption"),
        Column::left("what is assumed"),
        Column::left("basis"),
        Column::left("answers for it"),
        Column::left("until"),
    ]);
    let expired = analysis.assumptions.iter().filter(|item| item.is_expired);
    let expired = expired.count();
    if expired > 0 {
        let text = format!("{expired} assumptions are past the day until which they hold.");
        document.note(Tone::Bad, text);
    }
    document.heading("Assumptions");
    for item in &analysis.assumptions {
        let until = item.until.map(|day| day.to_string()).unwrap_or_default();
        let tone = if item.is_expired {
            Tone::Bad
        } else {
            Tone::Muted
        };
        table.row([
            item.subject.as_str().into(),
            item.text.as_str().into(),
            Cell::new(item.basis.clone(), Tone::Muted),
            item.owner.clone().unwrap_or_default().into(),
            Cell::new(until, tone),
        ]);
    }
    document.table(table);
}
