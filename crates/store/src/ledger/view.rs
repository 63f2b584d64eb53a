//! What the writer shares with readers of the live ledger: its size, its right edge, its checkpoint.

use std::sync::Arc;

use seawall_evidence::proof::Prover;
use seawall_evidence::tile::{Tile, TileBuilder, TileId, bundle_path, encode_bundle};
use seawall_evidence::tree::leaf_hash;

use super::files::{FULL, LogFiles};
use crate::error::StoreError;

/// The state of the tree after a batch. Full tiles and bundles are on the disk, the rest is here.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    /// The tree with its partial tiles.
    pub(super) tiles: TileBuilder,
    /// The entries of the partial bundle.
    pub(super) tail: Vec<Arc<[u8]>>,
    /// The newest checkpoint, as a note.
    pub(super) checkpoint: String,
}

/// A file that a batch completed: where it belongs and what it holds.
pub(super) type Completed = (String, Vec<u8>);

impl View {
    /// Number of entries.
    pub(super) const fn size(&self) -> u64 {
        self.tiles.size()
    }

    /// Adds an entry; `completed` is given the files that it completes.
    pub(super) fn push(&mut self, entry: &[u8], mut completed: impl FnMut(Completed)) {
        let bundle = self.size() / FULL as u64;
        self.tiles.push(leaf_hash(entry), |tile| {
            completed((tile.id.path(FULL), tile.encode()));
        });
        self.tail.push(entry.into());
        if self.tail.len() == FULL {
            completed((bundle_path(bundle, FULL), bundle_bytes(&self.tail)));
            self.tail.clear();
        }
    }

    /// The partial files that a checkpoint over this view needs.
    pub(super) fn partial(&self) -> Vec<Completed> {
        let mut files: Vec<Completed> = self
            .tiles
            .partial()
            .map(|tile| (tile.id.path(tile.hashes.len()), tile.encode()))
            .collect();
        if !self.tail.is_empty() {
            let index = self.size() / FULL as u64;
            files.push((
                bundle_path(index, self.tail.len()),
                bundle_bytes(&self.tail),
            ));
        }
        files
    }

    /// A prover over this view: the right edge from memory, everything else from `files`.
    pub(super) fn prover<'a>(
        &self,
        files: &'a LogFiles,
    ) -> Prover<impl FnMut(TileId, usize) -> Result<Tile, StoreError> + 'a> {
        let edge: Vec<Tile> = self.tiles.partial().collect();
        Prover::new(self.size(), move |id, width| {
            edge.iter()
                .find(|tile| tile.id == id)
                .map_or_else(|| files.tile(id, width), |tile| Ok(tile.clone()))
        })
    }
}

/// Entries are at most 65,535 bytes when they come here, so the bundle always has a form.
fn bundle_bytes(entries: &[Arc<[u8]>]) -> Vec<u8> {
    encode_bundle(entries.iter().map(AsRef::as_ref)).unwrap_or_default()
}
