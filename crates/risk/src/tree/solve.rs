//! Solves a tree: exactly by decision diagrams, by sampling beside it, and by whom it is prevented.

use std::collections::BTreeMap;

use seawall_stats::{Philox, Threshold};
use seawall_system::dot::{Gate, Tree};

use super::diagram::{Diagrams, FALSE, Function};
use crate::graph::{Graph, Step};
use crate::lanes::Lanes;

/// More nodes of a diagram than this are given up, and said so.
const DIAGRAM_MAX: usize = 2_000_000;
/// Variables of one diagram: its recursion is as deep.
const VARIABLES_MAX: usize = 4_000;
/// Points at which an integral over controls is evaluated: exact below twice as many controls.
const POINTS: u32 = 32;

/// How to solve a tree.
#[derive(Clone, Debug)]
pub struct TreeOptions {
    /// Chance of every leaf that has none of its own.
    pub leaf: f64,
    /// Chance that a control works; none works without it.
    pub efficacy: f64,
    /// Seed of the samples.
    pub seed: u64,
    /// How many trials are sampled, rounded up to whole groups.
    pub trials: u64,
    /// The root, where the drawing leaves it open.
    pub root: Option<String>,
}

/// What a tree comes to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TreeResult {
    /// Id of the root.
    pub root: String,
    /// Nodes that the root rests on, itself included.
    pub nodes: usize,
    /// Leaves among them.
    pub leaves: usize,
    /// Chance that the root is reached; nothing where the tree is too entangled to solve.
    pub exact: Option<f64>,
    /// The same without any control.
    pub without: Option<f64>,
    /// Share of the sampled trials in which the root was reached.
    pub sampled: f64,
    /// Standard error of that share.
    pub stderr: f64,
    /// Trials that were sampled.
    pub trials: u64,
    /// The controls, by name.
    pub controls: Vec<ControlShare>,
    /// What had to be assumed.
    pub notes: Vec<String>,
}

/// What one control prevents.
#[derive(Clone, Debug, PartialEq)]
pub struct ControlShare {
    /// Its name: the label of its edges.
    pub id: String,
    /// Its Shapley share of the chance that the controls take away together; nothing where the tree
    /// is too entangled to solve.
    pub shapley: Option<f64>,
    /// Edges on which it stands.
    pub edges: usize,
}

/// Solves a tree.
pub(super) fn solve(tree: &Tree, options: &TreeOptions) -> TreeResult {
    let order = below(tree);
    let leaves: Vec<usize> = order
        .iter()
        .copied()
        .filter(|node| {
            tree.nodes
                .get(*node)
                .is_some_and(|node| node.gate == Gate::Leaf)
        })
        .collect();
    let mut notes = tree.notes.clone();
    if tree.controls.iter().any(|(_, edges)| *edges > 0) && options.efficacy <= 0.0 {
        notes.push("no efficacy is given: controls are drawn and do nothing".to_owned());
    }
    let problem = Problem::new(tree, &order, &leaves, options);
    let exact = problem.exact();
    if exact.is_none() {
        notes.push("too entangled for an exact answer: only sampled".to_owned());
    }
    let (sampled, trials) = problem.sample(options);
    let shares = exact.as_ref().map(|exact| exact.shares.clone());
    TreeResult {
        root: tree.root_name.clone(),
        nodes: order.len(),
        leaves: leaves.len(),
        exact: exact.as_ref().map(|exact| exact.with),
        without: exact.as_ref().map(|exact| exact.without),
        sampled,
        stderr: (sampled * (1.0 - sampled) / trials as f64).sqrt(),
        trials,
        controls: tree
            .controls
            .iter()
            .enumerate()
            .map(|(number, (id, edges))| ControlShare {
                id: id.clone(),
                shapley: shares
                    .as_ref()
                    .and_then(|shares| shares.get(number).copied()),
                edges: *edges,
            })
            .collect(),
        notes,
    }
}

/// The nodes that the root rests on, children before parents as far as cycles allow: the order in
/// which a walk from the root leaves them.
fn below(tree: &Tree) -> Vec<usize> {
    let mut seen = vec![false; tree.nodes.len()];
    let mut order = Vec::new();
    let mut stack = vec![(tree.root, 0)];
    seen.get_mut(tree.root)
        .into_iter()
        .for_each(|slot| *slot = true);
    while let Some((node, next)) = stack.last_mut() {
        let children = tree.nodes.get(*node).map(|node| node.children.as_slice());
        let Some((child, _)) = children.unwrap_or_default().get(*next) else {
            order.push(*node);
            stack.pop();
            continue;
        };
        *next += 1;
        if let Some(slot) = seen.get_mut(*child).filter(|seen| !**seen) {
            *slot = true;
            stack.push((*child, 0));
        }
    }
    order
}

/// A tree with the chances of its leaves.
struct Problem<'t> {
    tree: &'t Tree,
    order: &'t [usize],
    leaves: &'t [usize],
    /// Chance of each leaf.
    chances: Vec<f64>,
    efficacy: f64,
}

/// Which variable asks for which leaf or control: the order decides how large diagrams get.
struct Numbering {
    leaves: BTreeMap<usize, u32>,
    controls: Vec<u32>,
}

struct Exact {
    with: f64,
    without: f64,
    shares: Vec<f64>,
}

impl<'t> Problem<'t> {
    fn new(tree: &'t Tree, order: &'t [usize], leaves: &'t [usize], options: &TreeOptions) -> Self {
        let chance = |leaf: &usize| tree.nodes.get(*leaf).and_then(|node| node.chance);
        Self {
            tree,
            order,
            leaves,
            chances: leaves
                .iter()
                .map(|leaf| chance(leaf).unwrap_or(options.leaf))
                .collect(),
            efficacy: options.efficacy,
        }
    }

    /// The chances of all variables, where each control is passed with `passed`.
    fn values(&self, numbering: &Numbering, passed: f64) -> Vec<f64> {
        let mut values = vec![passed; self.leaves.len() + self.tree.controls.len()];
        for (leaf, chance) in self.leaves.iter().zip(&self.chances) {
            let variable = numbering
                .leaves
                .get(leaf)
                .map_or(usize::MAX, |own| *own as usize);
            values
                .get_mut(variable)
                .into_iter()
                .for_each(|slot| *slot = *chance);
        }
        values
    }

    /// Leaves and controls as the walk meets them, or all controls before all leaves.
    fn numbering(&self, controls_first: bool) -> Numbering {
        let mut next = 0_u32;
        let mut take = || {
            next += 1;
            next - 1
        };
        let mut numbering = Numbering {
            leaves: BTreeMap::new(),
            controls: vec![u32::MAX; self.tree.controls.len()],
        };
        if controls_first {
            numbering
                .controls
                .iter_mut()
                .for_each(|slot| *slot = take());
        }
        for node in self.order {
            let Some(tree_node) = self.tree.nodes.get(*node) else {
                continue;
            };
            if tree_node.gate == Gate::Leaf {
                numbering.leaves.insert(*node, take());
            }
            for control in tree_node
                .children
                .iter()
                .filter_map(|(_, control)| *control)
            {
                let slot = numbering.controls.get_mut(control);
                let slot = slot.filter(|slot| **slot == u32::MAX);
                slot.into_iter().for_each(|slot| *slot = take());
            }
        }
        // Controls on edges that the root does not rest on.
        let unused = numbering
            .controls
            .iter_mut()
            .filter(|slot| **slot == u32::MAX);
        unused.for_each(|slot| *slot = take());
        numbering
    }

    fn exact(&self) -> Option<Exact> {
        if self.leaves.len() + self.tree.controls.len() > VARIABLES_MAX {
            return None;
        }
        [false, true].into_iter().find_map(|controls_first| {
            let numbering = self.numbering(controls_first);
            let mut diagrams = Diagrams::new(DIAGRAM_MAX);
            let root = self.function(&numbering, &mut diagrams)?;
            Some(self.shares(&numbering, &diagrams, root))
        })
    }

    /// Shapley by Owen's integral: let each control be on with chance t, all independently; what
    /// one adds to that, averaged over t, is its share. The integrand is a polynomial in t, which
    /// the points integrate exactly.
    fn shares(&self, numbering: &Numbering, diagrams: &Diagrams, root: Function) -> Exact {
        let chance = |passed: f64| diagrams.chance(root, &self.values(numbering, passed));
        let mut shares = vec![0.0; self.tree.controls.len()];
        for (point, weight) in legendre() {
            let (_, slopes) = chance(1.0 - point * self.efficacy);
            for (share, variable) in shares.iter_mut().zip(&numbering.controls) {
                let slope = slopes.get(*variable as usize).copied().unwrap_or(0.0);
                *share += weight * self.efficacy * slope;
            }
        }
        Exact {
            with: chance(1.0 - self.efficacy).0,
            without: chance(1.0).0,
            shares,
        }
    }

    /// The root as a function of leaves and passed controls: the least fixpoint, which one pass
    /// finds unless nodes form a cycle.
    fn function(&self, numbering: &Numbering, diagrams: &mut Diagrams) -> Option<Function> {
        let mut functions = vec![FALSE; self.tree.nodes.len()];
        for (leaf, number) in &numbering.leaves {
            let variable = diagrams.variable(*number)?;
            functions
                .get_mut(*leaf)
                .into_iter()
                .for_each(|slot| *slot = variable);
        }
        loop {
            let mut changed = false;
            for node in self.order {
                let function = self.gate(*node, &functions, numbering, diagrams)?;
                let slot = functions.get_mut(*node);
                let before = slot.map(|slot| std::mem::replace(slot, function));
                changed |= before != Some(function);
            }
            if !changed {
                return functions.get(self.tree.root).copied();
            }
        }
    }

    fn gate(
        &self,
        node: usize,
        functions: &[Function],
        numbering: &Numbering,
        diagrams: &mut Diagrams,
    ) -> Option<Function> {
        let own = functions.get(node).copied()?;
        let tree_node = self.tree.nodes.get(node)?;
        let mut result: Option<Function> = None;
        for (child, control) in &tree_node.children {
            let mut part = functions.get(*child).copied()?;
            if let Some(control) = control {
                let passed = diagrams.variable(*numbering.controls.get(*control)?)?;
                part = diagrams.and(part, passed)?;
            }
            result = Some(match (result, tree_node.gate) {
                (None, _) => part,
                (Some(before), Gate::And) => diagrams.and(before, part)?,
                (Some(before), _) => diagrams.or(before, part)?,
            });
        }
        Some(result.unwrap_or(own))
    }

    /// The share of sampled trials in which the root is reached, and how many there were.
    fn sample(&self, options: &TreeOptions) -> (f64, u64) {
        let (graph, chances, start) = self.graph();
        let philox = Philox::new(options.seed);
        let groups = options.trials.div_ceil(Lanes::COUNT as u64).max(1);
        let mut hits = 0;
        let mut reached = vec![Lanes::NONE; graph.states()];
        for group in 0..groups {
            reached.fill(Lanes::NONE);
            reached
                .get_mut(start)
                .into_iter()
                .for_each(|slot| *slot = Lanes::ALL);
            graph.fixpoint(&mut reached, |position, ready| {
                let tag = graph
                    .steps()
                    .get(position)
                    .map_or(0, |step| step.tag as usize);
                let chance = chances.get(tag).copied().unwrap_or(Threshold::NEVER);
                ready & Lanes::new(chance.words(philox, tag as u64, group))
            });
            let root = reached.get(self.tree.root).copied();
            hits += root.unwrap_or(Lanes::NONE).count();
        }
        let trials = groups * Lanes::COUNT as u64;
        (hits as f64 / trials as f64, trials)
    }

    /// The tree as the sampler's graph, the chance of each step by its tag, and where it starts.
    fn graph(&self) -> (Graph, Vec<Threshold>, usize) {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let nodes = count(self.tree.nodes.len());
        let start = nodes + count(self.tree.controls.len());
        let passed = |control: usize| nodes + count(control);
        let (mut steps, mut chances) = (Vec::new(), Vec::new());
        let mut add = |requires: Vec<u32>, gives: u32, chance: f64| {
            let tag = count(chances.len());
            steps.push(Step {
                requires,
                gives,
                tag,
            });
            chances.push(Threshold::new(chance));
        };
        for (leaf, chance) in self.leaves.iter().zip(&self.chances) {
            add(vec![start], count(*leaf), *chance);
        }
        for control in 0..self.tree.controls.len() {
            add(vec![start], passed(control), 1.0 - self.efficacy);
        }
        let need = |(child, control): &(usize, Option<usize>)| {
            [Some(count(*child)), control.map(passed)]
                .into_iter()
                .flatten()
        };
        for node in self.order {
            let found = self.tree.nodes.get(*node);
            let children = found
                .map(|node| node.children.as_slice())
                .unwrap_or_default();
            if found.is_some_and(|node| node.gate == Gate::And) {
                let all = children.iter().flat_map(need).collect();
                add(all, count(*node), 1.0);
                continue;
            }
            for child in children {
                add(need(child).collect(), count(*node), 1.0);
            }
        }
        (
            Graph::new(start as usize + 1, steps),
            chances,
            start as usize,
        )
    }
}

/// Points and weights of Gauss and Legendre on 0 to 1.
fn legendre() -> Vec<(f64, f64)> {
    let count = f64::from(POINTS);
    (1..=POINTS)
        .map(|number| {
            let mut x = (std::f64::consts::PI * (f64::from(number) - 0.25) / (count + 0.5)).cos();
            let mut slope = 1.0;
            for _ in 0..64 {
                let (mut before, mut value) = (1.0, x);
                for degree in 2..=POINTS {
                    let degree = f64::from(degree);
                    let next =
                        ((2.0 * degree - 1.0) * x * value - (degree - 1.0) * before) / degree;
                    before = value;
                    value = next;
                }
                slope = count * (x * value - before) / (x * x - 1.0);
                x -= value / slope;
            }
            let weight = 2.0 / ((1.0 - x * x) * slope * slope);
            (f64::midpoint(x, 1.0), weight / 2.0)
        })
        .collect()
}
