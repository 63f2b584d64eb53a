//! The bounded queue between appenders and the writer. Numbers entries as they come in.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use seawall_evidence::Draft;
use seawall_ports::{LedgerError, Position};
use tokio::sync::oneshot;

use super::LedgerOptions;

/// What the writer answers.
pub(super) type Answer = Result<Vec<Position>, LedgerError>;

/// One append that waits.
#[derive(Debug)]
pub(super) struct Pending {
    /// The encoded entries.
    pub(super) entries: Vec<Vec<u8>>,
    /// Number of the first one within the source.
    pub(super) sequence: u64,
    /// Where the answer goes.
    pub(super) done: oneshot::Sender<Answer>,
}

/// The queue.
#[derive(Debug)]
pub(super) struct Queue {
    inner: Mutex<Inner>,
    wake: Condvar,
    source: String,
    options: LedgerOptions,
}

#[derive(Debug)]
struct Inner {
    waiting: VecDeque<Pending>,
    entries: usize,
    bytes: usize,
    next_sequence: u64,
    closing: bool,
    failed: Option<LedgerError>,
}

/// What the writer does next.
#[derive(Debug)]
pub(super) enum Work {
    /// Write these together.
    Batch(Vec<Pending>),
    /// Nothing came in time.
    Idle,
    /// Nothing waits and nothing more will come.
    Closed,
}

impl Queue {
    pub(super) fn new(source: String, next_sequence: u64, options: LedgerOptions) -> Self {
        Self {
            inner: Mutex::new(Inner {
                waiting: VecDeque::new(),
                entries: 0,
                bytes: 0,
                next_sequence,
                closing: false,
                failed: None,
            }),
            wake: Condvar::new(),
            source,
            options,
        }
    }

    /// Numbers and encodes `drafts` and lets them wait. The order of numbers is the order of waiting.
    pub(super) fn push(
        &self,
        drafts: Vec<Draft>,
    ) -> Result<oneshot::Receiver<Answer>, LedgerError> {
        let mut inner = self.lock();
        if let Some(error) = &inner.failed {
            return Err(error.clone());
        }
        if inner.closing {
            return Err(LedgerError::Closed);
        }
        let (sequence, count) = (inner.next_sequence, drafts.len());
        if inner.entries.saturating_add(count) > self.options.queue_entries_max
            || inner.bytes > self.options.queue_bytes_max
        {
            // The numbers are spent: the gap says that something was refused.
            inner.next_sequence = sequence.saturating_add(count as u64);
            return Err(LedgerError::Busy);
        }
        let mut entries = Vec::with_capacity(count);
        for (draft, number) in drafts.into_iter().zip(sequence..) {
            let entry = draft.into_entry(self.source.clone(), number);
            entries.push(entry.encode().map_err(LedgerError::Entry)?);
        }
        inner.next_sequence = sequence.saturating_add(count as u64);
        inner.entries += count;
        inner.bytes += entries.iter().map(Vec::len).sum::<usize>();
        let (done, answer) = oneshot::channel();
        inner.waiting.push_back(Pending {
            entries,
            sequence,
            done,
        });
        self.wake.notify_one();
        Ok(answer)
    }

    /// Waits for appends, at most `patience` where it is given.
    pub(super) fn next(&self, patience: Option<Duration>) -> Work {
        let mut inner = self.lock();
        while inner.waiting.is_empty() {
            if inner.closing {
                return Work::Closed;
            }
            let Some(patience) = patience else {
                inner = self
                    .wake
                    .wait(inner)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            // Woken for nothing, the writer looks at its checkpoint and comes back.
            inner = self
                .wake
                .wait_timeout(inner, patience)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            if inner.waiting.is_empty() && !inner.closing {
                return Work::Idle;
            }
        }
        let mut batch = Vec::new();
        let mut count = 0;
        while let Some(pending) = inner.waiting.front() {
            count += pending.entries.len();
            if !batch.is_empty() && count > self.options.batch_entries_max {
                break;
            }
            let Some(pending) = inner.waiting.pop_front() else {
                break;
            };
            inner.entries -= pending.entries.len();
            inner.bytes -= pending.entries.iter().map(Vec::len).sum::<usize>();
            batch.push(pending);
        }
        Work::Batch(batch)
    }

    /// Takes no more appends; what waits is still written.
    pub(super) fn close(&self) {
        self.lock().closing = true;
        self.wake.notify_all();
    }

    /// Refuses everything from now on, and answers what waits.
    pub(super) fn fail(&self, error: &LedgerError) {
        let mut inner = self.lock();
        inner.failed = Some(error.clone());
        for pending in std::mem::take(&mut inner.waiting) {
            drop(pending.done.send(Err(error.clone())));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
