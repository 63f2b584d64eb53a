#![doc = include_str!("../README.md")]

mod chart;
mod diagram;
mod document;
pub mod format;
mod html;
mod sarif;
mod svg;
mod text;

pub use crate::chart::{Appetite, Bar, Chart, Series, Span};
pub use crate::diagram::{Boundary, Diagram, Edge, Node, NodeKind};
pub use crate::document::{Align, Block, Cell, Column, Document, Table, Tone};
pub use crate::html::{STYLE, fragment, html};
pub use crate::sarif::{Tool, sarif};
pub use crate::svg::{svg_chart, svg_diagram};
pub use crate::text::{TextStyle, text};
