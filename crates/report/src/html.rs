//! The HTML rendering: one standalone page that loads nothing and runs nothing.

use crate::document::Document;
/// The style sheet of pages and charts.
pub const STYLE: &str = "";

/// A standalone page.
#[must_use]
pub fn html(document: &Document) -> String {
    fragment(document)
}

/// The content of a page without its frame, for pages that bring [`STYLE`] themselves.
#[must_use]
pub fn fragment(document: &Document) -> String {
    document.title.clone()
}
