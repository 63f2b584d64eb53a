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
    put(path, bytes, durability).map_err(StoreError::io("write", path))
}

fn put(path: &Path, bytes: &[u8], durability: Durability) -> io::Result<()> {
    let parent = path.parent().unwrap_or_else(|| Path::new("."));
    private_dirs().create(parent)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = parent.join(name);
    let mut file = private_options().truncate(true).open(&new)?;
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

/// How every file of a state folder is opened to be written: made for the owner alone.
pub(crate) fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(FILE_MODE);
    }
    options
}

fn private_dirs() -> fs::DirBuilder {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(FOLDER_MODE);
    }
    builder
}

#[cfg(unix)]
const FILE_MODE: u32 = 0o600;
#[cfg(unix)]
const FOLDER_MODE: u32 = 0o700;

/// Takes from others what they may do with a state folder that is there already: the folder, and what
/// lies at the top of it and in `keys` and `ledger`. Says what it took.
///
/// # Errors
/// When somebody else owns what is too open, so that it cannot be closed.
#[cfg(unix)]
pub(crate) fn tighten(dir: &Path) -> Result<Vec<String>, StoreError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut found = vec![dir.to_owned()];
    for folder in [
        dir.to_owned(),
        dir.join("keys"),
        dir.join("ledger"),
        dir.join("ledger/journal"),
    ] {
        let Ok(items) = fs::read_dir(&folder) else {
            continue;
        };
        found.extend(items.filter_map(|item| Some(item.ok()?.path())));
    }
    let mut taken = Vec::new();
    for path in found {
        let Ok(meta) = fs::symlink_metadata(&path) else {
            continue;
        };
        let mode = meta.permissions().mode() & 0o777;
        // A link has no mode of its own, and what it points to is not ours to change.
        if meta.is_symlink() || mode & 0o077 == 0 {
            continue;
        }
        let private = if meta.is_dir() {
            FOLDER_MODE
        } else {
            FILE_MODE
        };
        fs::set_permissions(&path, fs::Permissions::from_mode(private)).map_err(|source| {
            StoreError::Exposed {
                path: path.clone(),
                mode,
                source,
            }
        })?;
        taken.push(format!(
            "{} was open to other users (mode {mode:03o}); it is private now (mode {private:03o})",
            path.display()
        ));
    }
    Ok(taken)
}

/// Other systems keep their own rules of access.
#[cfg(not(unix))]
pub(crate) fn tighten(_dir: &Path) -> Result<Vec<String>, StoreError> {
    Ok(Vec::new())
}

/// Syncs a file or a folder.
pub(crate) fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes a folder that only the owner may enter, with its parents.
pub(crate) fn make_private_dir(path: &Path) -> Result<(), StoreError> {
    private_dirs()
        .create(path)
        .map_err(StoreError::io("create", path))
}
