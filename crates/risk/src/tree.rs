//! Attack trees in Graphviz DOT: the chance that the root is reached, exactly and sampled, and each
//! control's fair share.
//!
//! Green nodes need one of their children, blue ones all of them, white ones are leaves or have one
//! child. A label on an edge names a control that stands on it. Nodes may be shared and may even form
//! cycles; a control that stands on several edges works or fails on all of them at once.

mod diagram;
mod solve;

use seawall_base::Problem;
use seawall_system::dot;
use serde_json::{Value, json};

pub use self::solve::{ControlShare, TreeOptions, TreeResult};

/// Solves the tree in a DOT file.
///
/// # Errors
/// Every problem of the file, with its place.
pub fn solve(path: &str, bytes: &[u8], options: &TreeOptions) -> Result<TreeResult, Vec<Problem>> {
    let graph = dot::parse(path, bytes)?;
    let tree = dot::tree(path, &graph, options.root.as_deref())?;
    Ok(solve::solve(&tree, options))
}

/// The result as `seawall.risk-tree/v1`.
#[must_use]
pub fn tree_json(result: &TreeResult) -> Value {
    json!({
        "schema": "seawall.risk-tree/v1",
        "root": result.root,
        "nodes": result.nodes,
        "leaves": result.leaves,
        "probability": {
            "exact": result.exact,
            "sampled": result.sampled,
            "stderr": result.stderr,
            "trials": result.trials,
            "without_controls": result.without,
        },
        "controls": result.controls.iter().map(|control| json!({
            "id": control.id,
            "shapley": control.shapley,
            "edges": control.edges,
        })).collect::<Vec<_>>(),
        "notes": result.notes,
    })
}

#[cfg(test)]
mod tests;
