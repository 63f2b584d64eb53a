//! The C2SP tlog-tiles layout: which tile holds which hashes, under which path, in which bytes.
//!
//! A tile at level L holds up to 256 hashes, each the root of 256^L leaves. Full tiles never change;
//! the rightmost of each level is partial and is replaced by wider ones.

use seawall_base::Digest;

use crate::tree::{empty_root, fold, node_hash};

/// Hashes in a full tile, entries in a full bundle.
pub const TILE_WIDTH: u64 = 256;
const WIDTH: usize = 256;
const HASH_BYTES: usize = 32;

/// Which tile: its level and its place within the level.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct TileId {
    /// Level, 0 for leaf hashes.
    pub level: u8,
    /// Place within the level, from 0.
    pub index: u64,
}

/// The bytes are not a tile or an entry bundle of the wanted width.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a tile of {0} hashes or entries")]
pub struct TileError(pub usize);

/// The tiles of a growing tree: hands out each tile once it is full, keeps the partial ones.
#[derive(Clone, Debug, Default)]
pub struct TileBuilder {
    size: u64,
    levels: Vec<Vec<Digest>>,
}

/// A tile with its content.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tile {
    /// Which tile.
    pub id: TileId,
    /// Its hashes, 1 to 256.
    pub hashes: Vec<Digest>,
}

impl TileId {
    /// Path of the tile with `width` hashes below the log's prefix.
    #[must_use]
    pub fn path(self, width: usize) -> String {
        format!("tile/{}/{}", self.level, place(self.index, width))
    }

    /// Hashes that this tile holds in a tree of `size` leaves: 256 when full, 0 when not there yet.
    #[must_use]
    pub fn width(self, size: u64) -> usize {
        let hashes = size
            .checked_shr(8 * u32::from(self.level))
            .unwrap_or_default();
        let width = hashes.saturating_sub(self.index.saturating_mul(TILE_WIDTH));
        usize::try_from(width.min(TILE_WIDTH)).unwrap_or(WIDTH)
    }
}

/// Path of the entry bundle with `width` entries below the log's prefix.
#[must_use]
pub fn bundle_path(index: u64, width: usize) -> String {
    format!("tile/entries/{}", place(index, width))
}

/// `x001/x234/067` for 1234067, with `.p/W` where the tile is partial.
fn place(index: u64, width: usize) -> String {
    let mut text = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        text = format!("x{:03}/{text}", rest % 1000);
        rest /= 1000;
    }
    if width < WIDTH {
        text.push_str(&format!(".p/{width}"));
    }
    text
}

impl Tile {
    /// The bytes of the tile.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.hashes
            .iter()
            .flat_map(|hash| *hash.as_bytes())
            .collect()
    }

    /// Reads a tile that must hold exactly `width` hashes.
    ///
    /// # Errors
    /// When it does not.
    pub fn decode(id: TileId, bytes: &[u8], width: usize) -> Result<Self, TileError> {
        let (chunks, rest) = bytes.as_chunks::<HASH_BYTES>();
        if chunks.len() != width || !rest.is_empty() {
            return Err(TileError(width));
        }
        let hashes = chunks.iter().copied().map(Digest::from_bytes).collect();
        Ok(Self { id, hashes })
    }

    /// Root of the subtree of `2^height` hashes that starts at hash `offset`; `None` when the tile
    /// does not hold all of them.
    #[must_use]
    pub fn subtree(&self, offset: usize, height: u32) -> Option<Digest> {
        let count = 1_usize.checked_shl(height)?;
        let hashes = self.hashes.get(offset..offset.checked_add(count)?)?;
        Some(complete_root(hashes))
    }
}

/// Root over a power of two of hashes.
fn complete_root(hashes: &[Digest]) -> Digest {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row
            .as_chunks::<2>()
            .0
            .iter()
            .map(|[left, right]| node_hash(left, right))
            .collect();
    }
    row.pop().unwrap_or_else(empty_root)
}

impl TileBuilder {
    /// The tiles of the tree without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Continues from the partial tiles of a tree of `size` leaves. `partial` returns the hashes of
    /// the rightmost tile of a level, as many as [`TileId::width`] says.
    ///
    /// # Errors
    /// When `partial` fails.
    pub fn resume<E>(
        size: u64,
        mut partial: impl FnMut(TileId, usize) -> Result<Vec<Digest>, E>,
    ) -> Result<Self, E> {
        let mut levels = Vec::new();
        let (mut level, mut hashes) = (0, size);
        while hashes > 0 {
            let index = hashes / TILE_WIDTH;
            let width = usize::try_from(hashes % TILE_WIDTH).unwrap_or_default();
            levels.push(if width == 0 {
                Vec::new()
            } else {
                partial(TileId { level, index }, width)?
            });
            hashes = index;
            level += 1;
        }
        Ok(Self { size, levels })
    }

    /// Adds a leaf hash; `full` is given each tile that it completes, lowest level first.
    pub fn push(&mut self, leaf: Digest, mut full: impl FnMut(Tile)) {
        let mut hash = leaf;
        let mut number = self.size;
        self.size += 1;
        let mut level = 0;
        loop {
            if self.levels.len() <= usize::from(level) {
                self.levels.push(Vec::with_capacity(WIDTH));
            }
            let Some(row) = self.levels.get_mut(usize::from(level)) else {
                return;
            };
            row.push(hash);
            if row.len() < WIDTH {
                return;
            }
            let hashes = std::mem::replace(row, Vec::with_capacity(WIDTH));
            hash = complete_root(&hashes);
            number /= TILE_WIDTH;
            full(Tile {
                id: TileId {
                    level,
                    index: number,
                },
                hashes,
            });
            level += 1;
        }
    }

    /// Number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The partial tiles as they stand, without the empty ones.
    pub fn partial(&self) -> impl Iterator<Item = Tile> {
        let mut hashes = self.size;
        self.levels
            .iter()
            .zip(0_u8..)
            .filter_map(move |(row, level)| {
                hashes /= TILE_WIDTH;
                (!row.is_empty()).then(|| Tile {
                    id: TileId {
                        level,
                        index: hashes,
                    },
                    hashes: row.clone(),
                })
            })
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Digest {
        let mut roots = Vec::new();
        for row in self.levels.iter().rev() {
            let mut rest = row.as_slice();
            while !rest.is_empty() {
                let count = 1 << rest.len().ilog2();
                let (complete, after) = rest.split_at(count);
                roots.push(complete_root(complete));
                rest = after;
            }
        }
        fold(&roots).unwrap_or_else(empty_root)
    }
}

/// Writes entries as an entry bundle. Entries longer than 65,535 bytes have no form there.
///
/// # Errors
/// When an entry is too long.
pub fn encode_bundle<'a>(
    entries: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<u8>, TileError> {
    let mut bytes = Vec::new();
    for entry in entries {
        let length = u16::try_from(entry.len()).map_err(|_| TileError(1))?;
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    Ok(bytes)
}

/// Reads an entry bundle that must hold exactly `width` entries.
///
/// # Errors
/// When it does not.
pub fn decode_bundle(bytes: &[u8], width: usize) -> Result<Vec<&[u8]>, TileError> {
    let mut entries = Vec::with_capacity(width.min(WIDTH));
    let mut rest = bytes;
    while let Some((length, after)) = rest.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes(*length));
        let (entry, after) = after.split_at_checked(length).ok_or(TileError(width))?;
        entries.push(entry);
        rest = after;
    }
    if rest.is_empty() && entries.len() == width {
        Ok(entries)
    } else {
        Err(TileError(width))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::tree::{Frontier, leaf_hash};

    #[test]
    fn paths_are_those_of_the_specification() {
        let id = |level, index| TileId { level, index };
        assert_eq!(id(0, 0).path(256), "tile/0/000");
        assert_eq!(id(3, 1_234_067).path(256), "tile/3/x001/x234/067");
        assert_eq!(id(1, 273).path(40), "tile/1/273.p/40");
        assert_eq!(bundle_path(1_000, 1), "tile/entries/x001/000.p/1");
    }

    #[test]
    fn builder_frontier_and_resumed_builder_agree() {
        let mut frontier = Frontier::new();
        let mut builder = TileBuilder::new();
        let mut full = BTreeMap::new();
        for number in 0_u32..66_000 {
            let leaf = leaf_hash(&number.to_be_bytes());
            frontier.push(leaf);
            builder.push(leaf, |tile| {
                full.insert(tile.id, tile.hashes);
            });
            if number % 997 == 0 || (65_500..65_600).contains(&number) {
                assert_eq!(builder.root(), frontier.root(), "{number}");
                assert_eq!(resumed(&builder).root(), frontier.root());
            }
        }
        assert_eq!(full.len(), 66_000 / 256 + 1);
        assert_eq!(TileId { level: 1, index: 0 }.width(66_000), 256);
        assert_eq!(TileId { level: 2, index: 0 }.width(66_000), 1);
    }

    fn resumed(builder: &TileBuilder) -> TileBuilder {
        let parts: BTreeMap<_, _> = builder.partial().map(|t| (t.id, t.hashes)).collect();
        TileBuilder::resume(builder.size(), |id, width| {
            assert_eq!(id.width(builder.size()), width);
            parts.get(&id).cloned().ok_or(())
        })
        .unwrap()
    }

    proptest! {
        #[test]
        fn bundles_read_back(entries in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..20), 0..20)) {
            let bytes = encode_bundle(entries.iter().map(Vec::as_slice)).unwrap();
            prop_assert_eq!(decode_bundle(&bytes, entries.len()).unwrap(), entries.iter().map(Vec::as_slice).collect::<Vec<_>>());
            prop_assert!(decode_bundle(&bytes, entries.len() + 1).is_err());
        }

        #[test]
        fn decode_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..100), width in 0_usize..5) {
            drop(decode_bundle(&bytes, width));
            drop(Tile::decode(TileId { level: 0, index: 0 }, &bytes, width));
        }
    }
}
