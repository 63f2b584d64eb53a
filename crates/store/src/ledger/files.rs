//! Tiles, bundles and the checkpoint as files below the ledger's folder.

use std::io;
use std::path::{Path, PathBuf};

use seawall_evidence::tile::{Tile, TileId, bundle_path, decode_bundle};
use seawall_ports::Record;

use crate::error::StoreError;
use crate::file::{self, Durability};

/// Entries and hashes in a full file.
pub(super) const FULL: usize = 256;

/// The folder of a ledger.
#[derive(Clone, Debug)]
pub(super) struct LogFiles {
    root: PathBuf,
}

impl LogFiles {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
        }
    }

    pub(super) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    pub(super) fn checkpoint_path(&self) -> PathBuf {
        self.root.join("checkpoint")
    }

    pub(super) fn journal_dir(&self) -> PathBuf {
        self.root.join("journal")
    }

    pub(super) fn torn_dir(&self) -> PathBuf {
        self.root.join("torn")
    }

    /// The text of the checkpoint, or `None` where there is none.
    pub(super) fn checkpoint(&self) -> Result<Option<String>, StoreError> {
        let path = self.checkpoint_path();
        let Some(bytes) = file::read_optional(&path)? else {
            return Ok(None);
        };
        String::from_utf8(bytes)
            .map(Some)
            .map_err(|_| StoreError::tampered(&path, "it is not text"))
    }

    /// The first `width` hashes of a tile.
    pub(super) fn tile(&self, id: TileId, width: usize) -> Result<Tile, StoreError> {
        let (path, bytes) = self.read(&id.path(width), &id.path(FULL))?;
        // A full tile serves a narrower tree too; its first hashes are the same.
        let wanted = bytes.get(..width.saturating_mul(32)).unwrap_or(&bytes);
        Tile::decode(id, wanted, width)
            .map_err(|error| StoreError::tampered(&path, error.to_string()))
    }

    /// The first `width` entries of a bundle.
    pub(super) fn bundle(&self, index: u64, width: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        let partial = bundle_path(index, width);
        let (path, bytes) = self.read(&partial, &bundle_path(index, FULL))?;
        let held = if path.ends_with(&partial) {
            width
        } else {
            FULL
        };
        let entries = decode_bundle(&bytes, held)
            .map_err(|error| StoreError::tampered(&path, error.to_string()))?;
        Ok(entries
            .into_iter()
            .take(width)
            .map(<[u8]>::to_vec)
            .collect())
    }

    /// The full bundle as it lies on the disk, or `None` where there is none.
    pub(super) fn raw(&self, relative: &str) -> Result<Option<Vec<u8>>, StoreError> {
        file::read_optional(&self.path(relative))
    }

    fn read(&self, partial: &str, full: &str) -> Result<(PathBuf, Vec<u8>), StoreError> {
        for relative in [partial, full] {
            let path = self.path(relative);
            match file::read(&path) {
                Ok(bytes) => return Ok((path, bytes)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(StoreError::io("read", &path)(error)),
            }
        }
        Err(StoreError::Missing(self.path(partial)))
    }

    /// Writes a file that the journal can make again.
    pub(super) fn write(&self, relative: &str, bytes: &[u8]) -> Result<PathBuf, StoreError> {
        let path = self.path(relative);
        file::replace(&path, bytes, Durability::Later)?;
        Ok(path)
    }

    /// Replaces the checkpoint, synced.
    pub(super) fn write_checkpoint(&self, note: &str) -> Result<(), StoreError> {
        file::replace(&self.checkpoint_path(), note.as_bytes(), Durability::Now)
    }
}

/// The records `from..to`, bundle by bundle; `bundle` reads one, as wide as it is.
pub(super) fn records<E>(
    from: u64,
    to: u64,
    mut bundle: impl FnMut(u64) -> Result<Vec<Vec<u8>>, E>,
) -> Result<Vec<Record>, E> {
    let mut records = Vec::new();
    let mut index = from;
    while index < to {
        let offset = usize::try_from(index % FULL as u64).unwrap_or_default();
        let entries = bundle(index / FULL as u64)?;
        let before = index;
        records.extend(
            entries
                .into_iter()
                .skip(offset)
                .zip(index..to)
                .map(|(bytes, index)| Record { index, bytes }),
        );
        index = from.saturating_add(records.len() as u64);
        if index == before {
            break;
        }
    }
    Ok(records)
}
