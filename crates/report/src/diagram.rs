//! Data-flow diagrams as values: nodes, the edges between them, the boundaries around them.

use crate::document::Tone;

/// A data-flow diagram.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Diagram {
    /// The nodes. Their order settles ties of the layout.
    pub nodes: Vec<Node>,
    /// The edges. One whose end names no node is left out.
    pub edges: Vec<Edge>,
    /// The trust boundaries, outermost first. A node names the one it stands in.
    pub boundaries: Vec<Boundary>,
    /// What the tones of the edges mean, in the order of the legend.
    pub legend: Vec<(Tone, String)>,
}

/// What a node is; settles its shape.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum NodeKind {
    /// Somebody or something outside the system.
    Actor,
    /// Something that runs.
    #[default]
    Process,
    /// Something that keeps data.
    Store,
    /// A model.
    Model,
    /// A control.
    Control,
}

/// One node.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Node {
    /// The id that edges use.
    pub id: String,
    /// What is written on it.
    pub label: String,
    /// What it is.
    pub kind: NodeKind,
    /// The id of the boundary it stands in.
    pub boundary: Option<String>,
}

/// A flow from one node to another.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Edge {
    /// The id of the node it leaves.
    pub from: String,
    /// The id of the node it enters.
    pub to: String,
    /// What flows.
    pub label: String,
    /// How it is meant: `Bad` for a flow without a control, for example.
    pub tone: Tone,
}

/// A trust boundary.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Boundary {
    /// The id that nodes use.
    pub id: String,
    /// What is written on it.
    pub label: String,
}
