//! Attack trees in Graphviz DOT, as `seawall risk tree` reads them: green needs any child, blue all.
//!
//! Every node below the root becomes a step of `attacks`, every labelled edge one more that its control
//! guards. Leaves can be the first step; the root causes a loss.

use std::collections::BTreeMap;

use seawall_base::Problem;

use super::attack_flow::place_goals;
use super::draft::{Draft, DraftAttack, DraftControl, What};
use super::guess;
use super::remark::RemarkKind;
use crate::dot::{self, Dot, Gate, Tree, TreeNode};

/// A control whose words name no kind is taken for one that prevents.
const FALLBACK: &str = "admission-policy";

pub(super) fn read(path: &str, bytes: &[u8], draft: &mut Draft) -> Result<(), Vec<Problem>> {
    let drawn = dot::parse(path, bytes)?;
    let tree = dot::tree(path, &drawn, None)?;
    draft.name = label(&drawn, tree.root);
    for note in &tree.notes {
        draft.remark(RemarkKind::Guessed, note.clone(), None);
    }
    let controls = controls(&tree, draft);
    let used = below(&tree);
    for node in &used {
        let name = label(&drawn, *node);
        draft.declare(What::Attack, &node.to_string(), &name);
    }
    for node in &used {
        if let Some(found) = tree.nodes.get(*node) {
            step(*node, found, &drawn, &controls, draft);
        }
    }
    for (number, node) in drawn.nodes.iter().enumerate() {
        if !used.contains(&number) {
            let shown = seawall_base::printable(&node.id, 80);
            let text = format!("the node `{shown}`: the root does not rest on it");
            draft.remark(RemarkKind::Lost, text, node.location);
        }
    }
    place_goals(draft);
    Ok(())
}

fn label(drawn: &Dot, node: usize) -> String {
    let found = drawn.nodes.get(node);
    let text = found.map(|node| node.attributes.get("label").unwrap_or(&node.id).clone());
    let text = text.unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the root rests on, itself first.
fn below(tree: &Tree) -> Vec<usize> {
    let mut seen = vec![false; tree.nodes.len()];
    let mut found = vec![tree.root];
    let mut at = 0;
    while let Some(node) = found.get(at).copied() {
        at += 1;
        if let Some(slot) = seen.get_mut(node) {
            *slot = true;
        }
        let children = tree.nodes.get(node).map(|node| node.children.as_slice());
        for (child, _) in children.unwrap_or_default() {
            if let Some(slot) = seen.get_mut(*child).filter(|slot| !**slot) {
                *slot = true;
                found.push(*child);
            }
        }
    }
    found
}

/// New ids of the controls, by their number.
fn controls(tree: &Tree, draft: &mut Draft) -> BTreeMap<usize, String> {
    let mut found = BTreeMap::new();
    for (number, (name, _)) in tree.controls.iter().enumerate() {
        let shown = seawall_base::printable(name, 80);
        let kind = guess::control(name).unwrap_or(FALLBACK);
        let text = format!("the control `{shown}` is read as `{kind}`");
        draft.remark(RemarkKind::Guessed, text, None);
        let id = draft.declare(What::Control, name, name);
        draft.controls.push(DraftControl {
            id: id.clone(),
            name: name.clone(),
            kind,
            stands_at: std::collections::BTreeSet::new(),
        });
        found.insert(number, id);
    }
    found
}

fn step(
    number: usize,
    node: &TreeNode,
    drawn: &Dot,
    controls: &BTreeMap<usize, String>,
    draft: &mut Draft,
) {
    let Some(id) = draft.known(What::Attack, &number.to_string()).cloned() else {
        return;
    };
    let name = label(drawn, number);
    let mut needs = Vec::new();
    for (child, control) in &node.children {
        let Some(below) = draft.known(What::Attack, &child.to_string()).cloned() else {
            continue;
        };
        let Some(control) = control.and_then(|own| controls.get(&own)) else {
            needs.push(below);
            continue;
        };
        // The control stands on the edge, not on the node: the node may be reached another way.
        let edge = draft.fresh(&format!("{id}-past-{control}"), "edge");
        draft.attacks.push(DraftAttack {
            id: edge.clone(),
            name: format!("{name}: past {control}"),
            all: true,
            needs: vec![below],
            from: None,
            success: Some(1.0),
            controls: vec![control.clone()],
            maps: Vec::new(),
            causes: None,
        });
        needs.push(edge);
    }
    let is_leaf = node.gate == Gate::Leaf;
    draft.attacks.push(DraftAttack {
        id,
        name,
        all: node.gate == Gate::And,
        needs,
        from: is_leaf.then_some("outsider"),
        // A gate follows from what is below it; a leaf has a chance, where the drawing says so.
        success: if is_leaf { node.chance } else { Some(1.0) },
        controls: Vec::new(),
        maps: Vec::new(),
        causes: None,
    });
}
