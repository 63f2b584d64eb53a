//! A ledger that keeps entries in memory and can be told to fail.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use seawall_base::Digest;
use seawall_evidence::{Draft, Entry, Kind};
use seawall_ports::{BoxFuture, Inclusion, Ledger, LedgerError, Position, Record};
use tokio::sync::Notify;

use super::lock;

/// Entries in memory. It proves nothing: proofs are the real ledger's business.
#[derive(Debug, Default)]
pub struct MemoryLedger {
    entries: Mutex<Vec<Entry>>,
    broken: AtomicBool,
    appended: Notify,
}

impl MemoryLedger {
    /// From now on every append fails, or no longer does.
    pub fn set_broken(&self, broken: bool) {
        self.broken.store(broken, Ordering::SeqCst);
    }

    /// The entries of one kind.
    #[must_use]
    pub fn of_kind(&self, kind: &Kind) -> Vec<Entry> {
        let entries = lock(&self.entries);
        let found = entries.iter().filter(|entry| entry.kind == *kind);
        found.cloned().collect()
    }

    /// Waits until there are `count` entries of one kind; the caller brings the time limit.
    pub async fn wait_for(&self, kind: &Kind, count: usize) -> Vec<Entry> {
        loop {
            let appended = self.appended.notified();
            let found = self.of_kind(kind);
            if found.len() >= count {
                return found;
            }
            appended.await;
        }
    }

    pub(super) fn add(&self, drafts: Vec<Draft>) -> Result<Vec<Position>, LedgerError> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(LedgerError::Storage("told to fail".to_owned()));
        }
        let mut entries = lock(&self.entries);
        let mut positions = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let index = u64::try_from(entries.len()).unwrap_or(u64::MAX);
            let entry = draft.into_entry("memory".to_owned(), index);
            let bytes = entry.encode().map_err(LedgerError::Entry)?;
            positions.push(Position {
                index,
                sequence: index,
                leaf: Digest::of(&bytes),
            });
            entries.push(entry);
        }
        drop(entries);
        self.appended.notify_waiters();
        Ok(positions)
    }
}

impl Ledger for MemoryLedger {
    fn append(&self, drafts: Vec<Draft>) -> BoxFuture<'_, Result<Vec<Position>, LedgerError>> {
        let added = self.add(drafts);
        Box::pin(async move { added })
    }

    fn entries(&self, from: u64, limit: usize) -> BoxFuture<'_, Result<Vec<Record>, LedgerError>> {
        let entries = lock(&self.entries).clone();
        let numbered = (0u64..)
            .zip(entries)
            .skip_while(move |(index, _)| *index < from);
        let records = numbered.take(limit).map(|(index, entry)| {
            let bytes = entry.encode().map_err(LedgerError::Entry)?;
            Ok(Record { index, bytes })
        });
        let records: Result<Vec<_>, _> = records.collect();
        Box::pin(async move { records })
    }

    fn size(&self) -> u64 {
        u64::try_from(lock(&self.entries).len()).unwrap_or(u64::MAX)
    }

    fn checkpoint(&self) -> BoxFuture<'_, Result<String, LedgerError>> {
        Box::pin(async { Err(LedgerError::Closed) })
    }

    fn inclusion(&self, _: u64, _: u64) -> BoxFuture<'_, Result<Inclusion, LedgerError>> {
        Box::pin(async { Err(LedgerError::Closed) })
    }

    fn consistency(&self, _: u64, _: u64) -> BoxFuture<'_, Result<Vec<Digest>, LedgerError>> {
        Box::pin(async { Err(LedgerError::Closed) })
    }
}
