//! A heat map: amounts in cells, the larger the darker; every cell says its amount.

use crate::format::short;
use crate::svg::write::{Anchor, Svg, shorten};

const LEFT: f64 = 216.0;
const TOP: f64 = 34.0;
const CELL: (f64, f64) = (118.0, 28.0);
/// Shades of the style sheet, palest first.
const SHADES: usize = 5;

/// Draws the cells.
pub(super) fn draw(
    title: &str,
    currency: Option<&str>,
    columns: &[String],
    rows: &[(String, Vec<f64>)],
) -> String {
    let mut svg = Svg::default();
    let all = rows.iter().flat_map(|(_, amounts)| amounts);
    let largest = all
        .copied()
        .filter(|amount| amount.is_finite())
        .fold(0.0, f64::max);
    let (width, height) = CELL;
    let mut x = LEFT;
    for column in columns {
        let label = shorten(column, 16);
        svg.text(
            "c-tick",
            (x + width / 2.0, TOP - 10.0),
            Anchor::Middle,
            &label,
        );
        x += width;
    }
    let right = x;
    let mut y = TOP;
    let mut said = Vec::new();
    for (label, amounts) in rows {
        let name = shorten(label, 28);
        svg.text("c-text", (LEFT - 12.0, y + 18.0), Anchor::End, &name);
        let mut x = LEFT;
        for amount in amounts.iter().take(columns.len()) {
            let shade = shade(*amount, largest);
            let size = (width - 3.0, height - 3.0);
            svg.rect(&format!("c-heat s{shade}"), (x, y), size, 2.0);
            let text = if *amount > 0.0 {
                short(*amount)
            } else {
                "0".to_owned()
            };
            let class = if shade >= 4 {
                "c-figure on-dark"
            } else {
                "c-figure"
            };
            let middle = (x + (width - 3.0) / 2.0, y + 17.0);
            svg.text(class, middle, Anchor::Middle, &text);
            x += width;
        }
        let figures: Vec<String> = amounts.iter().map(|amount| short(*amount)).collect();
        said.push(format!("{label} {}", figures.join(", ")));
        y += height;
    }
    let unit = currency.map_or_else(String::new, |unit| format!(" in {unit}"));
    let summary = format!("{title}{unit}: {}", said.join("; "));
    svg.finish(right + 8.0, y + 10.0, &summary)
}

/// By the square root, so that small amounts do not all look like nothing.
fn shade(amount: f64, largest: f64) -> usize {
    if amount <= 0.0 || largest <= 0.0 || !amount.is_finite() {
        return 0;
    }
    let share = (amount / largest).sqrt();
    ((share * SHADES as f64).ceil() as usize).clamp(1, SHADES)
}
