//! Aho-Corasick over the forms of the canaries, with the depth of each state: how many letters of a
//! form the text ends with is how much a stream has to hold back.

use std::collections::{BTreeMap, VecDeque};

/// The automaton of all forms.
#[derive(Debug, Default)]
pub(crate) struct Automaton {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    next: BTreeMap<u8, usize>,
    fail: usize,
    depth: usize,
    /// A form ends here.
    ends: bool,
}

impl Automaton {
    /// Builds the automaton.
    pub(crate) fn new(forms: &[Vec<u8>]) -> Self {
        let mut automaton = Self {
            nodes: vec![Node::default()],
        };
        for form in forms {
            let last = form.iter().fold(0, |at, byte| automaton.grow(at, *byte));
            if let Some(node) = automaton.nodes.get_mut(last) {
                node.ends = last != 0;
            }
        }
        automaton.link();
        automaton
    }

    /// The child of a state, which is made if it is not there.
    fn grow(&mut self, at: usize, byte: u8) -> usize {
        let fresh = self.nodes.len();
        let Some(node) = self.nodes.get_mut(at) else {
            return 0;
        };
        let depth = node.depth + 1;
        let child = *node.next.entry(byte).or_insert(fresh);
        if child == fresh {
            self.nodes.push(Node {
                depth,
                ..Node::default()
            });
        }
        child
    }

    /// Breadth first, so that the failure link of a parent is there before its children's.
    fn link(&mut self) {
        let mut queue: VecDeque<usize> = VecDeque::from([0]);
        while let Some(parent) = queue.pop_front() {
            let edges: Vec<(u8, usize)> = self
                .nodes
                .get(parent)
                .map(|node| {
                    node.next
                        .iter()
                        .map(|(byte, next)| (*byte, *next))
                        .collect()
                })
                .unwrap_or_default();
            for (byte, child) in edges {
                self.link_one(parent, byte, child);
                queue.push_back(child);
            }
        }
    }

    fn link_one(&mut self, parent: usize, byte: u8, child: usize) {
        let fail = match parent {
            0 => 0,
            _ => self.step(self.nodes.get(parent).map_or(0, |node| node.fail), byte),
        };
        let ends = self.ends(fail);
        if let Some(node) = self.nodes.get_mut(child) {
            node.fail = fail;
            node.ends |= ends;
        }
    }

    /// The state after one more letter.
    pub(crate) fn step(&self, state: usize, byte: u8) -> usize {
        let mut at = state;
        loop {
            let Some(node) = self.nodes.get(at) else {
                return 0;
            };
            if let Some(next) = node.next.get(&byte) {
                return *next;
            }
            if at == 0 {
                return 0;
            }
            at = node.fail;
        }
    }

    /// How many of the last letters may still become a form.
    pub(crate) fn depth(&self, state: usize) -> usize {
        self.nodes.get(state).map_or(0, |node| node.depth)
    }

    /// Whether the text ends with a whole form.
    pub(crate) fn ends(&self, state: usize) -> bool {
        self.nodes.get(state).is_some_and(|node| node.ends)
    }

    /// Whether there is nothing to look for.
    pub(crate) const fn is_empty(&self) -> bool {
        self.nodes.len() <= 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_the_longest_live_prefix() {
        let automaton = Automaton::new(&[b"abcd".to_vec(), b"bce".to_vec()]);
        let mut state = 0;
        let depths: Vec<usize> = b"xabceabcd"
            .iter()
            .map(|byte| {
                state = automaton.step(state, *byte);
                automaton.depth(state)
            })
            .collect();
        assert_eq!(depths, [0, 1, 2, 3, 3, 1, 2, 3, 4]);
    }
}
