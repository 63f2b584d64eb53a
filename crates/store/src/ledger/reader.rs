//! The ledger as anyone with the folder sees it: read-only, without the lock, up to the newest
//! checkpoint, even beside a running process.

use std::path::{Path, PathBuf};

use seawall_base::Digest;
use seawall_crypto::note::NoteVerifier;
use seawall_evidence::checkpoint::Checkpoint;
use seawall_evidence::proof::{ProofError, Prover};
use seawall_evidence::tile::{Tile, bundle_path};
use seawall_evidence::tree::leaf_hash;
use seawall_evidence::verify::{Audit, Auditor};
use seawall_oversight::DecisionAudit;
use seawall_ports::{Inclusion, Record};

use super::files::{FULL, LogFiles, records};
use crate::error::StoreError;
use crate::signer;

/// Entries that are read at a time.
const CHUNK: usize = 4_096;

/// How often a checkpoint is read again when the files it needs were replaced meanwhile.
const TRIES: usize = 5;

/// A signed state of a ledger. Entries that came after it are not seen.
#[derive(Debug)]
pub struct LogReader {
    files: LogFiles,
    verifier: NoteVerifier,
    checkpoint: Checkpoint,
    note: String,
}

/// What a full verification found.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The checkpoint that holds.
    pub checkpoint: Checkpoint,
    /// Who signed it, as a verifier key.
    pub signer: String,
    /// What the entries amount to.
    pub audit: Audit,
}

impl LogReader {
    /// Opens the ledger of a state folder at its newest checkpoint. With `trusted`, only a
    /// checkpoint by that key will do; else the key beside the ledger decides.
    ///
    /// # Errors
    /// When there is no ledger or its checkpoint cannot be trusted.
    pub fn open(dir: &Path, trusted: Option<&NoteVerifier>) -> Result<Self, StoreError> {
        let verifier = match trusted {
            Some(trusted) => trusted.clone(),
            None => signer::load_verifier(dir)?,
        };
        let files = LogFiles::new(&dir.join("ledger"));
        let path = files.checkpoint_path();
        let note = files
            .checkpoint()?
            .ok_or_else(|| StoreError::Missing(path.clone()))?;
        let checkpoint = Checkpoint::open(&note, &verifier)
            .map_err(|source| StoreError::Checkpoint { path, source })?;
        Ok(Self {
            files,
            verifier,
            checkpoint,
            note,
        })
    }

    /// Verifies every entry and every tile of a state folder's ledger.
    ///
    /// # Errors
    /// Says what does not hold.
    pub fn verify(dir: &Path, trusted: Option<&NoteVerifier>) -> Result<Verified, StoreError> {
        let mut tries = 1;
        loop {
            let reader = Self::open(dir, trusted)?;
            match reader.audit() {
                // A running process replaces partial tiles; a newer checkpoint has newer ones.
                Err(StoreError::Missing(_)) if tries < TRIES && !reader.is_newest()? => tries += 1,
                Err(error) => return Err(error),
                Ok(audit) => {
                    return Ok(Verified {
                        signer: reader.verifier.to_string(),
                        checkpoint: reader.checkpoint,
                        audit,
                    });
                }
            }
        }
    }

    /// Checks the decisions of a state folder's ledger up to the newest checkpoint: each about a call
    /// that was held, once, with a receipt that verifies.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub fn decisions(
        dir: &Path,
        trusted: Option<&NoteVerifier>,
    ) -> Result<DecisionAudit, StoreError> {
        let reader = Self::open(dir, trusted)?;
        let mut audit = DecisionAudit::new(signer::receipts_verifier(dir)?);
        let mut from = 0;
        while from < reader.checkpoint.size {
            let records = reader.entries(from, CHUNK)?;
            let Some(last) = records.last() else { break };
            from = last.index + 1;
            // An entry that cannot be read is none of a kind that is known here.
            for (index, entry) in records
                .iter()
                .filter_map(|record| Some((record.index, record.entry().ok()?)))
            {
                audit.push(index, &entry);
            }
        }
        Ok(audit)
    }

    /// The checkpoint that this reader stands on.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The checkpoint as a signed note.
    #[must_use]
    pub fn note(&self) -> &str {
        &self.note
    }

    /// Who signed the checkpoint, as a verifier key.
    #[must_use]
    pub fn signer(&self) -> String {
        self.verifier.to_string()
    }

    /// Reads up to `limit` entries from index `from` on, oldest first.
    ///
    /// # Errors
    /// When a bundle is missing or damaged.
    pub fn entries(&self, from: u64, limit: usize) -> Result<Vec<Record>, StoreError> {
        let size = self.checkpoint.size;
        let to = from.saturating_add(limit as u64).min(size);
        records(from, to, |bundle| {
            self.files.bundle(bundle, width(bundle, size))
        })
    }

    /// Proves that the entry at `index` is in the tree that the checkpoint was signed over; `None`
    /// when that tree is smaller.
    ///
    /// # Errors
    /// When a tile or the entry's bundle is missing or damaged.
    pub fn inclusion(&self, index: u64) -> Result<Option<(Record, Inclusion)>, StoreError> {
        let size = self.checkpoint.size;
        let mut prover = Prover::new(size, |id, width| self.files.tile(id, width));
        let path = match prover.inclusion(index, size) {
            Ok(path) => path,
            Err(ProofError::OutOfRange) => return Ok(None),
            Err(error) => return Err(self.proof_error(error)),
        };
        let Some(record) = self.entries(index, 1)?.pop() else {
            return Ok(None);
        };
        let inclusion = Inclusion {
            index,
            size,
            leaf: leaf_hash(&record.bytes),
            root: self.checkpoint.root,
            path,
        };
        Ok(Some((record, inclusion)))
    }

    /// Proves that the first `old` entries are unchanged in the tree of the checkpoint; `None` when
    /// that tree is smaller.
    ///
    /// # Errors
    /// When a tile is missing or damaged.
    pub fn consistency(&self, old: u64) -> Result<Option<Vec<Digest>>, StoreError> {
        let size = self.checkpoint.size;
        let mut prover = Prover::new(size, |id, width| self.files.tile(id, width));
        match prover.consistency(old, size) {
            Ok(path) => Ok(Some(path)),
            Err(ProofError::OutOfRange) => Ok(None),
            Err(error) => Err(self.proof_error(error)),
        }
    }

    fn proof_error(&self, error: ProofError<StoreError>) -> StoreError {
        match error {
            ProofError::Tile(error) => error,
            other => StoreError::tampered(&self.files.path("tile"), other.to_string()),
        }
    }

    fn is_newest(&self) -> Result<bool, StoreError> {
        Ok(self.files.checkpoint()?.as_deref() == Some(self.note.as_str()))
    }

    fn audit(&self) -> Result<Audit, StoreError> {
        let size = self.checkpoint.size;
        let mut auditor = Auditor::new();
        let mut tiles: Vec<Tile> = Vec::new();
        for bundle in 0..size.div_ceil(FULL as u64) {
            let entries = self.files.bundle(bundle, width(bundle, size))?;
            for entry in &entries {
                auditor.push(entry, |tile| tiles.push(tile));
            }
            for tile in tiles.drain(..) {
                self.compare(&tile)?;
            }
            if auditor.size() < size && entries.len() < FULL {
                let path = self.files.path(&bundle_path(bundle, FULL));
                return Err(StoreError::tampered(&path, "it holds too few entries"));
            }
        }
        for tile in auditor.partial() {
            self.compare(&tile)?;
        }
        auditor.finish(&self.checkpoint).map_err(StoreError::Audit)
    }

    fn compare(&self, expected: &Tile) -> Result<(), StoreError> {
        let width = expected.hashes.len();
        if self.files.tile(expected.id, width)? == *expected {
            return Ok(());
        }
        let path: PathBuf = self.files.path(&expected.id.path(width));
        Err(StoreError::tampered(
            &path,
            "its hashes are not those of the entries",
        ))
    }
}

/// Entries of a bundle in a log of `size` entries.
fn width(bundle: u64, size: u64) -> usize {
    let left = size.saturating_sub(bundle.saturating_mul(FULL as u64));
    usize::try_from(left).unwrap_or(FULL).min(FULL)
}
