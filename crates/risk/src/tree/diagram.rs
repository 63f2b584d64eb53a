//! Reduced ordered binary decision diagrams: exact probabilities of monotone functions, shared
//! nodes and all.

use std::collections::BTreeMap;

/// A function: a position in [`Diagrams`].
pub(super) type Function = u32;

pub(super) const FALSE: Function = 0;
pub(super) const TRUE: Function = 1;

/// Functions of numbered variables, each function once. Variables with low numbers are asked first.
pub(super) struct Diagrams {
    nodes: Vec<Node>,
    unique: BTreeMap<Node, Function>,
    known: BTreeMap<(bool, Function, Function), Function>,
    nodes_max: usize,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Node {
    variable: u32,
    low: Function,
    high: Function,
}

impl Diagrams {
    pub(super) fn new(nodes_max: usize) -> Self {
        let end = |value| Node {
            variable: u32::MAX,
            low: value,
            high: value,
        };
        Self {
            nodes: vec![end(FALSE), end(TRUE)],
            unique: BTreeMap::new(),
            known: BTreeMap::new(),
            nodes_max,
        }
    }

    /// The function that is a variable; nothing when there is no room.
    pub(super) fn variable(&mut self, variable: u32) -> Option<Function> {
        self.node(variable, FALSE, TRUE)
    }

    pub(super) fn and(&mut self, left: Function, right: Function) -> Option<Function> {
        self.apply(true, left, right)
    }

    pub(super) fn or(&mut self, left: Function, right: Function) -> Option<Function> {
        self.apply(false, left, right)
    }

    fn get(&self, function: Function) -> Node {
        let end = Node {
            variable: u32::MAX,
            low: FALSE,
            high: FALSE,
        };
        self.nodes.get(function as usize).copied().unwrap_or(end)
    }

    fn node(&mut self, variable: u32, low: Function, high: Function) -> Option<Function> {
        if low == high {
            return Some(low);
        }
        let node = Node {
            variable,
            low,
            high,
        };
        if let Some(known) = self.unique.get(&node) {
            return Some(*known);
        }
        if self.nodes.len() >= self.nodes_max {
            return None;
        }
        let function = u32::try_from(self.nodes.len()).ok()?;
        self.nodes.push(node);
        self.unique.insert(node, function);
        Some(function)
    }

    /// Both functions, or either. The recursion is as deep as there are variables.
    fn apply(&mut self, all: bool, left: Function, right: Function) -> Option<Function> {
        let (stops, passes) = if all { (FALSE, TRUE) } else { (TRUE, FALSE) };
        if left == stops || right == stops {
            return Some(stops);
        }
        if left == passes || left == right {
            return Some(right);
        }
        if right == passes {
            return Some(left);
        }
        let key = (all, left.min(right), left.max(right));
        if let Some(known) = self.known.get(&key) {
            return Some(*known);
        }
        let (one, other) = (self.get(left), self.get(right));
        let variable = one.variable.min(other.variable);
        let part = |node: Node, own: Function| {
            if node.variable == variable {
                (node.low, node.high)
            } else {
                (own, own)
            }
        };
        let ((left_low, left_high), (right_low, right_high)) =
            (part(one, left), part(other, right));
        let low = self.apply(all, left_low, right_low)?;
        let high = self.apply(all, left_high, right_high)?;
        let function = self.node(variable, low, high)?;
        self.known.insert(key, function);
        Some(function)
    }

    /// The chance that a function holds where variable `i` does with `chances[i]`, and by how much
    /// that chance grows with each of them.
    pub(super) fn chance(&self, function: Function, chances: &[f64]) -> (f64, Vec<f64>) {
        // Nodes come after what they point to: one pass up for chances, one down for weights.
        let mut holds = vec![0.0; self.nodes.len()];
        if let Some(value) = holds.get_mut(TRUE as usize) {
            *value = 1.0;
        }
        let of = |values: &[f64], at: Function| values.get(at as usize).copied().unwrap_or(0.0);
        let chance = |variable: u32| chances.get(variable as usize).copied().unwrap_or(0.0);
        for (position, node) in self.nodes.iter().enumerate().skip(2) {
            let own = chance(node.variable);
            let value = own * of(&holds, node.high) + (1.0 - own) * of(&holds, node.low);
            holds
                .get_mut(position)
                .into_iter()
                .for_each(|slot| *slot = value);
        }
        let mut weights = vec![0.0; self.nodes.len()];
        weights
            .get_mut(function as usize)
            .into_iter()
            .for_each(|slot| *slot = 1.0);
        let mut slopes = vec![0.0; chances.len()];
        for (position, node) in self.nodes.iter().enumerate().skip(2).rev() {
            let weight = weights.get(position).copied().unwrap_or(0.0);
            if weight == 0.0 {
                continue;
            }
            let own = chance(node.variable);
            let slope = weight * (of(&holds, node.high) - of(&holds, node.low));
            slopes
                .get_mut(node.variable as usize)
                .into_iter()
                .for_each(|slot| *slot += slope);
            for (next, share) in [(node.high, own), (node.low, 1.0 - own)] {
                weights
                    .get_mut(next as usize)
                    .into_iter()
                    .for_each(|slot| *slot += weight * share);
            }
        }
        (of(&holds, function), slopes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_variables_count_once() {
        let mut diagrams = Diagrams::new(1_000);
        let [a, b, c] = [0, 1, 2].map(|number| diagrams.variable(number).unwrap());
        let left = diagrams.and(a, b).unwrap();
        let right = diagrams.and(a, c).unwrap();
        let either = diagrams.or(left, right).unwrap();
        let (chance, slopes) = diagrams.chance(either, &[0.5; 3]);
        assert!((chance - 0.375).abs() < 1e-12);
        assert!((slopes[0] - 0.75).abs() < 1e-12 && (slopes[1] - 0.25).abs() < 1e-12);
        assert_eq!(diagrams.or(right, left), Some(either));
        assert_eq!(Diagrams::new(2).variable(0), None);
    }
}
