//! The loss exceedance curve: logarithmic losses, the chance of exceeding them, bands, appetite.

use crate::chart::{Appetite, Series};
use crate::format::{money, percent, short};
use crate::svg::scale::{Linear, log_ticks};
use crate::svg::write::{Anchor, Svg, number, shorten, tone_class};

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 66.0;
const RIGHT: f64 = 736.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 342.0;
/// What lies further below the largest loss than this is not shown.
const DECADES: f64 = 5.0;

/// Both axes; losses are shown by their logarithm.
struct Axes {
    loss: Linear,
    chance: Linear,
}

impl Axes {
    fn place(&self, loss: f64, chance: f64) -> (f64, f64) {
        (
            self.loss.pixel(loss.max(f64::MIN_POSITIVE).log10()),
            self.chance.pixel(chance),
        )
    }
}

/// Draws the curves.
pub(super) fn draw(currency: &str, series: &[Series], appetite: Option<&Appetite>) -> String {
    let mut svg = Svg::default();
    let label = summary(currency, series, appetite);
    let Some(axes) = axes(series, appetite) else {
        svg.text(
            "c-text",
            (WIDTH / 2.0, 40.0),
            Anchor::Middle,
            "no loss in any simulated year",
        );
        return svg.finish(WIDTH, 80.0, &label);
    };
    frame(&mut svg, &axes, currency);
    for curve in series {
        band(&mut svg, &axes, curve);
    }
    for (position, curve) in series.iter().enumerate() {
        let class = format!("c-curve {} {}", tone_class(curve.tone), dash(position));
        svg.path(
            &class,
            &line(
                curve
                    .points
                    .iter()
                    .map(|(loss, chance)| axes.place(*loss, *chance)),
            ),
        );
    }
    if let Some(appetite) = appetite {
        accepted(&mut svg, &axes, currency, appetite);
    }
    legend(&mut svg, series);
    svg.finish(WIDTH, HEIGHT, &label)
}

fn axes(series: &[Series], appetite: Option<&Appetite>) -> Option<Axes> {
    let shown = |loss: f64, chance: f64| loss > 0.0 && loss.is_finite() && chance > 0.0;
    let points: Vec<_> = series
        .iter()
        .flat_map(|curve| &curve.points)
        .copied()
        .filter(|(loss, chance)| shown(*loss, *chance))
        .collect();
    let accepted = appetite
        .map(|appetite| appetite.loss)
        .filter(|loss| *loss > 0.0);
    let losses = || points.iter().map(|(loss, _)| *loss).chain(accepted);
    let high = losses().reduce(f64::max)?.log10();
    let low = losses().reduce(f64::min)?.log10();
    let bands = series
        .iter()
        .flat_map(|curve| curve.band.iter().flatten().map(|band| band.2));
    let chances = points.iter().map(|(_, chance)| *chance).chain(bands);
    let largest = chances.chain(appetite.and_then(|appetite| appetite.probability));
    let largest = largest.fold(0.0, f64::max).min(1.0);
    let top = [0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8]
        .into_iter()
        .find(|top| *top >= largest);
    // A whole half-decade at both ends, so that curves do not end on the frame.
    let high = (high * 2.0 + 0.05).ceil() / 2.0;
    let low = ((low * 2.0).floor() / 2.0)
        .max(high - DECADES)
        .min(high - 1.0);
    Some(Axes {
        loss: Linear {
            low,
            high,
            pixel_low: LEFT,
            pixel_high: RIGHT,
        },
        chance: Linear {
            low: 0.0,
            high: top.unwrap_or(1.0),
            pixel_low: BOTTOM,
            pixel_high: TOP,
        },
    })
}

fn frame(svg: &mut Svg, axes: &Axes, currency: &str) {
    for chance in axes.chance.ticks(5.0) {
        let y = axes.chance.pixel(chance);
        svg.line("c-grid", (LEFT, y), (RIGHT, y));
        svg.text(
            "c-tick",
            (LEFT - 10.0, y + 4.0),
            Anchor::End,
            &percent(chance),
        );
    }
    for (loss, labelled) in log_ticks(10_f64.powf(axes.loss.low), 10_f64.powf(axes.loss.high)) {
        let x = axes.loss.pixel(loss.log10());
        svg.line("c-grid", (x, TOP), (x, BOTTOM));
        if labelled {
            svg.text("c-tick", (x, BOTTOM + 20.0), Anchor::Middle, &short(loss));
        }
    }
    svg.line("c-axis", (LEFT, BOTTOM), (RIGHT, BOTTOM));
    let middle = f64::midpoint(LEFT, RIGHT);
    let title = format!("Loss in a year, {currency} (logarithmic)");
    svg.text("c-title", (middle, BOTTOM + 46.0), Anchor::Middle, &title);
    svg.text(
        "c-title",
        (14.0, TOP - 12.0),
        Anchor::Start,
        "Chance of losing more",
    );
}

fn band(svg: &mut Svg, axes: &Axes, curve: &Series) {
    let Some(band) = curve.band.as_ref().filter(|band| band.len() > 1) else {
        return;
    };
    let upper = band.iter().map(|(loss, _, high)| axes.place(*loss, *high));
    let lower = band
        .iter()
        .rev()
        .map(|(loss, low, _)| axes.place(*loss, *low));
    let commands = format!("{}Z", line(upper.chain(lower)));
    svg.path(&format!("c-band {}", tone_class(curve.tone)), &commands);
}

/// The accepted loss as a vertical line, with a dot where a chance is stated.
fn accepted(svg: &mut Svg, axes: &Axes, currency: &str, appetite: &Appetite) {
    let (x, y) = axes.place(appetite.loss, appetite.probability.unwrap_or(0.0));
    svg.line("c-appetite", (x, TOP), (x, BOTTOM));
    let mut text = format!("appetite {}", money(currency, appetite.loss));
    if let Some(chance) = appetite.probability {
        svg.line("c-appetite", (LEFT, y), (x, y));
        svg.circle("c-appetite-dot", (x, y), 4.5);
        text.push_str(&format!(" at {}", percent(chance)));
    }
    let right = x > f64::midpoint(LEFT, RIGHT);
    let (anchor, shift) = if right {
        (Anchor::End, -8.0)
    } else {
        (Anchor::Start, 8.0)
    };
    svg.text("c-note", (x + shift, TOP + 14.0), anchor, &text);
}

/// The legend on one line, right-aligned above the plot.
fn legend(svg: &mut Svg, series: &[Series]) {
    let mut x = RIGHT;
    for (position, curve) in series.iter().enumerate().rev() {
        let label = shorten(&curve.label, 28);
        svg.text("c-legend", (x, 22.0), Anchor::End, &label);
        // Small counts only: the label has at most 28 characters.
        let width = label.chars().map(|_| 7.0).sum::<f64>();
        let class = format!("c-curve {} {}", tone_class(curve.tone), dash(position));
        svg.line(&class, (x - width - 38.0, 18.0), (x - width - 10.0, 18.0));
        x -= width + 60.0;
    }
}

/// Curves differ in their dashes too, not in colour alone.
const fn dash(position: usize) -> &'static str {
    match position % 3 {
        0 => "solid",
        1 => "dashed",
        _ => "dotted",
    }
}

fn line(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut commands = String::new();
    for (x, y) in points {
        commands.push(if commands.is_empty() { 'M' } else { 'L' });
        commands.push_str(&format!("{} {}", number(x), number(y)));
    }
    commands
}

fn summary(currency: &str, series: &[Series], appetite: Option<&Appetite>) -> String {
    let mut text = "Loss exceedance curve.".to_owned();
    for curve in series {
        let tail = curve.points.iter().filter(|(_, chance)| *chance >= 0.05);
        if let Some(loss) = tail.map(|(loss, _)| *loss).reduce(f64::max) {
            let amount = money(currency, loss);
            text.push_str(&format!(
                " {}: {amount} is exceeded with a chance of 5 %.",
                curve.label
            ));
        }
    }
    if let Some(appetite) = appetite {
        text.push_str(&format!(" Appetite: {}.", money(currency, appetite.loss)));
    }
    text
}
