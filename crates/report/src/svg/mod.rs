//! Charts and diagrams as SVG: pure text, no script, every colour from a class of the style sheet.

mod bars;
mod block;
mod diagram;
mod exceedance;
mod heat;
mod layer;
mod layout;
mod order;
mod scale;
mod spans;
mod write;

use crate::chart::Chart;
use crate::diagram::Diagram;

/// The style sheet of figures, part of the page's and of every standalone image.
pub(crate) const FIGURE_STYLE: &str = include_str!("figure.css");

/// A chart as a standalone SVG image.
#[must_use]
pub fn svg_chart(chart: &Chart) -> String {
    standalone(&chart_element(chart))
}

/// A data-flow diagram as a standalone SVG image.
#[must_use]
pub fn svg_diagram(diagram: &Diagram) -> String {
    standalone(&diagram::draw(diagram))
}

/// A chart as an element of a page that has the style sheet.
pub(crate) fn chart_element(chart: &Chart) -> String {
    match chart {
        Chart::Exceedance {
            currency,
            series,
            appetite,
        } => exceedance::draw(currency, series, appetite.as_ref()),
        Chart::Bars {
            title,
            currency,
            bars,
        } => bars::draw(title, currency.as_deref(), bars),
        Chart::Spans {
            title,
            currency,
            middle,
            spans,
        } => spans::draw(title, currency.as_deref(), *middle, spans),
        Chart::Heat {
            title,
            currency,
            columns,
            rows,
        } => heat::draw(title, currency.as_deref(), columns, rows),
    }
}

/// A diagram as an element of a page that has the style sheet.
pub(crate) fn diagram_element(diagram: &Diagram) -> String {
    diagram::draw(diagram)
}

/// Puts the style sheet behind the opening tag.
fn standalone(element: &str) -> String {
    match element.split_once('>') {
        Some((open, rest)) => format!("{open}><style>{FIGURE_STYLE}</style>{rest}\n"),
        None => element.to_owned(),
    }
}

#[cfg(test)]
mod tests;
