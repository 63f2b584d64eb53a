//! The ledger as files: a journal that makes appends durable, tiles that make them provable.
//!
//! One thread writes. It takes all appends that wait, writes them to the journal as one batch, syncs
//! once, adds them to the tree and acknowledges. At least every second it signs a checkpoint. Tiles
//! can be made again from the journal until they are synced themselves, so they cost no sync before
//! an acknowledgement.

mod files;
mod journal;
mod live;
mod queue;
mod reader;
mod recovery;
mod sealer;
mod view;
mod writer;

use std::time::Duration;

pub use self::reader::{LogReader, Verified};

pub(crate) use self::live::FileLedger;
pub(crate) use self::recovery::create;

/// How the ledger trades memory, latency and files.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LedgerOptions {
    /// Entries that may wait for the writer; beyond it an append is refused as busy.
    pub queue_entries_max: usize,
    /// Bytes that may wait for the writer.
    pub queue_bytes_max: usize,
    /// Entries in one batch.
    pub batch_entries_max: usize,
    /// How long an entry waits at most for a checkpoint that covers it.
    pub checkpoint_every: Duration,
    /// Bytes after which the journal begins a new segment.
    pub segment_bytes_max: u64,
    /// Entries at the end of the ledger whose content is hashed again at every start; the hashes of
    /// all others are checked, their content by `seawall log verify`.
    pub audited_at_start: u64,
}

impl Default for LedgerOptions {
    fn default() -> Self {
        Self {
            queue_entries_max: 16_384,
            queue_bytes_max: 64 << 20,
            batch_entries_max: 4_096,
            checkpoint_every: Duration::from_millis(250),
            segment_bytes_max: 16 << 20,
            audited_at_start: 131_072,
        }
    }
}
