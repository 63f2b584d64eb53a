//! The terminal rendering: aligned, wrapped to a width, coloured only when asked.
//!
//! Text from outside is cleaned first: a path or a message must not move the cursor, change colours
//! or reverse the reading order of what an operator sees.

mod chart;
mod clean;
mod table;

use crate::diagram::{Diagram, Edge};
use crate::document::{Block, Document, Tone};
use crate::text::clean::{clean, clean_lines, display_width};

/// How text is rendered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TextStyle {
    /// Whether ANSI colours are used.
    pub colour: bool,
    /// Columns of the terminal.
    pub width: usize,
}

impl Default for TextStyle {
    fn default() -> Self {
        Self {
            colour: false,
            width: 100,
        }
    }
}

/// Renders a document for a terminal. Ends in a line break.
#[must_use]
pub fn text(document: &Document, style: &TextStyle) -> String {
    let mut page = Page {
        style: *style,
        out: String::new(),
        indent: 0,
        after_heading: false,
    };
    if !document.title.is_empty() {
        let title = clean(&document.title);
        page.line(&page.bold(&title));
        page.line(&"─".repeat(display_width(&title).min(style.width)));
    }
    for block in &document.blocks {
        page.block(block);
    }
    page.out
}

/// A chart's figures as uncoloured lines, for renderings that show them beside the picture.
pub(crate) fn chart_lines(chart: &crate::chart::Chart) -> String {
    chart::render(chart, 100, false).join("\n")
}

/// The text so far, and how deep the current section stands.
struct Page {
    style: TextStyle,
    out: String,
    indent: usize,
    after_heading: bool,
}

impl Page {
    fn block(&mut self, block: &Block) {
        if !self.out.is_empty() && !self.after_heading {
            self.out.push('\n');
        }
        self.after_heading = matches!(block, Block::Heading(_));
        match block {
            Block::Heading(text) => {
                self.indent = 0;
                self.line(&self.bold(&clean(text)));
                self.indent = 2;
            }
            Block::Text(text) => self.paragraph("", Tone::Plain, text),
            Block::KeyValues(pairs) => self.pairs(pairs),
            Block::Table(table) => {
                for line in table::render(table, self.room(), self.style.colour) {
                    self.line(&line);
                }
            }
            Block::Chart(chart) => {
                for line in chart::render(chart, self.room(), self.style.colour) {
                    self.line(&line);
                }
            }
            Block::Diagram(diagram) => self.diagram(diagram),
            Block::Note(tone, text) => self.paragraph(mark(*tone), *tone, text),
            Block::Code(text) => {
                for line in clean_lines(text) {
                    self.line(&format!("  {line}"));
                }
            }
        }
    }

    fn paragraph(&mut self, mark: &str, tone: Tone, text: &str) {
        let hang = display_width(mark);
        let mut start = mark.to_owned();
        for line in table::wrap(&clean(text), self.room().saturating_sub(hang)) {
            self.line(&paint(&format!("{start}{line}"), tone, self.style.colour));
            start = " ".repeat(hang);
        }
    }

    fn pairs(&mut self, pairs: &[(String, String)]) {
        let names: Vec<_> = pairs.iter().map(|(name, _)| clean(name)).collect();
        let widest = names.iter().map(|name| display_width(name)).max();
        let column = widest.unwrap_or(0).min(40) + 2;
        for (name, (_, value)) in names.iter().zip(pairs) {
            let gap = " ".repeat(column.saturating_sub(display_width(name)));
            let mut start = format!("{}{gap}", paint(name, Tone::Muted, self.style.colour));
            for line in table::wrap(&clean(value), self.room().saturating_sub(column)) {
                self.line(&format!("{start}{line}"));
                start = " ".repeat(column);
            }
        }
    }

    /// A diagram as a list: each boundary with its nodes, then each flow on a line.
    fn diagram(&mut self, diagram: &Diagram) {
        let label = |id: &str| {
            let node = diagram.nodes.iter().find(|node| node.id == id);
            clean(node.map_or(id, |node| &node.label))
        };
        for boundary in &diagram.boundaries {
            let inside: Vec<_> = diagram
                .nodes
                .iter()
                .filter(|node| node.boundary.as_deref() == Some(boundary.id.as_str()))
                .map(|node| clean(&node.label))
                .collect();
            self.paragraph(
                "",
                Tone::Plain,
                &format!("[{}] {}", boundary.label, inside.join(", ")),
            );
        }
        let mut flows: Vec<_> = diagram.edges.iter().collect();
        let place = |edge: &Edge| {
            diagram
                .legend
                .iter()
                .position(|(tone, _)| *tone == edge.tone)
        };
        flows.sort_by_key(|edge| place(edge));
        let mut last = None;
        for edge in flows {
            // Each group says what its flows have in common, for readers without colour too.
            if last != Some(edge.tone)
                && let Some((tone, text)) = place(edge).and_then(|at| diagram.legend.get(at))
            {
                self.paragraph(mark(*tone), *tone, text);
            }
            last = Some(edge.tone);
            let what = if edge.label.is_empty() {
                String::new()
            } else {
                format!(": {}", clean(&edge.label))
            };
            let line = format!("{} → {}{what}", label(&edge.from), label(&edge.to));
            self.paragraph("", edge.tone, &line);
        }
    }

    fn line(&mut self, line: &str) {
        self.out.push_str(&" ".repeat(self.indent));
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    fn bold(&self, text: &str) -> String {
        if self.style.colour {
            format!("\u{1b}[1m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    fn room(&self) -> usize {
        self.style.width.saturating_sub(self.indent).max(20)
    }
}

/// Colours `text` by its tone.
fn paint(text: &str, tone: Tone, colour: bool) -> String {
    let code = match tone {
        _ if !colour => return text.to_owned(),
        Tone::Plain => return text.to_owned(),
        Tone::Good => "32",
        Tone::Warn => "33",
        Tone::Bad => "31",
        Tone::Muted => "2",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

const fn mark(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain | Tone::Muted => "",
        Tone::Good => "✓ ",
        Tone::Warn => "! ",
        Tone::Bad => "✗ ",
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;
    use crate::document::{Cell, Column, Table};

    fn sample() -> Document {
        let mut table = Table::new(vec![
            Column::left("control"),
            Column::right("value"),
            Column::left("why"),
        ]);
        table.row([
            "prompt-inspection".into(),
            "EUR 1.2M".into(),
            Cell::new("stops what a reader of the prompt would obey", Tone::Good),
        ]);
        table.row(["rate-limit".into(), "EUR 3k".into()]);
        let mut document = Document::new("Risk of claims-assistant");
        document
            .note(Tone::Warn, "DEMONSTRATION: figures of a practice system.")
            .heading("Controls")
            .text("Value is what the loss would grow by without the control.")
            .table(table)
            .push(Block::KeyValues(vec![
                ("seed".into(), "7".into()),
                ("evidence".into(), "412 trials".into()),
            ]))
            .push(Block::Code("seawall risk .\n  --seed 7".into()));
        document
    }

    #[test]
    fn a_document_is_aligned_and_wrapped() {
        assert_snapshot!(text(&sample(), &TextStyle { colour: false, width: 60 }), @r"
        Risk of claims-assistant
        ────────────────────────

        ! DEMONSTRATION: figures of a practice system.

        Controls
          Value is what the loss would grow by without the control.

          control               value  why
          ─────────────────  ────────  ─────────────────────────────
          prompt-inspection  EUR 1.2M  stops what a reader of the
                                       prompt would obey
          rate-limit           EUR 3k

          seed      7
          evidence  412 trials

            seawall risk .
              --seed 7
        ");
    }

    #[test]
    fn escapes_in_content_are_shown_and_not_sent() {
        let mut document = Document::new("x\u{1b}[2Jy");
        document
            .text("a\u{202e}b\nc")
            .push(Block::Code("one\ntwo\u{7}".into()));
        assert_snapshot!(text(&document, &TextStyle::default()), @r#"
        x\u{1b}[2Jy
        ───────────

        a\u{202e}b c

          one
          two\u{7}
        "#);
    }

    #[test]
    fn colour_is_used_only_when_asked() {
        let plain = text(&sample(), &TextStyle::default());
        let coloured = text(
            &sample(),
            &TextStyle {
                colour: true,
                width: 100,
            },
        );
        assert!(!plain.contains('\u{1b}'));
        assert!(coloured.contains("\u{1b}[32m"));
    }

    proptest! {
        #[test]
        fn lines_keep_the_width(words in "[a-z ]{0,300}", width in 40_usize..120) {
            let mut document = Document::new("");
            document.text(words);
            for line in text(&document, &TextStyle { colour: false, width }).lines() {
                prop_assert!(line.chars().count() <= width);
            }
        }
    }
}
