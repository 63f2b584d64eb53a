//! Opening a ledger: the journal and the tiles must hold what the last checkpoint was signed over.
//!
//! Nothing is written before that is certain. Then the unfinished end of the journal is set aside,
//! tiles that a crash swallowed are made again, and the writer continues.

use std::path::Path;

use seawall_base::{Clock, Timestamp};
use seawall_crypto::note::{NoteSigner, NoteVerifier};
use seawall_evidence::checkpoint::Checkpoint;
use seawall_evidence::tile::{Tile, TileId, bundle_path};
use seawall_evidence::tree::leaf_hash;

use super::files::{FULL, LogFiles};
use super::journal::{self, Content};
use super::view::{Completed, View};
use super::writer::sign;
use crate::error::StoreError;
use crate::file::{self, Durability};

/// A ledger that was found sound.
#[derive(Debug)]
pub(super) struct Recovered {
    /// Its tree.
    pub(super) view: View,
    /// Its journal.
    pub(super) content: Content,
    /// Files that must be made again from the journal.
    pub(super) missing: Vec<Completed>,
    /// Files that are there and that a crash may have left in memory only.
    pub(super) unsealed: Vec<String>,
    /// Entries that the checkpoint covers.
    pub(super) signed: u64,
}

const STEP: u64 = FULL as u64;

/// Makes an empty ledger with a signed checkpoint over nothing.
pub(crate) fn create(
    root: &Path,
    signer: &NoteSigner,
    clock: &dyn Clock,
) -> Result<(), StoreError> {
    let files = LogFiles::new(root);
    file::make_private_dir(&files.journal_dir())?;
    let note = sign(signer, &View::default(), clock)?;
    files.write_checkpoint(&note)
}

/// Reads a ledger and checks it against its last checkpoint. Writes nothing.
pub(super) fn read(
    files: &LogFiles,
    verifier: &NoteVerifier,
    audited: u64,
) -> Result<Recovered, StoreError> {
    let path = files.checkpoint_path();
    let note = files
        .checkpoint()?
        .ok_or_else(|| StoreError::Missing(path.clone()))?;
    let signed = Checkpoint::open(&note, verifier)
        .map_err(|source| StoreError::Checkpoint { path, source })?;
    let dir = files.journal_dir();
    if !dir.is_dir() {
        return Err(StoreError::Missing(dir));
    }
    let content = journal::read(&dir)?;
    let found = content.first + content.entries.len() as u64;
    if found < signed.size {
        return Err(StoreError::Truncated {
            found,
            signed: signed.size,
        });
    }
    let mut replay = Replay {
        files,
        signed: &signed,
        view: View {
            checkpoint: note,
            ..View::default()
        },
        missing: Vec::new(),
        unsealed: Vec::new(),
    };
    replay.signed_root()?;
    replay.sealed(content.first / STEP, found.saturating_sub(audited) / STEP)?;
    replay.journal(&content)?;
    Ok(Recovered {
        view: replay.view,
        missing: replay.missing,
        unsealed: replay.unsealed,
        signed: signed.size,
        content,
    })
}

/// Walks the ledger from its first entry to its last and compares on the way.
struct Replay<'a> {
    files: &'a LogFiles,
    signed: &'a Checkpoint,
    view: View,
    missing: Vec<Completed>,
    unsealed: Vec<String>,
}

impl Replay<'_> {
    /// Adds the full tiles below the journal; from bundle `audited` on, their entries too.
    fn sealed(&mut self, bundles: u64, audited: u64) -> Result<(), StoreError> {
        for index in 0..bundles {
            let id = TileId { level: 0, index };
            let tile = self.files.tile(id, FULL)?;
            if index >= audited {
                self.audit(&tile)?;
            }
            for hash in tile.hashes {
                self.view.tiles.push(hash, drop);
                self.signed_root()?;
            }
        }
        Ok(())
    }

    /// Compares the entries of a bundle with the tile of their hashes.
    fn audit(&self, tile: &Tile) -> Result<(), StoreError> {
        let entries = self.files.bundle(tile.id.index, FULL)?;
        let hashes = entries.iter().map(|entry| leaf_hash(entry));
        if hashes.eq(tile.hashes.iter().copied()) {
            return Ok(());
        }
        Err(StoreError::tampered(
            &self.files.path(&bundle_path(tile.id.index, FULL)),
            "its entries do not have the hashes of their tile",
        ))
    }

    /// Adds the entries of the journal, and of the bundle that it begins in.
    fn journal(&mut self, content: &Content) -> Result<(), StoreError> {
        let before = usize::try_from(content.first % STEP).unwrap_or_default();
        if before > 0 {
            let bundle = self.files.bundle(content.first / STEP, FULL)?;
            for entry in bundle.iter().take(before) {
                self.push(entry)?;
            }
        }
        for entry in &content.entries {
            self.push(entry)?;
        }
        Ok(())
    }

    fn push(&mut self, entry: &[u8]) -> Result<(), StoreError> {
        let mut completed = Vec::new();
        self.view.push(entry, |file| completed.push(file));
        self.signed_root()?;
        for (relative, bytes) in completed {
            let found = self.files.raw(&relative)?;
            match found {
                Some(found) if found == bytes => self.unsealed.push(relative),
                // A crash can leave a file short or blank; anything else was put there.
                Some(found) if found.len() >= bytes.len() && found.iter().any(|b| *b != 0) => {
                    return Err(StoreError::tampered(
                        &self.files.path(&relative),
                        "it differs from the journal",
                    ));
                }
                _ => self.missing.push((relative, bytes)),
            }
        }
        Ok(())
    }

    /// Compares the root where the tree has the size that was signed.
    fn signed_root(&self) -> Result<(), StoreError> {
        if self.view.size() == self.signed.size && self.view.tiles.root() != self.signed.root {
            return Err(StoreError::tampered(
                &self.files.checkpoint_path(),
                format!(
                    "the first {} entries are not those that were signed",
                    self.signed.size
                ),
            ));
        }
        Ok(())
    }
}

/// Sets the unfinished end of the journal aside and makes missing files again. Returns what to tell
/// the user.
pub(super) fn repair(
    files: &LogFiles,
    recovered: &Recovered,
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let mut notices = Vec::new();
    let torn = &recovered.content.torn;
    if !torn.is_empty() {
        let name = format!("{:020}-{}.bin", recovered.view.size(), now.as_millisecond());
        let path = files.torn_dir().join(name);
        file::replace(&path, torn, Durability::Now)?;
        notices.push(format!(
            "the last write was cut short: {} bytes that were never acknowledged were set aside in {}",
            torn.len(),
            path.display()
        ));
    }
    for (relative, bytes) in &recovered.missing {
        file::replace(&files.path(relative), bytes, Durability::Now)?;
    }
    for relative in &recovered.unsealed {
        let path = files.path(relative);
        let folder = path.parent().unwrap_or(&path);
        file::sync(&path)
            .and_then(|()| file::sync(folder))
            .map_err(StoreError::io("sync", &path))?;
    }
    Ok(notices)
}
