//! The journal: batches of entries, each with its length and checksum, synced before anything is
//! acknowledged.
//!
//! A batch is `SWJ1`, the index of its first entry (u64), the number of entries (u32), the length
//! of what follows (u32), all big-endian, 16 bytes of SHA-256 over these and the payload, and the
//! payload: the entries as an entry bundle writes them. A batch that is followed by another one was
//! synced and acknowledged, since the writer begins the next only then; that tells an unfinished
//! write at the end from damage before it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use seawall_base::{ByteReader, Hasher, OutOfBounds};
use seawall_evidence::tile::{decode_bundle, encode_bundle};

use crate::error::StoreError;
use crate::file;

const MAGIC: &[u8; 4] = b"SWJ1";
const CHECK_BYTES: usize = 16;
/// The most a batch's payload may hold: longer ones are not written and not believed.
const PAYLOAD_BYTES_MAX: usize = 128 << 20;

/// The journal of an open ledger, at its end.
#[derive(Debug)]
pub(super) struct Journal {
    dir: PathBuf,
    segments: Vec<Segment>,
    open: Option<File>,
    /// Bytes of the last segment that hold whole batches.
    length: u64,
}

/// One file of the journal.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// Index of its first entry.
    first: u64,
    path: PathBuf,
}

/// What a journal holds.
#[derive(Debug, Default)]
pub(super) struct Content {
    /// Index of the first entry.
    pub(super) first: u64,
    /// The entries.
    pub(super) entries: Vec<Vec<u8>>,
    segments: Vec<Segment>,
    /// Bytes of the last segment that hold whole batches.
    length: u64,
    /// What follows them: a write that never finished.
    pub(super) torn: Vec<u8>,
}

/// Why a batch is not in the journal.
#[derive(Debug)]
pub(super) enum WriteError {
    /// Refused and undone: the next batch may succeed.
    Refused(io::Error),
    /// Nobody can say what is on the disk: stop.
    Broken(io::Error),
}

impl Journal {
    /// Continues a journal after what was read from it. The torn end must be set aside before.
    pub(super) fn resume(dir: &Path, content: &Content) -> Result<Self, StoreError> {
        let mut journal = Self {
            dir: dir.to_owned(),
            segments: content.segments.clone(),
            open: None,
            length: content.length,
        };
        if let Some(last) = journal.segments.last() {
            let file = OpenOptions::new()
                .write(true)
                .open(&last.path)
                .map_err(StoreError::io("open", &last.path))?;
            if !content.torn.is_empty() {
                file.set_len(content.length)
                    .and_then(|()| file.sync_all())
                    .map_err(StoreError::io("shorten", &last.path))?;
            }
            journal.open = Some(positioned(file, content.length, &last.path)?);
        }
        Ok(journal)
    }

    /// Writes one batch and syncs it.
    pub(super) fn append(&mut self, first: u64, entries: &[Vec<u8>]) -> Result<(), WriteError> {
        let batch = encode(first, entries).map_err(WriteError::Refused)?;
        if self.open.is_none() {
            self.begin(first).map_err(WriteError::Refused)?;
        }
        let Some(file) = self.open.as_mut() else {
            return Err(WriteError::Broken(io::Error::other("no segment is open")));
        };
        if let Err(error) = file.write_all(&batch) {
            // Such as a full disk: take back what was written, so that the next batch follows.
            return match take_back(file, self.length) {
                Ok(()) => Err(WriteError::Refused(error)),
                Err(_) => Err(WriteError::Broken(error)),
            };
        }
        // After a failed sync the kernel may have dropped the pages: no later sync can be believed.
        file.sync_data().map_err(WriteError::Broken)?;
        self.length += batch.len() as u64;
        Ok(())
    }

    /// Ends the current segment when it is longer than `bytes_max`, and removes segments whose
    /// entries all lie below `sealed`.
    pub(super) fn rotate(&mut self, bytes_max: u64, sealed: u64) -> io::Result<()> {
        if self.length > bytes_max {
            self.open = None;
        }
        while let [oldest, next, ..] = self.segments.as_slice() {
            if next.first > sealed {
                break;
            }
            fs::remove_file(&oldest.path)?;
            self.segments.remove(0);
        }
        Ok(())
    }

    fn begin(&mut self, first: u64) -> io::Result<()> {
        let path = self.dir.join(format!("{first:020}.log"));
        let file = file::private_options().open(&path)?;
        file::sync(&self.dir)?;
        self.segments.push(Segment { first, path });
        self.length = 0;
        self.open = Some(file);
        Ok(())
    }
}

fn positioned(mut file: File, length: u64, path: &Path) -> Result<File, StoreError> {
    use std::io::Seek as _;
    file.seek(io::SeekFrom::Start(length))
        .map_err(StoreError::io("read", path))?;
    Ok(file)
}

fn take_back(file: &mut File, length: u64) -> io::Result<()> {
    use std::io::Seek as _;
    file.set_len(length)?;
    file.seek(io::SeekFrom::Start(length))?;
    file.sync_data()
}

fn encode(first: u64, entries: &[Vec<u8>]) -> io::Result<Vec<u8>> {
    let payload = encode_bundle(entries.iter().map(Vec::as_slice)).map_err(io::Error::other)?;
    if payload.len() > PAYLOAD_BYTES_MAX {
        return Err(io::Error::other("a batch is too large"));
    }
    let count = u32::try_from(entries.len()).map_err(io::Error::other)?;
    let length = u32::try_from(payload.len()).map_err(io::Error::other)?;
    let mut batch = Vec::with_capacity(payload.len() + 36);
    batch.extend_from_slice(MAGIC);
    batch.extend_from_slice(&first.to_be_bytes());
    batch.extend_from_slice(&count.to_be_bytes());
    batch.extend_from_slice(&length.to_be_bytes());
    let check = checksum(&batch, &payload);
    batch.extend_from_slice(&check);
    batch.extend_from_slice(&payload);
    Ok(batch)
}

fn checksum(header: &[u8], payload: &[u8]) -> [u8; CHECK_BYTES] {
    let mut hasher = Hasher::new();
    hasher.update(header);
    hasher.update(payload);
    let digest = hasher.finish();
    digest.as_bytes().first_chunk().copied().unwrap_or_default()
}

/// Reads the whole journal.
pub(super) fn read(dir: &Path) -> Result<Content, StoreError> {
    let mut content = Content {
        segments: segments(dir)?,
        ..Content::default()
    };
    let Some(first) = content.segments.first().map(|segment| segment.first) else {
        return Ok(content);
    };
    content.first = first;
    let last = content.segments.len().saturating_sub(1);
    for (position, segment) in content.segments.clone().iter().enumerate() {
        let expected = content.first + content.entries.len() as u64;
        if segment.first != expected {
            return Err(StoreError::tampered(
                &segment.path,
                format!("it should begin with entry {expected}"),
            ));
        }
        let bytes = file::read(&segment.path).map_err(StoreError::io("read", &segment.path))?;
        let good = read_batches(&bytes, expected, &mut content.entries);
        let rest = bytes.get(good..).unwrap_or_default();
        if !rest.is_empty() && (position < last || holds_batch(rest)) {
            let index = content.first + content.entries.len() as u64;
            return Err(StoreError::tampered(
                &segment.path,
                format!("the batch that begins with entry {index} is damaged"),
            ));
        }
        content.length = good as u64;
        content.torn = rest.to_vec();
    }
    Ok(content)
}

fn segments(dir: &Path) -> Result<Vec<Segment>, StoreError> {
    let mut segments = Vec::new();
    for item in fs::read_dir(dir).map_err(StoreError::io("read", dir))? {
        let path = item.map_err(StoreError::io("read", dir))?.path();
        let first = path
            .extension()
            .filter(|extension| *extension == "log")
            .and_then(|_| path.file_stem()?.to_str()?.parse().ok());
        if let Some(first) = first {
            segments.push(Segment { first, path });
        }
    }
    segments.sort_by_key(|segment| segment.first);
    Ok(segments)
}

/// Reads whole batches from the beginning; returns how many bytes they take.
fn read_batches(bytes: &[u8], first: u64, entries: &mut Vec<Vec<u8>>) -> usize {
    let (mut good, mut next) = (0, first);
    while let Some((length, batch)) = bytes
        .get(good..)
        .and_then(|rest| read_batch(rest, Some(next)))
    {
        next += batch.len() as u64;
        entries.extend(batch.into_iter().map(<[u8]>::to_vec));
        good += length;
    }
    good
}

/// The batch at the beginning of `bytes`, with its length, if it is whole.
fn read_batch(bytes: &[u8], expected: Option<u64>) -> Option<(usize, Vec<&[u8]>)> {
    let mut reader = ByteReader::new(bytes);
    let header = read_header(&mut reader).ok()?;
    if header.magic != *MAGIC || header.length > PAYLOAD_BYTES_MAX || header.count == 0 {
        return None;
    }
    if expected.is_some_and(|expected| expected != header.first) {
        return None;
    }
    let payload = reader.take(header.length).ok()?;
    if checksum(bytes.get(..20)?, payload) != header.check {
        return None;
    }
    let entries = decode_bundle(payload, header.count).ok()?;
    Some((reader.position(), entries))
}

struct Header {
    magic: [u8; 4],
    first: u64,
    count: usize,
    length: usize,
    check: [u8; CHECK_BYTES],
}

fn read_header(reader: &mut ByteReader<'_>) -> Result<Header, OutOfBounds> {
    let wide = |number: [u8; 4]| usize::try_from(u32::from_be_bytes(number)).unwrap_or(usize::MAX);
    Ok(Header {
        magic: reader.array()?,
        first: u64::from_be_bytes(reader.array()?),
        count: wide(reader.array()?),
        length: wide(reader.array()?),
        check: reader.array()?,
    })
}

/// Whether a whole batch lies anywhere in `bytes`: then what precedes it was acknowledged.
fn holds_batch(bytes: &[u8]) -> bool {
    (1..bytes.len()).any(|at| {
        bytes
            .get(at..)
            .is_some_and(|rest| rest.starts_with(MAGIC) && read_batch(rest, None).is_some())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entries(numbers: std::ops::Range<u32>) -> Vec<Vec<u8>> {
        numbers
            .map(|number| vec![b'e'; 3 + number as usize])
            .collect()
    }

    fn journal(dir: &Path) -> Journal {
        Journal::resume(dir, &read(dir).unwrap()).unwrap()
    }

    #[test]
    fn batches_read_back_over_segments_and_sealed_ones_go() {
        let dir = tempfile::tempdir().unwrap();
        let mut written = journal(dir.path());
        for (first, batch) in [(0, 0..3), (3, 3..4), (4, 4..9)] {
            written.append(first, &entries(batch)).unwrap();
            written.rotate(1, 0).unwrap();
        }
        let content = read(dir.path()).unwrap();
        assert_eq!((content.first, content.entries), (0, entries(0..9)));
        written.rotate(1, 3).unwrap();
        let content = read(dir.path()).unwrap();
        assert_eq!((content.first, content.entries), (3, entries(3..9)));
    }

    #[test]
    fn an_unfinished_write_is_told_from_damage() {
        let dir = tempfile::tempdir().unwrap();
        let mut written = journal(dir.path());
        written.append(0, &entries(0..2)).unwrap();
        written.append(2, &entries(2..4)).unwrap();
        let path = dir.path().join("00000000000000000000.log");
        let whole = file::read(&path).unwrap();
        let first = encode(0, &entries(0..2)).unwrap().len();

        for cut in first..whole.len() {
            file::replace(&path, &whole[..cut], file::Durability::Later).unwrap();
            let content = read(dir.path()).unwrap();
            assert_eq!(content.entries, entries(0..2));
            assert_eq!(content.torn, &whole[first..cut]);
        }
        for at in 0..first {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            file::replace(&path, &damaged, file::Durability::Later).unwrap();
            assert!(matches!(read(dir.path()), Err(StoreError::Tampered { .. })));
        }
    }

    #[test]
    fn a_resumed_journal_continues_after_the_torn_end() {
        let dir = tempfile::tempdir().unwrap();
        journal(dir.path()).append(0, &entries(0..2)).unwrap();
        let path = dir.path().join("00000000000000000000.log");
        let mut bytes = file::read(&path).unwrap();
        bytes.extend_from_slice(b"SWJ1 and then nothing");
        file::replace(&path, &bytes, file::Durability::Later).unwrap();
        journal(dir.path()).append(2, &entries(2..3)).unwrap();
        let content = read(dir.path()).unwrap();
        assert_eq!(content.entries, entries(0..3));
        assert_eq!(content.torn, b"");
    }

    proptest! {
        #[test]
        fn reading_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(read_batch(&bytes, None));
            let mut prefixed = MAGIC.to_vec();
            prefixed.extend_from_slice(&bytes);
            drop(read_batch(&prefixed, None));
            holds_batch(&prefixed);
        }
    }
}
