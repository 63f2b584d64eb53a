//! Inclusion and consistency proofs (RFC 9162 sections 2.1.3 and 2.1.4): made from tiles, verified
//! from nothing but hashes.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use seawall_base::Digest;

use crate::tile::{Tile, TileId};
use crate::tree::{node_hash, split};

/// A proof does not hold, or its indexes cannot be.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the proof does not hold")]
pub struct BadProof;

/// Why a proof could not be made.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError<E> {
    /// The index or the sizes cannot be.
    #[error("index or size out of range")]
    OutOfRange,
    /// A tile is narrower than the tree's size says.
    #[error("a tile lacks hashes")]
    Narrow,
    /// A tile could not be read.
    #[error(transparent)]
    Tile(E),
}

/// Makes proofs over the tiles that `read` finds; it is asked for a tile and its width.
///
/// Each tile is read once and kept, since neighbouring subtrees share it: use a prover for a few
/// proofs, then drop it.
pub struct Prover<R> {
    size: u64,
    read: R,
    tiles: BTreeMap<TileId, Tile>,
}

impl<E, R: FnMut(TileId, usize) -> Result<Tile, E>> Prover<R> {
    /// A prover over the tiles of a log that holds `size` entries.
    pub const fn new(size: u64, read: R) -> Self {
        Self {
            size,
            read,
            tiles: BTreeMap::new(),
        }
    }

    /// The audit path of the leaf at `index` in the tree of the first `size` leaves.
    ///
    /// # Errors
    /// When `index >= size`, `size` exceeds the log, or a tile cannot be read.
    pub fn inclusion(&mut self, index: u64, size: u64) -> Result<Vec<Digest>, ProofError<E>> {
        if index >= size || size > self.size {
            return Err(ProofError::OutOfRange);
        }
        let (mut from, mut to) = (0, size);
        let mut path = Vec::new();
        while to - from > 1 {
            let middle = from + split(to - from);
            if index < middle {
                path.push(self.subtree(middle, to)?);
                to = middle;
            } else {
                path.push(self.subtree(from, middle)?);
                from = middle;
            }
        }
        path.reverse();
        Ok(path)
    }

    /// The proof that the tree of the first `old` leaves is a prefix of that of the first `new`.
    ///
    /// # Errors
    /// When `old > new`, `new` exceeds the log, or a tile cannot be read.
    pub fn consistency(&mut self, old: u64, new: u64) -> Result<Vec<Digest>, ProofError<E>> {
        if old > new || new > self.size {
            return Err(ProofError::OutOfRange);
        }
        if old == 0 || old == new {
            return Ok(Vec::new());
        }
        let (mut from, mut to) = (0, new);
        let mut path = Vec::new();
        while to != old {
            let middle = from + split(to - from);
            if old <= middle {
                path.push(self.subtree(middle, to)?);
                to = middle;
            } else {
                path.push(self.subtree(from, middle)?);
                from = middle;
            }
        }
        if from > 0 {
            path.push(self.subtree(from, to)?);
        }
        path.reverse();
        Ok(path)
    }

    /// The root of the tree of the first `size` leaves.
    ///
    /// # Errors
    /// When `size` is 0 or exceeds the log, or a tile cannot be read.
    pub fn root(&mut self, size: u64) -> Result<Digest, ProofError<E>> {
        if size == 0 || size > self.size {
            return Err(ProofError::OutOfRange);
        }
        self.subtree(0, size)
    }

    /// The hash over the leaves `from..to`, where `from` is a multiple of a power of two >= the
    /// count (as every subtree of a proof is).
    fn subtree(&mut self, from: u64, to: u64) -> Result<Digest, ProofError<E>> {
        let count = to - from;
        if count.is_power_of_two() {
            return self.complete(from, count.ilog2());
        }
        let middle = from + split(count);
        let left = self.subtree(from, middle)?;
        let right = self.subtree(middle, to)?;
        Ok(node_hash(&left, &right))
    }

    fn complete(&mut self, from: u64, height: u32) -> Result<Digest, ProofError<E>> {
        // A complete subtree lies in one tile: heights 0 to 7 within level 0, and so on.
        let (level, rest) = (height / 8, height % 8);
        let hash = from >> (8 * level);
        let id = TileId {
            level: u8::try_from(level).map_err(|_| ProofError::OutOfRange)?,
            index: hash >> 8,
        };
        let tile = match self.tiles.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let tile = (self.read)(id, id.width(self.size)).map_err(ProofError::Tile)?;
                unknown.insert(tile)
            }
        };
        let offset = usize::try_from(hash & 255).map_err(|_| ProofError::OutOfRange)?;
        tile.subtree(offset, rest).ok_or(ProofError::Narrow)
    }
}

/// Verifies that `leaf` is the leaf at `index` of the tree with `size` leaves and `root`.
///
/// # Errors
/// When it is not, or the proof is not one.
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: &Digest,
    root: &Digest,
    path: &[Digest],
) -> Result<(), BadProof> {
    if index >= size {
        return Err(BadProof);
    }
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in path {
        if last == 0 {
            return Err(BadProof);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last == 0 && hash == *root {
        Ok(())
    } else {
        Err(BadProof)
    }
}

/// Verifies that the tree with `old` leaves and `old_root` is a prefix of that with `new` leaves
/// and `new_root`.
///
/// # Errors
/// When it is not, or the proof is not one.
pub fn verify_consistency(
    (old, old_root): (u64, &Digest),
    (new, new_root): (u64, &Digest),
    path: &[Digest],
) -> Result<(), BadProof> {
    if old > new {
        return Err(BadProof);
    }
    if old == new {
        return (path.is_empty() && old_root == new_root)
            .then_some(())
            .ok_or(BadProof);
    }
    if old == 0 {
        // Every tree continues the empty one, whose root is known.
        return (path.is_empty() && *old_root == crate::tree::empty_root())
            .then_some(())
            .ok_or(BadProof);
    }
    let (mut node, mut last) = (old - 1, new - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let mut rest = path.iter();
    let start = if old.is_power_of_two() {
        *old_root
    } else {
        *rest.next().ok_or(BadProof)?
    };
    let (mut old_hash, mut new_hash) = (start, start);
    for sibling in rest {
        if last == 0 {
            return Err(BadProof);
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last == 0 && old_hash == *old_root && new_hash == *new_root {
        Ok(())
    } else {
        Err(BadProof)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::tile::TileBuilder;
    use crate::tree::{empty_root, leaf_hash};

    const SIZE: u64 = 300;
    static LOG: LazyLock<Log> = LazyLock::new(|| log(SIZE));

    struct Log {
        leaves: Vec<Digest>,
        roots: Vec<Digest>,
        tiles: BTreeMap<TileId, Tile>,
    }

    fn log(size: u64) -> Log {
        let mut builder = TileBuilder::new();
        let (mut leaves, mut roots) = (Vec::new(), vec![empty_root()]);
        let mut tiles = BTreeMap::new();
        for number in 0..size {
            let leaf = leaf_hash(&number.to_be_bytes());
            leaves.push(leaf);
            builder.push(leaf, |tile| {
                tiles.insert(tile.id, tile);
            });
            roots.push(builder.root());
        }
        tiles.extend(builder.partial().map(|tile| (tile.id, tile)));
        Log {
            leaves,
            roots,
            tiles,
        }
    }

    impl Log {
        fn root(&self, size: u64) -> &Digest {
            &self.roots[usize::try_from(size).unwrap()]
        }

        fn leaf(&self, index: u64) -> &Digest {
            &self.leaves[usize::try_from(index).unwrap()]
        }

        fn prover(&self) -> Prover<impl FnMut(TileId, usize) -> Result<Tile, ()>> {
            Prover::new(self.leaves.len() as u64, |id, width| {
                let tile = self.tiles.get(&id).cloned().ok_or(())?;
                assert_eq!(tile.hashes.len(), width);
                Ok(tile)
            })
        }
    }

    #[test]
    fn every_inclusion_proof_verifies_up_to_300() {
        let log = &*LOG;
        let mut prover = log.prover();
        for size in 1..=SIZE {
            assert_eq!(prover.root(size).as_ref(), Ok(log.root(size)));
            for index in 0..size {
                let path = prover.inclusion(index, size).unwrap();
                let held = verify_inclusion(index, size, log.leaf(index), log.root(size), &path);
                assert_eq!(held, Ok(()), "{index} of {size}");
            }
        }
    }

    #[test]
    fn every_consistency_proof_verifies_up_to_300() {
        let log = &*LOG;
        let mut prover = log.prover();
        for new in 0..=SIZE {
            for old in 0..=new {
                let path = prover.consistency(old, new).unwrap();
                let held = verify_consistency((old, log.root(old)), (new, log.root(new)), &path);
                assert_eq!(held, Ok(()), "{old} to {new}");
            }
        }
    }

    #[test]
    fn what_lies_outside_the_log_is_refused() {
        let log = log(10);
        let mut prover = log.prover();
        assert_eq!(prover.inclusion(5, 5), Err(ProofError::OutOfRange));
        assert_eq!(prover.inclusion(0, 11), Err(ProofError::OutOfRange));
        assert_eq!(prover.consistency(5, 4), Err(ProofError::OutOfRange));
        assert_eq!(prover.consistency(5, 11), Err(ProofError::OutOfRange));
    }

    #[test]
    fn proofs_reach_across_levels_of_tiles() {
        let log = log(66_000);
        let mut prover = log.prover();
        for index in [0, 255, 256, 65_535, 65_536, 65_999] {
            let path = prover.inclusion(index, 66_000).unwrap();
            let held = verify_inclusion(index, 66_000, log.leaf(index), log.root(66_000), &path);
            assert_eq!(held, Ok(()), "{index}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn a_changed_inclusion_proof_fails(size in 1..=SIZE, index in any::<u64>(), change in 0..6, at in any::<usize>(), bit in 0_usize..256) {
            let log = &*LOG;
            let index = index % size;
            let mut path = log.prover().inclusion(index, size).unwrap();
            let (mut leaf, mut root) = (*log.leaf(index), *log.root(size));
            let (mut new_index, mut new_size) = (index, size);
            match change {
                0 => leaf = flipped(&leaf, bit),
                1 => root = flipped(&root, bit),
                2 if !path.is_empty() => {
                    let at = at % path.len();
                    path[at] = flipped(&path[at], bit);
                }
                3 if !path.is_empty() => drop(path.remove(at % path.len())),
                4 => path.insert(at % (path.len() + 1), leaf),
                _ => {
                    new_index = (index + 1 + at as u64 % size) % (size + 1);
                    new_size = size;
                }
            }
            if (new_index, leaf, root, &path) != (index, *log.leaf(index), *log.root(size), &log.prover().inclusion(index, size).unwrap()) {
                prop_assert_eq!(verify_inclusion(new_index, new_size, &leaf, &root, &path), Err(BadProof));
            }
        }

        #[test]
        fn a_changed_consistency_proof_fails(new in 2..=SIZE, old in any::<u64>(), change in 0..5, at in any::<usize>(), bit in 0_usize..256) {
            let log = &*LOG;
            let old = 1 + old % (new - 1);
            let mut path = log.prover().consistency(old, new).unwrap();
            let (mut old_root, mut new_root) = (*log.root(old), *log.root(new));
            match change {
                0 => old_root = flipped(&old_root, bit),
                1 => new_root = flipped(&new_root, bit),
                2 => {
                    let at = at % path.len();
                    path[at] = flipped(&path[at], bit);
                }
                3 => drop(path.remove(at % path.len())),
                _ => path.insert(at % (path.len() + 1), old_root),
            }
            prop_assert_eq!(verify_consistency((old, &old_root), (new, &new_root), &path), Err(BadProof));
        }

        #[test]
        fn verification_never_panics(index in any::<u64>(), size in any::<u64>(), count in 0_usize..70) {
            let hash = leaf_hash(b"x");
            let path = vec![hash; count];
            let _inclusion = verify_inclusion(index, size, &hash, &hash, &path);
            let _consistency = verify_consistency((index, &hash), (size, &hash), &path);
        }
    }

    fn flipped(hash: &Digest, bit: usize) -> Digest {
        let mut bytes = *hash.as_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        Digest::from_bytes(bytes)
    }
}
