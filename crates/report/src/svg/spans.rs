//! A tornado: for each number the span of a figure between the number's ends.

use crate::chart::Span;
use crate::format::{money, short};
use crate::svg::scale::Linear;
use crate::svg::write::{Anchor, Svg, shorten};

const WIDTH: f64 = 920.0;
const LEFT: f64 = 372.0;
const RIGHT: f64 = 700.0;
const TOP: f64 = 14.0;
const ROW: f64 = 28.0;
const HALF: f64 = 8.0;
/// Characters of a label that fit left of the spans.
const LABEL: usize = 52;

/// Draws the spans.
pub(super) fn draw(title: &str, currency: Option<&str>, middle: f64, spans: &[Span]) -> String {
    let mut svg = Svg::default();
    let ends = || {
        let ends = spans.iter().flat_map(|span| [span.at_low, span.at_high]);
        ends.chain([middle]).filter(|end| end.is_finite())
    };
    let low = ends().fold(f64::INFINITY, f64::min);
    let high = ends().fold(f64::NEG_INFINITY, f64::max);
    let high = if high > low { high } else { low + 1.0 };
    let axis = Linear {
        low,
        high,
        pixel_low: LEFT,
        pixel_high: RIGHT,
    };
    let bottom = spans.iter().fold(TOP, |bottom, _| bottom + ROW) + 6.0;
    for tick in axis.ticks(4.0) {
        let x = axis.pixel(tick);
        svg.line("c-grid", (x, TOP), (x, bottom));
        svg.text("c-tick", (x, bottom + 18.0), Anchor::Middle, &short(tick));
    }
    let centre = axis.pixel(middle);
    let mut y = TOP + ROW / 2.0 + 3.0;
    for span in spans {
        let label = shorten(&span.label, LABEL);
        svg.text("c-figure", (LEFT - 12.0, y + 4.0), Anchor::End, &label);
        // What the low end of the number does is pale, what the high end does is not.
        for (class, value) in [("c-bar muted", span.at_low), ("c-bar plain", span.at_high)] {
            let end = axis.pixel(value);
            let size = ((end - centre).abs(), HALF * 2.0);
            svg.rect(class, (centre.min(end), y - HALF), size, 1.0);
        }
        let text = figure(currency, span);
        svg.text("c-figure", (RIGHT + 16.0, y + 4.0), Anchor::Start, &text);
        y += ROW;
    }
    svg.line("c-axis", (centre, TOP), (centre, bottom));
    let figures = spans
        .iter()
        .map(|span| format!("{} {}", span.label, figure(currency, span)));
    let summary = format!("{title}: {}", figures.collect::<Vec<_>>().join("; "));
    svg.finish(WIDTH, bottom + 30.0, &summary)
}

fn figure(currency: Option<&str>, span: &Span) -> String {
    let low = currency.map_or_else(|| short(span.at_low), |unit| money(unit, span.at_low));
    format!("{low} to {}", short(span.at_high))
}
