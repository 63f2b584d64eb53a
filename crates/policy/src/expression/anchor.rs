//! Which keys a pod spec holds, of those that expressions need: most expressions need not be asked.

use std::sync::LazyLock;

use seawall_config::yaml::Node;

use crate::rules::RULES;

/// A set of anchor keys.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Anchors(u128);

/// Every anchor of every rule, in order. More than a set can tell apart share its last place, which
/// costs evaluations and changes no outcome.
static KEYS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut keys: Vec<_> = RULES
        .iter()
        .filter_map(|rule| rule.expression)
        .flat_map(|expression| expression.anchors.iter().copied())
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
});

/// First letters of the anchors: most keys are told apart by theirs.
static FIRST: LazyLock<[bool; 256]> = LazyLock::new(|| {
    let mut first = [false; 256];
    for byte in KEYS.iter().filter_map(|key| key.as_bytes().first()) {
        if let Some(slot) = first.get_mut(usize::from(*byte)) {
            *slot = true;
        }
    }
    first
});

impl Anchors {
    /// The set of some anchors; no anchors ask for every element.
    pub(crate) fn of(keys: &[&str]) -> Self {
        if keys.is_empty() {
            return Self(u128::MAX);
        }
        let bits = keys.iter().map(|key| bit(key));
        Self(bits.fold(0, |set, bit| set | bit))
    }

    /// The anchors that stand as keys anywhere in a node.
    pub(crate) fn present(node: &Node) -> Self {
        let mut set = 1 << 127;
        walk(node, &mut set, 0);
        Self(set)
    }

    /// Whether the two sets share an anchor.
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

fn bit(key: &str) -> u128 {
    KEYS.binary_search(&key).map_or(0, |at| 1 << at.min(126))
}

fn walk(node: &Node, set: &mut u128, depth: usize) {
    // Deeper than any pod spec is: everything may be there.
    const DEPTH_MAX: usize = 64;
    if depth > DEPTH_MAX {
        *set = u128::MAX;
        return;
    }
    for entry in node.entries() {
        let first = entry.key.as_bytes().first().copied().unwrap_or_default();
        if FIRST.get(usize::from(first)) == Some(&true) {
            *set |= bit(&entry.key);
        }
        walk(&entry.value, set, depth + 1);
    }
    for item in node.items() {
        walk(item, set, depth + 1);
    }
}
