//! The RFC 6962 Merkle tree: hashes, the frontier of a growing tree, and subtree arithmetic.

use seawall_base::{Digest, Hasher};

/// The hash of an entry as a leaf. The prefix keeps leaves and nodes apart (RFC 6962 section 2.1).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Digest {
    let mut hasher = Hasher::new();
    hasher.update(&[0]);
    hasher.update(entry);
    hasher.finish()
}

/// The hash of two subtrees as a node.
#[must_use]
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    let mut bytes = [1; 65];
    bytes[1..33].copy_from_slice(left.as_bytes());
    bytes[33..].copy_from_slice(right.as_bytes());
    Digest::of(&bytes)
}

/// The root of the tree without entries.
#[must_use]
pub fn empty_root() -> Digest {
    Digest::of(b"")
}

/// The compact range of a growing tree: the roots of its complete subtrees, largest first.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Frontier {
    size: u64,
    roots: Vec<Digest>,
}

impl Frontier {
    /// The frontier of the tree without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a leaf. Costs one node hash on average.
    pub fn push(&mut self, leaf: Digest) {
        let mut root = leaf;
        for _ in 0..self.size.trailing_ones() {
            let Some(left) = self.roots.pop() else { break };
            root = node_hash(&left, &root);
        }
        self.roots.push(root);
        self.size += 1;
    }

    /// Number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Digest {
        fold(&self.roots).unwrap_or_else(empty_root)
    }
}

/// Joins the roots of complete subtrees, largest first, into the root over all of them.
#[must_use]
pub(crate) fn fold(roots: &[Digest]) -> Option<Digest> {
    roots
        .iter()
        .rev()
        .copied()
        .reduce(|right, left| node_hash(&left, &right))
}

/// The largest power of two below `size`, which is where RFC 6962 splits a tree of two and more.
pub(crate) const fn split(size: u64) -> u64 {
    if size < 2 {
        return 0;
    }
    1 << (u64::BITS - 1 - (size - 1).leading_zeros())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6962 section 2.1, written as it is defined there.
    fn by_definition(leaves: &[Digest]) -> Digest {
        match leaves {
            [] => empty_root(),
            [leaf] => *leaf,
            _ => {
                let (left, right) =
                    leaves.split_at(usize::try_from(split(leaves.len() as u64)).unwrap());
                node_hash(&by_definition(left), &by_definition(right))
            }
        }
    }

    #[test]
    fn the_frontier_agrees_with_the_definition() {
        let mut frontier = Frontier::new();
        let mut leaves = Vec::new();
        for number in 0_u32..300 {
            assert_eq!(frontier.root(), by_definition(&leaves), "{number}");
            let leaf = leaf_hash(&number.to_be_bytes());
            frontier.push(leaf);
            leaves.push(leaf);
        }
    }

    #[test]
    fn known_roots_hold() {
        // The test vectors of certificate-transparency: entries "", 00, 10, 2021.
        let mut frontier = Frontier::new();
        assert_eq!(
            frontier.root().to_hex(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        for (entry, root) in [
            (
                b"".as_slice(),
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            ),
            (
                b"\x00",
                "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            ),
            (
                b"\x10",
                "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            ),
            (
                b"\x20\x21",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ),
        ] {
            frontier.push(leaf_hash(entry));
            assert_eq!(frontier.root().to_hex(), root);
        }
    }
}
