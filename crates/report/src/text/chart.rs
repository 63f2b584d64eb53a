//! Charts for a terminal: a few points of each curve as a table, bars as blocks.

use crate::chart::{Appetite, Bar, Chart, Series};
use crate::document::{Cell, Column, Table};
use crate::format::{money, percent, short};
use crate::text::clean::{clean, display_width};
use crate::text::{paint, table};

/// The probabilities at which a curve is read off.
const READINGS: [f64; 5] = [0.5, 0.2, 0.1, 0.05, 0.01];

/// The lines of a chart.
pub(super) fn render(chart: &Chart, room: usize, colour: bool) -> Vec<String> {
    match chart {
        Chart::Exceedance {
            currency,
            series,
            appetite,
        } => exceedance(currency, series, appetite.as_ref(), (room, colour)),
        Chart::Bars {
            title,
            currency,
            bars,
        } => {
            let mut lines = vec![clean(title)];
            lines.extend(bar_lines(currency.as_deref(), bars, room, colour));
            lines
        }
        Chart::Spans {
            title,
            currency,
            middle,
            spans,
        } => {
            let amount = |value: f64| {
                let unit = currency.as_deref();
                unit.map_or_else(|| short(value), |unit| money(unit, value))
            };
            let columns = [
                Column::left(title.clone()),
                Column::right("at its low end"),
                Column::right("at its high end"),
            ];
            let mut readings = Table::new(columns.into());
            for span in spans {
                let cells = [
                    span.label.clone(),
                    amount(span.at_low),
                    amount(span.at_high),
                ];
                readings.row(cells.map(Cell::from));
            }
            readings.row(["with nothing moved".to_owned(), amount(*middle)].map(Cell::from));
            table::render(&readings, room, colour)
        }
        Chart::Heat {
            title,
            columns,
            rows,
            ..
        } => {
            let mut titles = vec![Column::left(title.clone())];
            titles.extend(columns.iter().map(|column| Column::right(column.clone())));
            let mut readings = Table::new(titles);
            for (label, amounts) in rows {
                let figures = amounts.iter().map(|amount| Cell::from(short(*amount)));
                readings.row([Cell::from(label.clone())].into_iter().chain(figures));
            }
            table::render(&readings, room, colour)
        }
    }
}

fn exceedance(
    currency: &str,
    series: &[Series],
    appetite: Option<&Appetite>,
    (room, colour): (usize, bool),
) -> Vec<String> {
    let mut columns = vec![Column::right("chance in a year")];
    columns.extend(
        series
            .iter()
            .map(|curve| Column::right(curve.label.clone())),
    );
    let mut readings = Table::new(columns);
    for probability in READINGS {
        let mut row = vec![Cell::from(percent(probability))];
        row.extend(series.iter().map(|curve| {
            let loss = loss_at(&curve.points, probability);
            Cell::new(
                loss.map_or_else(|| "none".to_owned(), |loss| money(currency, loss)),
                curve.tone,
            )
        }));
        readings.row(row);
    }
    let mut lines = vec!["Loss that is exceeded with a given chance:".to_owned()];
    lines.extend(table::render(&readings, room, colour));
    if let Some(appetite) = appetite {
        let chance = appetite
            .probability
            .map_or_else(String::new, |probability| {
                format!(
                    ", exceeded with a chance of at most {}",
                    percent(probability)
                )
            });
        lines.push(format!(
            "Appetite: {}{chance}",
            money(currency, appetite.loss)
        ));
    }
    lines
}

/// The largest loss that is still exceeded with at least `probability`; none when even the smallest
/// is exceeded less often.
fn loss_at(points: &[(f64, f64)], probability: f64) -> Option<f64> {
    let reached = points.iter().filter(|(_, chance)| *chance >= probability);
    reached.map(|(loss, _)| *loss).reduce(f64::max)
}

fn bar_lines(currency: Option<&str>, bars: &[Bar], room: usize, colour: bool) -> Vec<String> {
    let labels: Vec<_> = bars.iter().map(|bar| clean(&bar.label)).collect();
    let column = labels
        .iter()
        .map(|label| display_width(label))
        .max()
        .unwrap_or(0)
        .min(32);
    let figures: Vec<_> = bars.iter().map(|bar| figure(currency, bar)).collect();
    let figure_column = figures
        .iter()
        .map(|text| display_width(text))
        .max()
        .unwrap_or(0);
    let length = room.saturating_sub(column + figure_column + 4).clamp(8, 40);
    let largest = bars.iter().map(|bar| bar.value.abs()).fold(0.0, f64::max);
    let mut lines = Vec::new();
    for ((bar, label), figure) in bars.iter().zip(&labels).zip(&figures) {
        let gap = " ".repeat(column.saturating_sub(display_width(label)));
        let blocks = blocks(bar.value, largest, length);
        let rest = " ".repeat(length.saturating_sub(display_width(&blocks)));
        lines.push(format!(
            "{label}{gap}  {}{rest}  {figure}",
            paint(&blocks, bar.tone, colour)
        ));
    }
    lines
}

fn figure(currency: Option<&str>, bar: &Bar) -> String {
    let value = currency.map_or_else(|| short(bar.value), |unit| money(unit, bar.value));
    format!("{value} ({} to {})", short(bar.low), short(bar.high))
}

/// A bar in eighths of a column.
fn blocks(value: f64, largest: f64, length: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if largest <= 0.0 || !value.is_finite() {
        return String::new();
    }
    let eighths = (value.max(0.0) / largest * length as f64 * 8.0).round() as usize;
    let rest = EIGHTHS.get(eighths % 8).copied().unwrap_or("");
    format!("{}{rest}", "█".repeat(eighths / 8))
}
