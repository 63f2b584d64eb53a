//! Syncs completed tiles and bundles behind the writer's back, so that the journal can let them go.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use crate::error::StoreError;
use crate::file;

/// Batches whose files may wait; beyond it the writer waits too.
const QUEUE_MAX: usize = 64;

/// The thread that syncs.
#[derive(Debug)]
pub(super) struct Sealer {
    work: Option<SyncSender<(Vec<PathBuf>, u64)>>,
    thread: Option<JoinHandle<()>>,
    sealed: Arc<AtomicU64>,
}

impl Sealer {
    /// Starts with the first `sealed` entries already in synced files.
    pub(super) fn start(sealed: u64) -> Result<Self, StoreError> {
        let (work, queue) = sync_channel::<(Vec<PathBuf>, u64)>(QUEUE_MAX);
        let sealed = Arc::new(AtomicU64::new(sealed));
        let mark = Arc::clone(&sealed);
        let thread = std::thread::Builder::new()
            .name("seawall-sealer".to_owned())
            .spawn(move || {
                // After a failed sync nothing more is sealed; the journal keeps it all.
                while let Ok((paths, upto)) = queue.recv()
                    && sync_all(&paths).is_ok()
                {
                    mark.store(upto, Ordering::Release);
                }
            })
            .map_err(StoreError::io("start a thread for", "the ledger".as_ref()))?;
        Ok(Self {
            work: Some(work),
            thread: Some(thread),
            sealed,
        })
    }

    /// Has `paths` synced, after which the first `upto` entries are sealed.
    pub(super) fn seal(&self, paths: Vec<PathBuf>, upto: u64) {
        if let Some(work) = &self.work {
            // Fails only when syncing has stopped, see above.
            drop(work.send((paths, upto)));
        }
    }

    /// Entries in synced files, counted from the first.
    pub(super) fn sealed(&self) -> u64 {
        self.sealed.load(Ordering::Acquire)
    }
}

impl Drop for Sealer {
    fn drop(&mut self) {
        drop(self.work.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn sync_all(paths: &[PathBuf]) -> std::io::Result<()> {
    let mut folders = BTreeSet::new();
    for path in paths {
        file::sync(path)?;
        folders.extend(path.parent());
    }
    folders.into_iter().try_for_each(file::sync)
}
