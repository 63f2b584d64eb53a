//! The analysis as a document for people: text on a terminal, HTML in a browser.

mod basis;
mod controls;
mod futures;
mod money;
mod paths;

pub use self::futures::futures_document;
pub use self::money::exceedance_series;

use seawall_report::format::money_interval;
use seawall_report::{Block, Document, Tone};
use seawall_stats::Estimate;
use seawall_system::System;

use crate::analysis::Analysis;
use crate::diagram::diagram;
use crate::summary::Summary;

/// Builds the report of an analysis.
#[must_use]
pub fn document(system: &System, analysis: &Analysis) -> Document {
    let mut document = Document::new(format!("Risk of {}", analysis.system));
    if analysis.demonstration {
        document.note(
            Tone::Warn,
            "DEMONSTRATION: this system exists to practise on, and so do trials against it.",
        );
    }
    if !system.description.is_empty() {
        document.text(system.description.clone());
    }
    document.push(Block::KeyValues(Summary::of(analysis).lines()));
    money::appetite(&mut document, analysis);
    money::exceedance(&mut document, analysis);
    money::losses(&mut document, analysis);
    controls::controls(&mut document, analysis);
    controls::standing(&mut document, analysis);
    paths::paths(&mut document, analysis);
    controls::next(&mut document, analysis);
    paths::threats(&mut document, analysis);
    document.heading("Data flow");
    document.push(Block::Diagram(diagram(system)));
    basis::basis(&mut document, analysis);
    document
}

fn interval(currency: &str, value: Estimate) -> String {
    money_interval(currency, value.mean, value.p5, value.p95)
}
