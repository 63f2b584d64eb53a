//! The few file operations of the store: capped reads, replacing a file whole, private files.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the file layer of the store"
)]

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use crate::error::StoreError;

/// The largest file that is read whole: a bundle of 256 entries of 64 KiB is 16 MiB.
const READ_BYTES_MAX: u64 = 256 << 20;

/// Reads a whole file, at most 256 MiB of it.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let mut bytes = Vec::new();
    let count = file.take(READ_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if u64::try_from(count).unwrap_or(u64::MAX) > READ_BYTES_MAX {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "larger than 256 MiB",
        ));
    }
    Ok(bytes)
}

/// Reads a whole file that may be absent.
pub(crate) fn read_optional(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::io("read", path)(error)),
    }
}

/// How far a replaced file must be on the disk before the call returns.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Durability {
    /// Written; the journal can still make it again.
    Later,
    /// Synced, and the folder too.
    Now,
}

/// Puts `bytes` in place of the file at `path`: readers see the old file or the new one.
pub(crate) fn replace(path: &Path, bytes: &[u8], durability: Durability) -> Result<(), StoreError> {
    put(path, bytes, durability, false).map_err(StoreError::io("write", path))
}

/// As [`replace`], readable by the owner alone, and synced.
pub(crate) fn replace_private(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    put(path, bytes, Durability::Now, true).map_err(StoreError::io("write", path))
}

fn put(path: &Path, bytes: &[u8], durability: Durability, private: bool) -> io::Result<()> {
    let parent = path.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(parent)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = parent.join(name);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if private {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = private;
    let mut file = options.open(&new)?;
    file.write_all(bytes)?;
    if durability == Durability::Now {
        file.sync_all()?;
    }
    drop(file);
    fs::rename(&new, path)?;
    if durability == Durability::Now {
        sync(parent)?;
    }
    Ok(())
}

/// Syncs a file or a folder.
pub(crate) fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes a folder that only the owner may enter, with its parents.
pub(crate) fn make_private_dir(path: &Path) -> Result<(), StoreError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path).map_err(StoreError::io("create", path))
}
