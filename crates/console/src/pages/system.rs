//! The system page: the data flows with their boundaries, and where reality drifted from them.

use http::Response;
use maud::{PreEscaped, html};
use seawall_net::Body;
use seawall_report::{Block, Document};

use crate::pages::frame;
use crate::server::Console;

/// The page.
pub(crate) fn page(console: &Console) -> Response<Body> {
    let snapshot = console.ports.board.snapshot();
    let diagram = Document {
        title: String::new(),
        blocks: vec![Block::Diagram(snapshot.diagram.clone())],
    };
    let content = html! {
        h1 { "System" }
        p.lead {
            "What is protected, and how data flows through it, as far as the system was described. A "
            "dashed box is a trust boundary."
        }
        @if snapshot.diagram.nodes.is_empty() {
            section.panel.empty { h2 { "No system yet" } p { "Describe one in " code { "seawall.yaml" } "." } }
        } @else {
            (PreEscaped(seawall_report::fragment(&diagram)))
        }
        h2 { "Drift" }
        @if snapshot.drift.is_empty() {
            p { "What runs is what was declared." }
        } @else {
            ul.plain { @for line in &snapshot.drift { li.note.warn { (line) } } }
        }
    };
    frame(console, "/system", &snapshot, &content)
}
