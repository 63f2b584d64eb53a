//! Horizontal bars, each with its interval as a whisker.

use crate::chart::Bar;
use crate::format::{money, short};
use crate::svg::scale::Linear;
use crate::svg::write::{Anchor, Svg, shorten, tone_class};

const WIDTH: f64 = 760.0;
const LEFT: f64 = 216.0;
const RIGHT: f64 = 540.0;
const TOP: f64 = 14.0;
const ROW: f64 = 30.0;
const HALF_BAR: f64 = 8.0;

/// Draws the bars.
pub(super) fn draw(title: &str, currency: Option<&str>, bars: &[Bar]) -> String {
    let mut svg = Svg::default();
    let ends = || {
        let ends = bars.iter().flat_map(|bar| [bar.low, bar.value, bar.high]);
        ends.filter(|end| end.is_finite())
    };
    let high = ends().fold(0.0, f64::max);
    let low = ends().fold(0.0, f64::min);
    let high = if high > low { high } else { low + 1.0 };
    let axis = Linear {
        low,
        high,
        pixel_low: LEFT,
        pixel_high: RIGHT,
    };
    let bottom = bars.iter().fold(TOP, |bottom, _| bottom + ROW) + 6.0;
    for tick in axis.ticks(4.0) {
        let x = axis.pixel(tick);
        svg.line("c-grid", (x, TOP), (x, bottom));
        svg.text("c-tick", (x, bottom + 18.0), Anchor::Middle, &short(tick));
    }
    let zero = axis.pixel(0.0);
    let mut y = TOP + ROW / 2.0 + 3.0;
    for bar in bars {
        row(&mut svg, &axis, bar, (zero, y), currency);
        y += ROW;
    }
    svg.line("c-axis", (zero, TOP), (zero, bottom));
    svg.finish(WIDTH, bottom + 30.0, &summary(title, currency, bars))
}

fn row(svg: &mut Svg, axis: &Linear, bar: &Bar, (zero, y): (f64, f64), currency: Option<&str>) {
    let label = shorten(&bar.label, 28);
    svg.text("c-text", (LEFT - 12.0, y + 4.0), Anchor::End, &label);
    let end = axis.pixel(bar.value);
    let class = format!("c-bar {}", tone_class(bar.tone));
    let size = ((end - zero).abs(), HALF_BAR * 2.0);
    svg.rect(&class, (zero.min(end), y - HALF_BAR), size, 2.0);
    let (low, high) = (axis.pixel(bar.low), axis.pixel(bar.high));
    svg.line("c-whisker", (low, y), (high, y));
    for x in [low, high] {
        svg.line("c-whisker", (x, y - 4.0), (x, y + 4.0));
    }
    svg.text(
        "c-figure",
        (RIGHT + 20.0, y + 4.0),
        Anchor::Start,
        &figure(currency, bar),
    );
}

fn figure(currency: Option<&str>, bar: &Bar) -> String {
    let value = currency.map_or_else(|| short(bar.value), |unit| money(unit, bar.value));
    format!("{value} ({} to {})", short(bar.low), short(bar.high))
}

fn summary(title: &str, currency: Option<&str>, bars: &[Bar]) -> String {
    let figures = bars
        .iter()
        .map(|bar| format!("{} {}", bar.label, figure(currency, bar)));
    format!("{title}: {}", figures.collect::<Vec<_>>().join("; "))
}
