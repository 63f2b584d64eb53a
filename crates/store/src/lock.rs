//! One process owns a state folder: the lock file, and who holds it.

use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::path::Path;

use crate::error::StoreError;
use crate::file;
use crate::run::Run;

/// Holds the lock until it is dropped. The operating system lets go when the process ends,
/// however it ends, so a crash leaves no stale lock.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a state folder.
    pub(crate) fn take(dir: &Path) -> Result<Self, StoreError> {
        let path = dir.join("lock");
        // The content is only replaced once the lock is ours: until then it names the owner.
        let mut file = file::private_options()
            .read(true)
            .open(&path)
            .map_err(StoreError::io("open", &path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StoreError::InUse {
                    path: dir.to_owned(),
                    pid: owner(dir),
                });
            }
            Err(TryLockError::Error(error)) => return Err(StoreError::io("lock", &path)(error)),
        }
        file.set_len(0)
            .and_then(|()| file.write_all(format!("{}\n", std::process::id()).as_bytes()))
            .map_err(StoreError::io("write", &path))?;
        Ok(Self { _file: file })
    }
}

/// The process that owns the folder: from `run.json`, else from the lock itself.
fn owner(dir: &Path) -> Option<u32> {
    if let Ok(Some(run)) = Run::load(dir) {
        return Some(run.pid);
    }
    let text = file::read(&dir.join("lock")).ok()?;
    String::from_utf8(text).ok()?.trim().parse().ok()
}
