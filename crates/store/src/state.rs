//! A state folder, opened by the one process that owns it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use seawall_base::{Clock, IdSource};
use seawall_crypto::note::{NoteSigner, NoteVerifier};
use seawall_ports::{Counters, Holds, Keys, Ledger, Pins};

use crate::counters::LocalCounters;
use crate::db::{Database, failure};
use crate::error::StoreError;
use crate::file::{self, Durability};
use crate::holds::StoredHolds;
use crate::keys::StoredKeys;
use crate::ledger::{self, FileLedger, LedgerOptions};
use crate::lock::Lock;
use crate::pins::StoredPins;
use crate::run::Run;
use crate::settings::Settings;
use crate::signer;

/// Where secret bytes come from: 32 from the operating system at each call.
pub type Random = Arc<dyn Fn() -> io::Result<[u8; 32]> + Send + Sync>;

/// An open state folder. Its parts stop working once it is closed.
pub struct State {
    dir: PathBuf,
    ledger: Arc<FileLedger>,
    keys: Arc<StoredKeys>,
    holds: Arc<StoredHolds>,
    pins: Arc<StoredPins>,
    counters: Arc<LocalCounters>,
    settings: Settings,
    verifier: NoteVerifier,
    notices: Vec<String>,
    announced: bool,
    // Last, so that everything above is closed before another process may open the folder.
    _lock: Lock,
}

impl State {
    /// Opens the folder at `dir`, or makes it, and takes its lock.
    ///
    /// # Errors
    /// When it cannot be written, another process owns it, or its ledger does not match its last
    /// signed checkpoint. Nothing is overwritten then.
    pub fn open(
        dir: &Path,
        clock: Arc<dyn Clock>,
        ids: Arc<IdSource>,
        random: Random,
    ) -> Result<Self, StoreError> {
        Self::open_with(dir, clock, ids, random, LedgerOptions::default())
    }

    /// As [`Self::open`], with other trade-offs for the ledger.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_with(
        dir: &Path,
        clock: Arc<dyn Clock>,
        ids: Arc<IdSource>,
        random: Random,
        options: LedgerOptions,
    ) -> Result<Self, StoreError> {
        file::make_private_dir(dir)?;
        let mut notices = file::tighten(dir)?;
        let lock = Lock::take(dir)?;
        // What a process that crashed left behind is not true any more.
        Run::remove(dir)?;
        let root = dir.join("ledger");
        let signer = signer_of(dir, &root, clock.as_ref(), &ids, &random)?;
        let verifier = signer.verifier().clone();
        let now = clock.now();
        let (ledger, more) = FileLedger::open(&root, signer, clock, options)?;
        notices.extend(more);
        let ledger = Arc::new(ledger);
        let path = dir.join("seawall.db");
        let database = Arc::new(Database::open(&path)?);
        let key = signer::receipts(dir, || random())?;
        let holds = StoredHolds::new(Arc::clone(&database), Arc::clone(&ledger), key);
        // Nothing waits for a call that a process before this one held.
        let left = holds.withdraw_all(now).map_err(failure(&path))?;
        if left > 0 {
            notices.push(format!(
                "{left} held tool calls were still open when Seawall stopped; they are withdrawn"
            ));
        }
        let keys = StoredKeys::open(Arc::clone(&database), Arc::clone(&ledger), ids, random)
            .map_err(failure(&path))?;
        let pins_ledger = Arc::clone(&ledger);
        Ok(Self {
            dir: dir.to_owned(),
            ledger,
            keys: Arc::new(keys),
            holds: Arc::new(holds),
            counters: Arc::new(LocalCounters::default()),
            pins: Arc::new(StoredPins::new(Arc::clone(&database), pins_ledger)),
            settings: Settings::new(database, path),
            verifier,
            notices,
            announced: false,
            _lock: lock,
        })
    }

    /// Writes `run.json`, by which other commands find this process.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn announce(&mut self, run: &Run) -> Result<(), StoreError> {
        run.save(&self.dir)?;
        self.announced = true;
        Ok(())
    }

    /// Ends the ledger's writer after a last checkpoint, and removes `run.json`.
    ///
    /// # Errors
    /// When the last checkpoint could not be written; nothing that was acknowledged is lost then.
    pub fn close(mut self) -> Result<(), StoreError> {
        self.ledger.close()?;
        self.withdraw()
    }

    fn withdraw(&mut self) -> Result<(), StoreError> {
        if std::mem::take(&mut self.announced) {
            Run::remove(&self.dir)?;
        }
        Ok(())
    }

    /// The evidence ledger.
    #[must_use]
    pub fn ledger(&self) -> Arc<dyn Ledger> {
        Arc::clone(&self.ledger) as _
    }

    /// The virtual keys.
    #[must_use]
    pub fn keys(&self) -> Arc<dyn Keys> {
        Arc::clone(&self.keys) as _
    }

    /// The held tool calls.
    #[must_use]
    pub fn holds(&self) -> Arc<dyn Holds> {
        Arc::clone(&self.holds) as _
    }

    /// The pinned definitions of tools.
    #[must_use]
    pub fn pins(&self) -> Arc<dyn Pins> {
        Arc::clone(&self.pins) as _
    }

    /// The counters.
    #[must_use]
    pub fn counters(&self) -> Arc<dyn Counters> {
        Arc::clone(&self.counters) as _
    }

    /// Writes a file of this folder that is no part of its state, for the owner alone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, StoreError> {
        let path = self.dir.join(name);
        file::replace(&path, bytes, Durability::Later)?;
        Ok(path)
    }

    /// Small named values.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Who verifies the ledger's checkpoints.
    #[must_use]
    pub const fn verifier(&self) -> &NoteVerifier {
        &self.verifier
    }

    /// What the user should know about how the folder was found, one sentence each.
    #[must_use]
    pub fn notices(&self) -> &[String] {
        &self.notices
    }

    /// The folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

impl Drop for State {
    fn drop(&mut self) {
        // The ledger may be shared still; it must not write after the lock is gone.
        if let Err(error) = self.ledger.close().and_then(|()| self.withdraw()) {
            tracing::error!(error = %error, "the state folder was not closed in order");
        }
    }
}

/// The signer of the folder's checkpoints; a fresh folder gets one, and an empty ledger.
fn signer_of(
    dir: &Path,
    root: &Path,
    clock: &dyn Clock,
    ids: &IdSource,
    random: &Random,
) -> Result<NoteSigner, StoreError> {
    let keys = dir.join("keys");
    file::make_private_dir(&keys)?;
    if let Some(signer) = signer::load(dir)? {
        return Ok(signer);
    }
    // Without a key there must be no entries: a ledger that lost its key is not begun anew.
    let journal = root.join("journal");
    let used = root.join("tile").exists()
        || journal
            .read_dir()
            .is_ok_and(|mut items| items.next().is_some());
    if used {
        return Err(StoreError::Missing(keys.join("ledger.pem")));
    }
    let name = format!("seawall.local/{}", ids.next("log", clock.now()));
    let secret = random().map_err(StoreError::Random)?;
    let signer = signer::make(&name, &secret)?;
    ledger::create(root, &signer, clock)?;
    signer::save(dir, &secret, signer.verifier())?;
    Ok(signer)
}
