//! Files as sources: ranged reads, and a check that nobody changed the file in the meantime.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the I/O layer that opens the files of a scan"
)]

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use seawall_artifact::{ReadAt, ReadError};

/// An open regular file.
#[derive(Debug)]
pub(crate) struct FileSource {
    file: File,
    path: PathBuf,
    before: Stamp,
}

/// What changes when a file is written to or replaced.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    changed: (i64, i64),
    modified: (i64, i64),
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}

impl FileSource {
    /// Opens `path`, which must still be the regular file that the walk saw.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        // Looked at first: opening a FIFO would wait for its other end.
        if !std::fs::metadata(path)?.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(io::Error::other("not a regular file"));
        }
        Ok(Self {
            before: Stamp::of(&metadata),
            file,
            path: path.to_owned(),
        })
    }

    /// Whether the file, or what its path leads to, is another one than when it was opened.
    pub(crate) fn has_changed(&self) -> bool {
        let open = self.file.metadata().map(|metadata| Stamp::of(&metadata));
        let named = std::fs::metadata(&self.path).map(|metadata| Stamp::of(&metadata));
        open.ok() != Some(self.before) || named.ok() != Some(self.before)
    }

    /// The whole content, where it is not larger than `bytes_max`.
    pub(crate) fn read_whole(&self, bytes_max: u64) -> io::Result<Option<Vec<u8>>> {
        if self.before.size > bytes_max {
            return Ok(None);
        }
        let mut bytes = vec![0; usize::try_from(self.before.size).unwrap_or(0)];
        self.file.read_exact_at(&mut bytes, 0)?;
        Ok(Some(bytes))
    }
}

impl ReadAt for FileSource {
    fn size(&self) -> u64 {
        self.before.size
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ReadError> {
        loop {
            match self.file.read_at(buffer, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => return other.map_err(|error| ReadError(error.to_string())),
            }
        }
    }
}
