//! The HTML rendering: one standalone page that loads nothing and runs nothing.
//!
//! Its policy allows exactly the one inline style block, by hash, so that markup smuggled into a
//! title or a finding could not even restyle the page.

use base64::Engine as _;
use maud::{DOCTYPE, Markup, PreEscaped, html as markup};
use seawall_base::Digest;

use crate::document::{Align, Block, Document, Table, Tone};
use crate::svg::{chart_element, diagram_element};
use crate::text::chart_lines;

/// The style sheet of pages and figures, in light and dark.
pub const STYLE: &str = concat!(include_str!("svg/figure.css"), include_str!("page.css"));

/// A standalone page.
#[must_use]
pub fn html(document: &Document) -> String {
    let hash =
        base64::engine::general_purpose::STANDARD.encode(Digest::of(STYLE.as_bytes()).as_bytes());
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'"
    );
    let page = markup! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                title { (document.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main.page {
                    h1 { (document.title) }
                    (blocks(document))
                }
            }
        }
    };
    page.into_string()
}

/// The blocks without title and frame, for pages that bring [`STYLE`] themselves.
#[must_use]
pub fn fragment(document: &Document) -> String {
    blocks(document).into_string()
}

fn blocks(document: &Document) -> Markup {
    markup! { @for piece in &document.blocks { (block(piece)) } }
}

fn block(block: &Block) -> Markup {
    match block {
        Block::Heading(text) => markup! { h2 { (text) } },
        Block::Text(text) => markup! { p { (text) } },
        Block::KeyValues(pairs) => markup! {
            dl.pairs { @for (name, value) in pairs { dt { (name) } dd { (value) } } }
        },
        Block::Table(table) => table_markup(table),
        Block::Chart(chart) => markup! {
            figure {
                div.plot.chart { (PreEscaped(chart_element(chart))) }
                details { summary { "The figures as text" } pre { (chart_lines(chart)) } }
            }
        },
        Block::Diagram(diagram) => markup! {
            figure {
                // A region that scrolls must take the keyboard.
                div.plot tabindex="0" role="region" aria-label="Data-flow diagram" {
                    (PreEscaped(diagram_element(diagram)))
                }
            }
        },
        Block::Note(tone, text) => {
            markup! { div class={ "note " (tone_class(*tone)) } role="note" { (text) } }
        }
        Block::Code(text) => markup! { pre tabindex="0" { code { (text) } } },
    }
}

fn table_markup(table: &Table) -> Markup {
    let class = |at: usize| match table.columns.get(at).map(|column| column.align) {
        Some(Align::Right) => "num",
        _ => "",
    };
    markup! {
        div.scroll {
            table {
                thead { tr {
                    @for (at, column) in table.columns.iter().enumerate() {
                        th scope="col" class=(class(at)) { (column.title) }
                    }
                } }
                tbody {
                    @for row in &table.rows {
                        tr { @for (at, cell) in row.iter().enumerate() {
                            td class={ (class(at)) " " (tone_class(cell.tone)) } { (cell.text) }
                        } }
                    }
                }
            }
        }
    }
}

const fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "",
        Tone::Good => "good",
        Tone::Warn => "warn",
        Tone::Bad => "bad",
        Tone::Muted => "muted",
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;
    use crate::document::{Cell, Column};

    #[test]
    fn blocks_become_elements_that_a_screen_reader_knows() {
        let mut table = Table::new(vec![Column::left("control"), Column::right("value")]);
        table.row(["a & b".into(), Cell::new("12", Tone::Bad)]);
        let mut document = Document::new("t");
        document
            .heading("Controls")
            .note(Tone::Warn, "DEMONSTRATION")
            .table(table)
            .push(Block::KeyValues(vec![("seed".into(), "7".into())]));
        assert_snapshot!(fragment(&document), @r#"<h2>Controls</h2><div class="note warn" role="note">DEMONSTRATION</div><div class="scroll"><table><thead><tr><th scope="col" class="">control</th><th scope="col" class="num">value</th></tr></thead><tbody><tr><td class=" ">a &amp; b</td><td class="num bad">12</td></tr></tbody></table></div><dl class="pairs"><dt>seed</dt><dd>7</dd></dl>"#);
    }

    #[test]
    fn the_policy_pins_the_style_block() {
        let page = html(&Document::new("<script>alert(1)</script>"));
        assert!(page.contains("style-src 'sha256-") && page.contains("&lt;script&gt;"));
        assert!(!page.contains("<script") && !page.contains("http:") && !page.contains("style="));
    }

    proptest! {
        #[test]
        fn text_from_outside_adds_no_element(text in "\\PC{0,60}") {
            let mut document = Document::new(text.clone());
            document.text(text.clone()).heading(text.clone()).note(Tone::Bad, text);
            let page = html(&document);
            prop_assert_eq!(page.matches('<').count(), html(&Document::new("")).matches('<').count() + 6);
        }
    }
}
