//! From a drawn graph to a tree with gates: which way its edges point, where its root is, what its
//! colours mean.

use std::collections::BTreeMap;

use seawall_base::Problem;

use super::{Attributes, Dot};

/// How a node follows from its children.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Gate {
    /// It has none.
    Leaf,
    /// Any of them.
    Or,
    /// All of them.
    And,
}

/// A node that matters for the root.
#[derive(Clone, Debug)]
pub struct TreeNode {
    /// How it follows from its children.
    pub gate: Gate,
    /// Children, each with the controls on the edge.
    pub children: Vec<(usize, Option<usize>)>,
    /// A chance of its own, where the file gives one.
    pub chance: Option<f64>,
}

/// An attack tree.
#[derive(Clone, Debug)]
pub struct Tree {
    /// Its nodes, in the numbering of the graph.
    pub nodes: Vec<TreeNode>,
    /// The goal.
    pub root: usize,
    /// The id of the goal.
    pub root_name: String,
    /// Controls by name, with the number of edges they stand on.
    pub controls: Vec<(String, usize)>,
    /// What had to be assumed.
    pub notes: Vec<String>,
}

/// Reads gates, controls and root out of a graph.
///
/// # Errors
/// When no node, or more than one, can be the root.
pub fn tree(path: &str, dot: &Dot, root: Option<&str>) -> Result<Tree, Vec<Problem>> {
    let fail = |message: String| {
        vec![Problem {
            path: path.to_owned(),
            location: None,
            message,
        }]
    };
    let mut notes = Vec::new();
    let connected = connected(dot);
    let is_down = points_down(dot, &connected, root, &mut notes);
    let root = match root {
        Some(name) => named(dot, name).ok_or_else(|| fail(format!("there is no node `{name}`")))?,
        None => only_root(dot, &connected, is_down).map_err(fail)?,
    };
    let mut controls: BTreeMap<String, usize> = BTreeMap::new();
    for edge in &dot.edges {
        controls.extend(control(&edge.attributes).map(|name| (name, 0)));
    }
    let mut nodes: Vec<TreeNode> = dot
        .nodes
        .iter()
        .map(|node| TreeNode {
            gate: Gate::Leaf,
            children: Vec::new(),
            chance: chance(&node.attributes),
        })
        .collect();
    let mut counts = vec![0; controls.len()];
    for (number, slot) in controls.values_mut().enumerate() {
        *slot = number;
    }
    for edge in &dot.edges {
        let (parent, child) = if is_down {
            (edge.from, edge.to)
        } else {
            (edge.to, edge.from)
        };
        let own = control(&edge.attributes).and_then(|name| controls.get(&name).copied());
        if let Some(count) = own.and_then(|own| counts.get_mut(own)) {
            *count += 1;
        }
        if let Some(node) = nodes.get_mut(parent) {
            node.children.push((child, own));
        }
    }
    for (node, drawn) in nodes.iter_mut().zip(&dot.nodes) {
        node.children.sort_unstable();
        node.children.dedup();
        node.gate = gate(
            &drawn.attributes,
            node.children.len(),
            &drawn.id,
            &mut notes,
        );
    }
    Ok(Tree {
        root_name: dot
            .nodes
            .get(root)
            .map_or_else(String::new, |node| node.id.clone()),
        nodes,
        root,
        controls: controls.into_keys().zip(counts).collect(),
        notes,
    })
}

/// Nodes that any edge touches; others are legends and titles.
fn connected(dot: &Dot) -> Vec<bool> {
    let mut touched = vec![false; dot.nodes.len()];
    for end in dot.edges.iter().flat_map(|edge| [edge.from, edge.to]) {
        touched
            .get_mut(end)
            .into_iter()
            .for_each(|slot| *slot = true);
    }
    if dot.edges.is_empty() {
        touched.fill(true);
    }
    touched
}

/// Whether edges point from the goal to what it needs. The drawing decides: there is one goal and
/// there are many leaves, and leaves have no gate.
fn points_down(dot: &Dot, connected: &[bool], root: Option<&str>, notes: &mut Vec<String>) -> bool {
    let [sources, sinks] = [true, false].map(|down| ends(dot, connected, down));
    if let Some(root) = root.and_then(|name| named(dot, name)) {
        let leaves = dot.edges.iter().filter(|edge| edge.from == root).count();
        let enters = dot.edges.iter().filter(|edge| edge.to == root).count();
        if (leaves == 0) != (enters == 0) {
            return leaves > 0;
        }
    }
    let gates = |ends: &[usize]| {
        let coloured = ends.iter().filter_map(|end| dot.nodes.get(*end));
        coloured
            .filter(|node| colour(&node.attributes).is_some())
            .count()
    };
    let down = match (sources.len(), sinks.len()) {
        (1, many) if many > 1 => true,
        (many, 1) if many > 1 => false,
        // Gates at the ends of edges cannot be leaves.
        _ if gates(&sources) != gates(&sinks) => gates(&sources) > gates(&sinks),
        _ => dot
            .graph
            .get("rankdir")
            .is_none_or(|way| way != "BT" && way != "RL"),
    };
    if !down {
        notes.push("edges point from what is needed to what it serves".to_owned());
    }
    down
}

/// Nodes without an edge from above, if edges point down; without one from below otherwise.
fn ends(dot: &Dot, connected: &[bool], down: bool) -> Vec<usize> {
    let mut free = connected.to_vec();
    for edge in &dot.edges {
        let end = if down { edge.to } else { edge.from };
        if edge.from != edge.to {
            free.get_mut(end).into_iter().for_each(|slot| *slot = false);
        }
    }
    let free = free.into_iter().enumerate().filter(|(_, free)| *free);
    free.map(|(node, _)| node).collect()
}

fn only_root(dot: &Dot, connected: &[bool], is_down: bool) -> Result<usize, String> {
    let roots = ends(dot, connected, is_down);
    match roots.as_slice() {
        [root] => Ok(*root),
        [] => Err("no node is the root: name one with --root".to_owned()),
        many => {
            let names = many.iter().take(8).filter_map(|root| dot.nodes.get(*root));
            let names: Vec<&str> = names.map(|node| node.id.as_str()).collect();
            let count = many.len();
            Err(format!(
                "{count} nodes could be the root ({}): name one with --root",
                names.join(", ")
            ))
        }
    }
}

/// A node by its id, or by its label where that is unique.
fn named(dot: &Dot, name: &str) -> Option<usize> {
    let by_id = dot.nodes.iter().position(|node| node.id == name);
    let is_labelled = |label: &String| words(label) == words(name);
    by_id.or_else(|| {
        let mut fits = dot
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| node.attributes.get("label").is_some_and(is_labelled));
        fits.next()
            .filter(|_| fits.next().is_none())
            .map(|(node, _)| node)
    })
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The control that an edge's label names.
fn control(attributes: &Attributes) -> Option<String> {
    let names = ["label", "xlabel", "taillabel", "headlabel"];
    let label = names.iter().find_map(|name| attributes.get(*name))?;
    let label = words(label);
    // The words of the gates themselves are no controls.
    let is_gate = ["and", "or"]
        .iter()
        .any(|word| label.eq_ignore_ascii_case(word));
    (!label.is_empty() && !is_gate).then_some(label)
}

fn chance(attributes: &Attributes) -> Option<f64> {
    let text = attributes.get("probability")?;
    text.parse()
        .ok()
        .filter(|chance| (0.0..=1.0).contains(chance))
}

fn gate(attributes: &Attributes, children: usize, id: &str, notes: &mut Vec<String>) -> Gate {
    match (colour(attributes), children) {
        (Some(_), 0) => {
            notes.push(format!(
                "`{id}` has the colour of a gate and no children: a leaf"
            ));
            Gate::Leaf
        }
        (None, 0) => Gate::Leaf,
        (Some(gate), _) => gate,
        (None, 1) => Gate::Or,
        (None, _) => {
            notes.push(format!(
                "`{id}` has no gate's colour and several children: any of them"
            ));
            Gate::Or
        }
    }
}

/// Green for any, blue for all, in words or in hexadecimal.
fn colour(attributes: &Attributes) -> Option<Gate> {
    ["fillcolor", "color"].iter().find_map(|name| {
        let text = attributes.get(*name)?.to_ascii_lowercase();
        of_colour(&text)
    })
}

fn of_colour(text: &str) -> Option<Gate> {
    if let Some(digits) = text.strip_prefix('#') {
        let part = |from: usize| u8::from_str_radix(digits.get(from..from + 2)?, 16).ok();
        let (red, green, blue) = (part(0)?, part(2)?, part(4)?);
        return match (green > red && green > blue, blue > red && blue > green) {
            (true, _) => Some(Gate::Or),
            (_, true) => Some(Gate::And),
            _ => None,
        };
    }
    if text.contains("green") && !text.contains("blue") {
        return Some(Gate::Or);
    }
    text.contains("blue").then_some(Gate::And)
}
