//! What a year may cost: the curve against appetite, the tail, and what is lost.

use seawall_report::format::{money, percent};
use seawall_report::{Appetite, Block, Cell, Chart, Column, Document, Series, Table, Tone};

use super::interval;
use crate::analysis::{Analysis, ExceedancePoint};

/// Exceedance probabilities of the table.
const RETURN: [(f64, &str); 5] = [
    (0.5, "every second year"),
    (0.2, "1 in 5 years"),
    (0.1, "1 in 10 years"),
    (0.05, "1 in 20 years"),
    (0.01, "1 in 100 years"),
];

/// Whether the loss that is accepted is exceeded more often than is accepted.
pub(super) fn appetite(document: &mut Document, analysis: &Analysis) {
    let Some((appetite, found, [low, high])) = analysis.appetite else {
        document.note(
            Tone::Muted,
            "No appetite is declared: nothing says how much loss is accepted how often.",
        );
        return;
    };
    let accepted = appetite.probability;
    let (tone, verdict) = if high <= accepted {
        (Tone::Good, "Within appetite")
    } else if low > accepted {
        (Tone::Bad, "Over appetite")
    } else if found <= accepted {
        (Tone::Warn, "Probably within appetite")
    } else {
        (Tone::Bad, "Probably over appetite")
    };
    document.note(
        tone,
        format!(
            "{verdict}: a year loses more than {} with probability {} ({} to {}); {} is accepted.",
            money(&analysis.currency, appetite.loss),
            percent(found),
            percent(low),
            percent(high),
            percent(accepted)
        ),
    );
}

/// The exceedance curve, its table and the tail.
pub(super) fn exceedance(document: &mut Document, analysis: &Analysis) {
    document.heading("Losses that a year may exceed");
    if analysis.exceedance.is_empty() {
        document.text("No sampled year has a loss.");
        return;
    }
    document.text(
        "The lines are the best estimate; the shaded bands hold it with 90 % confidence and show what \
         is not known about the system. Luck within a year is in the line, not in the band.",
    );
    document.push(Block::Chart(Chart::Exceedance {
        currency: analysis.currency.clone(),
        series: vec![
            exceedance_series(analysis, "with controls", Tone::Good, |point| {
                (point.probability, point.band)
            }),
            exceedance_series(analysis, "without controls", Tone::Bad, |point| {
                (point.without, point.band_without)
            }),
        ],
        appetite: analysis.appetite.map(|(appetite, _, _)| Appetite {
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
        let cell = |pick: fn(&ExceedancePoint) -> f64| exceeded_with(analysis, probability, pick);
        table.row([
            label.into(),
            cell(|point| point.probability).into(),
            cell(|point| point.without).into(),
        ]);
    }
    document.table(table);
    let mut table = Table::new(vec![
        Column::left("the worst years"),
        Column::right("begin at (value at risk, 90 %)"),
        Column::right("cost on average (expected shortfall, 90 %)"),
    ]);
    for tail in &analysis.tails {
        table.row([
            format!("worst {} of years", percent(1.0 - tail.level)).into(),
            interval(&analysis.currency, tail.at_risk).into(),
            interval(&analysis.currency, tail.shortfall).into(),
        ]);
    }
    document.table(table);
}

/// One curve of the exceedance chart with its band, as report and console draw it.
#[must_use]
pub fn exceedance_series(
    analysis: &Analysis,
    label: &str,
    tone: Tone,
    pick: fn(&ExceedancePoint) -> (f64, [f64; 2]),
) -> Series {
    let points = || {
        analysis
            .exceedance
            .iter()
            .map(|point| (point.loss, pick(point)))
    };
    Series {
        label: label.to_owned(),
        points: points().map(|(loss, (chance, _))| (loss, chance)).collect(),
        band: Some(
            points()
                .map(|(loss, (_, [low, high]))| (loss, low, high))
                .collect(),
        ),
        tone,
    }
}

/// The amount that a year exceeds with a probability, read off the curve's points.
fn exceeded_with(
    analysis: &Analysis,
    probability: f64,
    pick: fn(&ExceedancePoint) -> f64,
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

/// What is lost, by property and by declared loss.
pub(super) fn losses(document: &mut Document, analysis: &Analysis) {
    document.heading("What is lost");
    let mut table = Table::new(vec![
        Column::left("property"),
        Column::right("with controls a year"),
        Column::right("without"),
        Column::right("1 in 20"),
        Column::right("1 in 100"),
    ]);
    let unit = &analysis.currency;
    for effect in &analysis.effects {
        table.row([
            effect.effect.as_str().into(),
            interval(unit, effect.with).into(),
            interval(unit, effect.without).into(),
            money(unit, effect.var95).into(),
            money(unit, effect.var99).into(),
        ]);
    }
    document.table(table);
    document.text(
        "Means with 90 % intervals; then what one year in 20 and one in 100 exceeds with controls. \
         Those amounts do not add up: bad years of different properties rarely coincide.",
    );
    let mut table = Table::new(vec![
        Column::left("loss"),
        Column::left("property"),
        Column::right("with controls a year (90 %)"),
        Column::right("without (90 %)"),
    ]);
    for loss in &analysis.losses {
        let with = if loss.is_reachable {
            interval(unit, loss.with).into()
        } else {
            Cell::new("no path leads there", Tone::Muted)
        };
        table.row([
            loss.name.as_str().into(),
            loss.effect.as_str().into(),
            with,
            interval(unit, loss.without).into(),
        ]);
    }
    document.table(table);
}
