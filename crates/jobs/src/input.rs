//! Files that a job reads whole: bounded, and regular where a folder rather than a person names them.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// Reads a file that its user named, of at most `bytes_max` bytes. It may be a pipe, such as a shell
/// makes of a command's output.
///
/// # Errors
/// When it cannot be read or is larger.
pub fn read(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    #[expect(clippy::disallowed_methods, reason = "jobs are an I/O layer")]
    let file = File::open(path)?;
    let mut bytes = Vec::new();
    let count = file
        .take(bytes_max.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if u64::try_from(count).is_ok_and(|count| count <= bytes_max) {
        return Ok(bytes);
    }
    Err(io::Error::new(
        io::ErrorKind::FileTooLarge,
        format!("it is larger than {bytes_max} bytes"),
    ))
}

/// Reads a file that was found in a folder. Nobody vouches for it: a FIFO there would be waited for
/// without end.
pub(crate) fn read_found(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    read(path, bytes_max)
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the subject is a file")]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_or_no_regular_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "four").unwrap();
        assert_eq!(read_found(&path, 4).unwrap(), b"four");
        assert_eq!(
            read(&path, 3).unwrap_err().kind(),
            io::ErrorKind::FileTooLarge
        );
        assert!(read_found(folder.path(), 4).is_err());
        assert!(read_found(Path::new("/dev/zero"), 4).is_err());
        assert!(read(Path::new("/dev/zero"), 4).is_err());
    }
}
