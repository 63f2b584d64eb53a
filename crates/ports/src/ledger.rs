//! The evidence ledger as services see it: append, read, prove.

use seawall_base::Digest;
use seawall_evidence::{Draft, Entry, EntryError};

use crate::BoxFuture;

/// An append-only, verifiable log of evidence.
pub trait Ledger: Send + Sync {
    /// Appends `drafts` in order and resolves once all of them are durable.
    ///
    /// Numbers them before they wait, so that a refused append leaves a visible gap in the source's
    /// sequence. Waiting callers are committed together, so concurrency is cheap.
    ///
    /// # Errors
    /// [`LedgerError::Busy`] at once when the queue is full; others when nothing was written.
    fn append(&self, drafts: Vec<Draft>) -> BoxFuture<'_, Result<Vec<Position>, LedgerError>>;

    /// Reads up to `limit` entries from index `from` on, oldest first; fewer at the end.
    ///
    /// # Errors
    /// When stored entries cannot be read.
    fn entries(&self, from: u64, limit: usize) -> BoxFuture<'_, Result<Vec<Record>, LedgerError>>;

    /// Number of durable entries.
    fn size(&self) -> u64;

    /// The newest signed checkpoint, as the text of a C2SP signed note.
    ///
    /// # Errors
    /// When it cannot be read.
    fn checkpoint(&self) -> BoxFuture<'_, Result<String, LedgerError>>;

    /// Proves that the entry at `index` is in the tree of the first `size` entries.
    ///
    /// # Errors
    /// When `index >= size` or `size` exceeds the ledger.
    fn inclusion(&self, index: u64, size: u64) -> BoxFuture<'_, Result<Inclusion, LedgerError>>;

    /// Proves that the tree of the first `old` entries is a prefix of that of the first `new`.
    ///
    /// # Errors
    /// When `old > new` or `new` exceeds the ledger.
    fn consistency(&self, old: u64, new: u64) -> BoxFuture<'_, Result<Vec<Digest>, LedgerError>>;
}

/// Where an appended entry stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Position {
    /// Index in the ledger, from 0.
    pub index: u64,
    /// Number within the source.
    pub sequence: u64,
    /// RFC 6962 leaf hash of the entry.
    pub leaf: Digest,
}

/// A stored entry: its index and its bytes as they were appended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record {
    /// Index in the ledger, from 0.
    pub index: u64,
    /// The leaf data.
    pub bytes: Vec<u8>,
}

/// An inclusion proof with what it is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Inclusion {
    /// Index of the entry.
    pub index: u64,
    /// Size of the tree that it is proved against.
    pub size: u64,
    /// Leaf hash of the entry.
    pub leaf: Digest,
    /// Root of that tree.
    pub root: Digest,
    /// The audit path, leaf to root.
    pub path: Vec<Digest>,
}

/// Why the ledger did not do what was asked.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The queue of waiting appends is full; nothing was written.
    #[error("the ledger's queue is full")]
    Busy,
    /// The ledger is closing or its writer stopped after a fault.
    #[error("the ledger takes no more entries")]
    Closed,
    /// An entry has no wire form; nothing was written.
    #[error("an entry cannot be written")]
    Entry(#[source] EntryError),
    /// The disk refused, such as a full one. What was not acknowledged may or may not be there.
    #[error("the ledger could not be written: {0}")]
    Storage(String),
    /// What was asked for lies outside the ledger.
    #[error("index or size {asked} lies outside the ledger of {size} entries")]
    OutOfRange {
        /// The index or size.
        asked: u64,
        /// Size of the ledger.
        size: u64,
    },
    /// Stored data does not hold together.
    #[error("the ledger is damaged: {0}")]
    Damaged(String),
}

impl Record {
    /// Reads the entry.
    ///
    /// # Errors
    /// When the bytes are not an entry of any version that this one can read.
    pub fn entry(&self) -> Result<Entry, EntryError> {
        Entry::decode(&self.bytes)
    }
}
