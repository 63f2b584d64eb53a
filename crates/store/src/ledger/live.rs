//! The ledger of the process that owns the state folder.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;

use seawall_base::{Clock, Digest};
use seawall_crypto::note::NoteSigner;
use seawall_evidence::proof::ProofError;
use seawall_evidence::{Draft, Entry};
use seawall_ports::{BoxFuture, Inclusion, Ledger, LedgerError, Position, Record};

use super::files::{FULL, LogFiles, records};
use super::journal::Journal;
use super::queue::Queue;
use super::sealer::Sealer;
use super::view::View;
use super::writer::{Writer, chain};
use super::{LedgerOptions, recovery};
use crate::error::StoreError;

/// An open ledger: the queue to its writer, and what readers see.
pub(crate) struct FileLedger {
    files: LogFiles,
    queue: Arc<Queue>,
    view: Arc<RwLock<View>>,
    writer: Mutex<Option<JoinHandle<Result<(), StoreError>>>>,
}

impl FileLedger {
    /// Opens the ledger at `root`, which must be sound. Returns it with what to tell the user.
    pub(crate) fn open(
        root: &Path,
        signer: NoteSigner,
        clock: Arc<dyn Clock>,
        options: LedgerOptions,
    ) -> Result<(Self, Vec<String>), StoreError> {
        let files = LogFiles::new(root);
        let recovered = recovery::read(&files, signer.verifier(), options.audited_at_start)?;
        let notices = recovery::repair(&files, &recovered, clock.now())?;
        let journal = Journal::resume(&files.journal_dir(), &recovered.content)?;
        let source = source(&signer);
        let sequence = next_sequence(&files, &recovered.view, &source)?;
        let queue = Arc::new(Queue::new(source, sequence, options));
        let sealed = recovered.content.first;
        let signed = recovered.signed;
        let unsigned = signed < recovered.view.size();
        let view = Arc::new(RwLock::new(recovered.view));
        let mut writer = Writer {
            files: files.clone(),
            journal,
            queue: Arc::clone(&queue),
            view: Arc::clone(&view),
            sealer: Sealer::start(sealed)?,
            signer,
            clock,
            options,
            signed,
            partials: [Vec::new(), Vec::new()],
        };
        if unsigned {
            writer.checkpoint()?;
        }
        let thread = std::thread::Builder::new()
            .name("seawall-ledger".to_owned())
            .spawn(move || writer.run())
            .map_err(StoreError::io("start a thread for", root))?;
        let ledger = Self {
            files,
            queue,
            view,
            writer: Mutex::new(Some(thread)),
        };
        Ok((ledger, notices))
    }

    /// As `append`, for a thread outside the runtime: blocks until the entry is durable.
    pub(crate) fn append_now(&self, draft: Draft) -> Result<(), LedgerError> {
        let waiting = self.queue.push(vec![draft])?;
        waiting
            .blocking_recv()
            .unwrap_or(Err(LedgerError::Closed))
            .map(drop)
    }

    /// Writes what waits, signs a last checkpoint and ends the writer. Later appends are refused.
    pub(crate) fn close(&self) -> Result<(), StoreError> {
        self.queue.close();
        let thread = self
            .writer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        match thread.map(JoinHandle::join) {
            None | Some(Ok(Ok(()))) => Ok(()),
            Some(Ok(Err(error))) => Err(error),
            Some(Err(_)) => Err(StoreError::io("write", &self.files.checkpoint_path())(
                std::io::Error::other("the ledger's writer ended in a fault"),
            )),
        }
    }

    fn snapshot(&self) -> View {
        self.view
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn read(&self, from: u64, limit: usize) -> Result<Vec<Record>, LedgerError> {
        let view = self.snapshot();
        let to = from
            .saturating_add(u64::try_from(limit).unwrap_or(u64::MAX))
            .min(view.size());
        let full = view.size() / FULL as u64;
        records(from, to, |bundle| {
            if bundle < full {
                return self
                    .files
                    .bundle(bundle, FULL)
                    .map_err(|error| damaged(&error));
            }
            Ok(view.tail.iter().map(|entry| entry.to_vec()).collect())
        })
    }

    fn prove(&self, index: u64, size: u64) -> Result<Inclusion, LedgerError> {
        let view = self.snapshot();
        let mut prover = view.prover(&self.files);
        let path = prover.inclusion(index, size);
        let path = path.map_err(|error| proof_error(error, index.max(size), view.size()))?;
        let root = if size == view.size() {
            view.tiles.root()
        } else {
            let root = prover.root(size);
            root.map_err(|error| proof_error(error, size, view.size()))?
        };
        let record = self.read(index, 1)?.pop();
        let record =
            record.ok_or_else(|| LedgerError::Damaged("an entry is missing".to_owned()))?;
        Ok(Inclusion {
            index,
            size,
            leaf: seawall_evidence::tree::leaf_hash(&record.bytes),
            root,
            path,
        })
    }

    fn prove_consistency(&self, old: u64, new: u64) -> Result<Vec<Digest>, LedgerError> {
        let view = self.snapshot();
        view.prover(&self.files)
            .consistency(old, new)
            .map_err(|error| proof_error(error, old.max(new), view.size()))
    }
}

impl Drop for FileLedger {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::error!(error = %chain(&error), "the ledger was not closed in order");
        }
    }
}

// Reads touch a few small files that the page cache holds; a hop to another thread would cost more.
impl Ledger for FileLedger {
    fn append(&self, drafts: Vec<Draft>) -> BoxFuture<'_, Result<Vec<Position>, LedgerError>> {
        if drafts.is_empty() {
            return Box::pin(std::future::ready(Ok(Vec::new())));
        }
        let waiting = self.queue.push(drafts);
        Box::pin(async { waiting?.await.unwrap_or(Err(LedgerError::Closed)) })
    }

    fn entries(&self, from: u64, limit: usize) -> BoxFuture<'_, Result<Vec<Record>, LedgerError>> {
        Box::pin(std::future::ready(self.read(from, limit)))
    }

    fn size(&self) -> u64 {
        self.view
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .size()
    }

    fn checkpoint(&self) -> BoxFuture<'_, Result<String, LedgerError>> {
        let view = self.view.read().unwrap_or_else(PoisonError::into_inner);
        Box::pin(std::future::ready(Ok(view.checkpoint.clone())))
    }

    fn inclusion(&self, index: u64, size: u64) -> BoxFuture<'_, Result<Inclusion, LedgerError>> {
        Box::pin(std::future::ready(self.prove(index, size)))
    }

    fn consistency(&self, old: u64, new: u64) -> BoxFuture<'_, Result<Vec<Digest>, LedgerError>> {
        Box::pin(std::future::ready(self.prove_consistency(old, new)))
    }
}

/// The source of a state folder's entries: the last part of its ledger's name.
fn source(signer: &NoteSigner) -> String {
    let name = signer.verifier().name();
    name.rsplit('/').next().unwrap_or(name).to_owned()
}

/// Continues the numbering after the last entry.
fn next_sequence(files: &LogFiles, view: &View, source: &str) -> Result<u64, StoreError> {
    let last = match view.tail.last() {
        Some(entry) => Some(entry.to_vec()),
        None if view.size() > 0 => files.bundle(view.size() / FULL as u64 - 1, FULL)?.pop(),
        None => None,
    };
    let entry = last.and_then(|bytes| Entry::decode(&bytes).ok());
    Ok(entry
        .filter(|entry| entry.source == source)
        .map_or(0, |entry| entry.sequence.saturating_add(1)))
}

fn damaged(error: &StoreError) -> LedgerError {
    LedgerError::Damaged(chain(error))
}

fn proof_error(error: ProofError<StoreError>, asked: u64, size: u64) -> LedgerError {
    match error {
        ProofError::OutOfRange => LedgerError::OutOfRange { asked, size },
        ProofError::Tile(error) => damaged(&error),
        other => LedgerError::Damaged(other.to_string()),
    }
}
