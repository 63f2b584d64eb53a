//! Why a state folder cannot be opened, read or written, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use seawall_evidence::checkpoint::CheckpointError;
use seawall_evidence::verify::AuditError;

/// Why a state folder cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The operating system refused.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried, such as `write`.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The refusal.
        #[source]
        source: io::Error,
    },
    /// Other users may read or change the folder, and that could not be changed.
    #[error("{} is open to other users (mode {mode:03o}) and cannot be made private", path.display())]
    Exposed {
        /// The file or folder.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// The refusal.
        #[source]
        source: io::Error,
    },
    /// Another process owns the folder.
    #[error("{} is in use by {}", path.display(), owner(*pid))]
    InUse {
        /// The folder.
        path: PathBuf,
        /// The process, where it says so.
        pid: Option<u32>,
    },
    /// There is no ledger here.
    #[error("there is no ledger in {}", .0.display())]
    NoLedger(PathBuf),
    /// A part of the ledger is missing.
    #[error("the ledger is incomplete: {} is missing", .0.display())]
    Missing(PathBuf),
    /// The checkpoint was changed or belongs to another ledger.
    #[error("the ledger's checkpoint {} cannot be trusted", path.display())]
    Checkpoint {
        /// The checkpoint.
        path: PathBuf,
        /// Why not.
        #[source]
        source: CheckpointError,
    },
    /// The ledger holds less than was signed.
    #[error(
        "the ledger was truncated: it holds {found} entries, its last checkpoint was signed over {signed}"
    )]
    Truncated {
        /// Entries found.
        found: u64,
        /// Entries signed.
        signed: u64,
    },
    /// The ledger holds something else than was signed.
    #[error("the ledger was changed after it was signed: {}: {what}", path.display())]
    Tampered {
        /// The file that shows it.
        path: PathBuf,
        /// What shows it.
        what: String,
    },
    /// The ledger does not verify as a whole.
    #[error("the ledger does not verify")]
    Audit(#[source] AuditError),
    /// A key file does not hold what it should.
    #[error("{} does not hold a usable key", .0.display())]
    KeyFile(PathBuf),
    /// SQLite refused.
    #[error("the database {} cannot be used: {reason}", path.display())]
    Database {
        /// The database.
        path: PathBuf,
        /// SQLite's reason.
        reason: String,
    },
    /// No randomness.
    #[error("no randomness from the system")]
    Random(#[source] io::Error),
}

impl StoreError {
    /// What to try next, where something can be said.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some("free some space on the disk; nothing that was acknowledged is lost")
            }
            Self::Io { .. } => {
                Some("name a folder that can be written with --state, or change its permissions")
            }
            Self::Exposed { .. } => Some(
                "its owner can `chmod go-rwx` it; below a folder of another user, name one of your own with --state",
            ),
            Self::InUse { .. } => Some("stop that process, or name another folder with --state"),
            Self::NoLedger(_) => Some("start `seawall up` once, or name the folder with --state"),
            Self::Missing(_)
            | Self::Checkpoint { .. }
            | Self::Truncated { .. }
            | Self::Tampered { .. }
            | Self::Audit(_) => Some(
                "nothing was overwritten: keep the folder as evidence, restore a backup or start with another --state",
            ),
            Self::KeyFile(_) => Some("restore the file from a backup"),
            Self::Database { .. } | Self::Random(_) => None,
        }
    }

    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }

    pub(crate) fn tampered(path: &Path, what: impl Into<String>) -> Self {
        Self::Tampered {
            path: path.to_owned(),
            what: what.into(),
        }
    }
}

fn owner(pid: Option<u32>) -> String {
    pid.map_or_else(
        || "another process".to_owned(),
        |pid| format!("process {pid}"),
    )
}
