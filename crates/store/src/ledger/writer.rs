//! The thread that writes: batches to the journal, files for full tiles, signed checkpoints.
#![expect(
    clippy::disallowed_methods,
    reason = "the pace of checkpoints follows the machine's monotonic clock"
)]

use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use seawall_base::Clock;
use seawall_crypto::note::NoteSigner;
use seawall_evidence::checkpoint::Checkpoint;
use seawall_evidence::tree::leaf_hash;
use seawall_ports::{LedgerError, Position};

use super::LedgerOptions;
use super::files::LogFiles;
use super::journal::{Journal, WriteError};
use super::queue::{Pending, Queue, Work};
use super::sealer::Sealer;
use super::view::View;
use crate::error::StoreError;

/// Everything that the writing thread owns.
pub(super) struct Writer {
    pub(super) files: LogFiles,
    pub(super) journal: Journal,
    pub(super) queue: Arc<Queue>,
    pub(super) view: Arc<RwLock<View>>,
    pub(super) sealer: Sealer,
    pub(super) signer: NoteSigner,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) options: LedgerOptions,
    /// Entries that the newest checkpoint covers.
    pub(super) signed: u64,
    /// Partial files of the checkpoint before the newest, still in use by readers.
    pub(super) partials: [Vec<PathBuf>; 2],
}

impl Writer {
    /// Writes until the queue is closed and empty, then signs a last checkpoint.
    pub(super) fn run(mut self) -> Result<(), StoreError> {
        // Since when entries wait for a checkpoint.
        let mut waiting_since: Option<Instant> = None;
        loop {
            let patience = waiting_since.map(|since| {
                self.options
                    .checkpoint_every
                    .saturating_sub(since.elapsed())
            });
            match self.queue.next(patience) {
                Work::Batch(batch) => self.commit(batch)?,
                Work::Idle => {}
                Work::Closed => break,
            }
            if self.signed == self.size() {
                continue;
            }
            let since = *waiting_since.get_or_insert_with(Instant::now);
            if since.elapsed() >= self.options.checkpoint_every {
                waiting_since = None;
                self.try_checkpoint();
            }
        }
        if self.signed < self.size() {
            self.checkpoint()?;
        }
        Ok(())
    }

    fn size(&self) -> u64 {
        self.view
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .size()
    }

    /// Writes one batch and answers its appenders. An error means that the ledger must stop.
    fn commit(&mut self, batch: Vec<Pending>) -> Result<(), StoreError> {
        let first = self.size();
        let mut entries = Vec::new();
        let mut answers = Vec::with_capacity(batch.len());
        for pending in batch {
            let index = first + entries.len() as u64;
            let positions = positions(&pending, index);
            entries.extend(pending.entries);
            answers.push((pending.done, positions));
        }
        match self.journal.append(first, &entries) {
            Ok(()) => {}
            Err(WriteError::Refused(error)) => {
                tracing::error!(error = %error, "the ledger refused a batch");
                let error = LedgerError::Storage(error.to_string());
                for (done, _) in answers {
                    drop(done.send(Err(error.clone())));
                }
                return Ok(());
            }
            Err(WriteError::Broken(error)) => {
                let path = self.files.journal_dir();
                return Err(self.stop(answers, StoreError::io("sync", &path)(error)));
            }
        }
        if let Err(error) = self.integrate(&entries) {
            return Err(self.stop(answers, error));
        }
        for (done, positions) in answers {
            // An appender that went away does not want the answer.
            drop(done.send(Ok(positions)));
        }
        Ok(())
    }

    fn stop(&self, answers: Vec<Answered>, error: StoreError) -> StoreError {
        tracing::error!(error = %error, "the ledger stops");
        let refusal = LedgerError::Storage(chain(&error));
        self.queue.fail(&refusal);
        for (done, _) in answers {
            drop(done.send(Err(refusal.clone())));
        }
        error
    }

    /// Adds journaled entries to the tree and writes the files that they complete.
    fn integrate(&mut self, entries: &[Vec<u8>]) -> Result<(), StoreError> {
        // Built beside the shared view, so that readers never see entries whose files are missing.
        let mut view = self
            .view
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let mut completed = Vec::new();
        for entry in entries {
            view.push(entry, |file| completed.push(file));
        }
        let mut paths = Vec::with_capacity(completed.len());
        for (relative, bytes) in completed {
            paths.push(self.files.write(&relative, &bytes)?);
        }
        let sealed = view.size() / 256 * 256;
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = view;
        if !paths.is_empty() {
            self.sealer.seal(paths, sealed);
        }
        let sealed = self.sealer.sealed().min(self.signed);
        let path = self.files.journal_dir();
        self.journal
            .rotate(self.options.segment_bytes_max, sealed)
            .map_err(StoreError::io("rotate", &path))
    }

    /// Without a checkpoint nothing is lost: the journal holds it all, and the next one signs it.
    fn try_checkpoint(&mut self) {
        if let Err(error) = self.checkpoint() {
            tracing::error!(error = %chain(&error), "the ledger's checkpoint could not be written");
        }
    }

    /// Signs the tree as it stands and publishes the files that its readers need.
    pub(super) fn checkpoint(&mut self) -> Result<(), StoreError> {
        let view = self
            .view
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let mut partials = Vec::new();
        for (relative, bytes) in view.partial() {
            partials.push(self.files.write(&relative, &bytes)?);
        }
        let note = sign(&self.signer, &view, self.clock.as_ref())?;
        self.files.write_checkpoint(&note)?;
        self.signed = view.size();
        self.view
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .checkpoint = note;
        self.retire(partials);
        Ok(())
    }

    /// Removes partial files that no reader of the newest two checkpoints needs.
    fn retire(&mut self, partials: Vec<PathBuf>) {
        let [oldest, newer] = std::mem::take(&mut self.partials);
        for path in oldest {
            if !newer.contains(&path) && !partials.contains(&path) {
                // What cannot be removed is only in the way of tidiness.
                drop(fs::remove_file(path));
            }
        }
        self.partials = [newer, partials];
    }
}

type Answered = (
    tokio::sync::oneshot::Sender<super::queue::Answer>,
    Vec<Position>,
);

fn positions(pending: &Pending, first: u64) -> Vec<Position> {
    pending
        .entries
        .iter()
        .zip(first..)
        .zip(pending.sequence..)
        .map(|((entry, index), sequence)| Position {
            index,
            sequence,
            leaf: leaf_hash(entry),
        })
        .collect()
}

/// Signs a checkpoint over `view` under the signer's name.
pub(super) fn sign(
    signer: &NoteSigner,
    view: &View,
    clock: &dyn Clock,
) -> Result<String, StoreError> {
    Checkpoint {
        origin: signer.verifier().name().to_owned(),
        size: view.size(),
        root: view.tiles.root(),
        at: Some(clock.now()),
    }
    .sign(signer)
    .map(|note| note.to_string())
    .map_err(|source| StoreError::Checkpoint {
        path: "checkpoint".into(),
        source,
    })
}

/// An error with its causes on one line, for those who only take a text.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
