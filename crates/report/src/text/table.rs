//! Tables for a terminal: columns as wide as they need, words wrapped where the room ends.

use crate::document::{Align, Cell, Column, Table, Tone};
use crate::text::clean::{character_width, clean, display_width};
use crate::text::paint;

/// Between two columns.
const GAP: usize = 2;
/// A column of words is not squeezed below this.
const NARROWEST: usize = 14;
/// No cell is laid out wider than this before wrapping.
const WIDEST: usize = 400;

/// The lines of a table that fits into `room` columns where its numbers allow.
pub(super) fn render(table: &Table, room: usize, colour: bool) -> Vec<String> {
    let empty = Cell::default();
    let texts: Vec<Vec<(String, Tone)>> = table
        .rows
        .iter()
        .map(|row| {
            let cells = (0..table.columns.len()).map(|at| row.get(at).unwrap_or(&empty));
            cells.map(|cell| (clean(&cell.text), cell.tone)).collect()
        })
        .collect();
    let widths = widths(&table.columns, &texts, room);
    let heads: Vec<_> = table
        .columns
        .iter()
        .map(|column| (clean(&column.title), Tone::Muted))
        .collect();
    let mut lines = row(&heads, &table.columns, &widths, colour);
    let rule: Vec<_> = widths.iter().map(|width| "─".repeat(*width)).collect();
    lines.push(paint(&rule.join("  "), Tone::Muted, colour));
    for cells in &texts {
        lines.extend(row(cells, &table.columns, &widths, colour));
    }
    lines
}

/// Breaks `text` into lines of at most `room` columns, at spaces where there are any. Never empty.
pub(super) fn wrap(text: &str, room: usize) -> Vec<String> {
    let room = room.max(8);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let width = display_width(word);
        if used > 0 && used + 1 + width > room {
            lines.push(std::mem::take(&mut line));
            used = 0;
        } else if used > 0 || (word.is_empty() && !line.is_empty()) {
            line.push(' ');
            used += 1;
        }
        for character in word.chars() {
            let width = character_width(character);
            if used + width > room {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(character);
            used += width;
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// As wide as the content; then the widest column of words gives way until the table fits.
fn widths(columns: &[Column], rows: &[Vec<(String, Tone)>], room: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let cells = rows.iter().filter_map(|row| row.get(at));
            let widest = cells
                .map(|(text, _)| display_width(text))
                .max()
                .unwrap_or(0);
            widest.max(display_width(&column.title)).min(WIDEST)
        })
        .collect();
    let gaps = GAP * columns.len().saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > room {
        let widest = widths
            .iter_mut()
            .zip(columns)
            .filter(|(width, column)| column.align == Align::Left && **width > NARROWEST)
            .max_by_key(|(width, _)| **width);
        match widest {
            Some((width, _)) => *width -= 1,
            None => break,
        }
    }
    widths
}

/// One row, as many lines as its longest cell takes.
fn row(
    cells: &[(String, Tone)],
    columns: &[Column],
    widths: &[usize],
    colour: bool,
) -> Vec<String> {
    let wrapped: Vec<Vec<String>> = cells
        .iter()
        .zip(widths)
        .map(|((text, _), width)| wrap(text, *width))
        .collect();
    let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
    let mut lines = Vec::with_capacity(height);
    for at in 0..height {
        let mut line = String::new();
        for (((pieces, (_, tone)), column), width) in
            wrapped.iter().zip(cells).zip(columns).zip(widths)
        {
            if !line.is_empty() {
                line.push_str(&" ".repeat(GAP));
            }
            let piece = pieces.get(at).map_or("", String::as_str);
            let space = " ".repeat(width.saturating_sub(display_width(piece)));
            let painted = paint(piece, *tone, colour);
            match column.align {
                Align::Left => line.extend([painted, space]),
                Align::Right => line.extend([space, painted]),
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_wrap_and_long_words_break() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(wrap("abcdefghijkl", 8), ["abcdefgh", "ijkl"]);
        assert_eq!(wrap("", 8), [""]);
    }

    #[test]
    fn numbers_never_wrap() {
        let mut table = Table::new(vec![Column::left("what"), Column::right("how much")]);
        table.row([
            "a long description of something".into(),
            "123,456,789".into(),
        ]);
        let lines = render(&table, 28, false);
        assert!(
            lines.iter().any(|line| line.ends_with("123,456,789")),
            "{lines:?}"
        );
    }
}
