//! No proof proves what is not so: the input is an index, a size and a path in a known log.

use seawall_base::{ByteReader, Digest};
use seawall_evidence::proof::{verify_consistency, verify_inclusion};
use seawall_evidence::tree::{Frontier, leaf_hash};

const LEAVES: u8 = 21;

fn root(size: u8) -> Digest {
    let mut tree = Frontier::new();
    for leaf in 0..size {
        tree.push(leaf_hash(&[leaf]));
    }
    tree.root()
}

/// True and untrue claims: index or old size, size, leaf, then the path.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![vec![0, 1, 0], vec![3, 3, 3], vec![0, 5, 0]];
    for size in [2, 3, 4] {
        let mut seed = vec![0, size, 0];
        seed.extend(leaf_hash(&[1]).as_bytes());
        let right: Vec<Digest> = (2..size).map(|leaf| leaf_hash(&[leaf])).collect();
        let right = match right.as_slice() {
            [left, right] => Some(seawall_evidence::tree::node_hash(left, right)),
            [only] => Some(*only),
            _ => None,
        };
        seed.extend(right.iter().flat_map(|hash| *hash.as_bytes()));
        seeds.push(seed);
    }
    seeds
}

pub(super) fn body(bytes: &[u8]) {
    let mut reader = ByteReader::new(bytes);
    let (Ok(index), Ok(size), Ok(leaf)) = (reader.u8(), reader.u8(), reader.u8()) else {
        return;
    };
    let size = size % (LEAVES + 1);
    let (chunks, _) = reader.rest().as_chunks::<32>();
    let path: Vec<Digest> = chunks.iter().copied().map(Digest::from_bytes).collect();
    let (at, of) = (u64::from(index), u64::from(size));
    let hash = leaf_hash(&[leaf]);
    if verify_inclusion(at, of, &hash, &root(size), &path).is_ok() {
        assert!(index < size && leaf == index, "{leaf} at {index} of {size}");
    }
    // The old root is that of another log as soon as `leaf` is not zero.
    let old = if leaf == 0 {
        root(index.min(LEAVES))
    } else {
        hash
    };
    if verify_consistency((at, &old), (of, &root(size)), &path).is_ok() {
        let is_leaf = index == 1 && leaf == 0;
        assert!(index <= size && (leaf == 0 || is_leaf), "{index} of {size}");
    }
}
