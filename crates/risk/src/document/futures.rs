//! Possible futures for people: a line for each what-if, and where it ends.

use seawall_report::format::{money, percent};
use seawall_report::{Bar, Block, Chart, Column, Document, Table, Tone};
use seawall_system::System;

use super::interval;
use crate::analysis::{Future, FutureYear, Options};

/// Builds the report of the futures.
#[must_use]
pub fn futures_document(system: &System, futures: &[Future], options: &Options) -> Document {
    let mut document = Document::new(format!("Possible futures of {}", system.name));
    let unit = &system.currency;
    document.text(
        "Each line changes the declaration year by year and prices it with the same draws; trials, \
         prices and everything that is not named stay as they are.",
    );
    let last = |future: &Future| future.years.last().copied();
    let bars = futures.iter().filter_map(|future| {
        let year = last(future)?;
        Some(Bar {
            label: future.id.clone(),
            value: year.loss.mean,
            low: year.loss.p5,
            high: year.loss.p95,
            tone: if future.id == "as-is" {
                Tone::Good
            } else {
                Tone::Plain
            },
        })
    });
    document.push(Block::Chart(Chart::Bars {
        title: "annual loss in the last year".to_owned(),
        currency: Some(unit.clone()),
        bars: bars.collect(),
    }));
    let first = futures.first().map(|future| future.years.as_slice());
    let mut columns = vec![Column::left("what if")];
    let years = first.unwrap_or_default().iter();
    columns.extend(years.map(|year| Column::right(title(year))));
    columns.push(Column::right("worst 2.5 % of years then"));
    columns.push(Column::right("reviewers' time"));
    let mut table = Table::new(columns);
    for future in futures {
        let mut row = vec![future.name.as_str().into()];
        row.extend(
            future
                .years
                .iter()
                .map(|year| money(unit, year.loss.mean).into()),
        );
        if let Some(year) = last(future) {
            row.push(interval(unit, year.shortfall).into());
            row.push(percent(year.review_use).into());
        }
        table.row(row);
    }
    document.table(table);
    document.push(Block::KeyValues(vec![(
        "rerun".to_owned(),
        format!(
            "seawall risk scenarios DIR --seed {} --at {}",
            options.seed, options.at
        ),
    )]));
    document
}

fn title(year: &FutureYear) -> String {
    match year.year {
        0 => "now".to_owned(),
        1 => "in a year".to_owned(),
        years => format!("in {years} years"),
    }
}
