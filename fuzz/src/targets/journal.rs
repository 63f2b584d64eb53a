//! A ledger over any journal is refused and left as it is, or opens with every entry readable, and
//! opens the same again. The first byte chooses: the bytes as they are, or framed as a batch with a
//! sound checksum, so that what follows the checksum is reached too.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use seawall_base::{FixedClock, Hasher, IdSource, Timestamp};
use seawall_store::{LogReader, State, StoreError};
use tempfile::TempDir;

const JOURNAL: &str = "ledger/journal/00000000000000000000.log";
const COPIED: &[&str] = &[
    "keys/ledger.pem",
    "keys/ledger.vkey",
    "ledger/checkpoint",
    "seawall.db",
];

/// A closed, empty state folder.
static EMPTY: LazyLock<Option<TempDir>> = LazyLock::new(|| {
    let dir = tempfile::tempdir().ok()?;
    open(dir.path()).ok()?.close().ok()?;
    Some(dir)
});

/// A batch of two entries, framed here and ready-made, and a torn one.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let payload = b"\0\x02{}\0\x08an entry";
    let whole = framed(0, 2, payload);
    let raw = |bytes: &[u8]| [&[0], bytes].concat();
    vec![
        [&[1, 2], payload.as_slice()].concat(),
        raw(&whole),
        raw(&[whole.clone(), framed(2, 2, payload)].concat()),
        raw(whole.get(..30).unwrap_or_default()),
    ]
}

/// A batch as the journal writes it.
fn framed(first: u64, count: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = b"SWJ1".to_vec();
    bytes.extend(first.to_be_bytes());
    bytes.extend(count.to_be_bytes());
    bytes.extend(u32::try_from(payload.len()).unwrap_or(0).to_be_bytes());
    let mut hasher = Hasher::new();
    hasher.update(&bytes);
    hasher.update(payload);
    let digest = hasher.finish();
    bytes.extend(digest.as_bytes().iter().take(16));
    bytes.extend_from_slice(payload);
    bytes
}

pub(super) fn body(bytes: &[u8]) {
    let journal = match bytes {
        [0, rest @ ..] => rest.to_vec(),
        [_, count, rest @ ..] => framed(0, u32::from(*count), rest),
        _ => return,
    };
    let (Some(empty), Ok(dir)) = (EMPTY.as_ref(), tempfile::tempdir()) else {
        return;
    };
    let made = prepare(empty.path(), dir.path(), &journal);
    assert!(made.is_ok(), "{made:?}");
    let path = dir.path().join(JOURNAL);
    let size = match open(dir.path()) {
        Ok(state) => {
            let size = state.ledger().size();
            assert!(state.close().is_ok());
            size
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert_eq!(read(&path), journal, "a refused journal was changed");
            return;
        }
    };
    let reader = LogReader::open(dir.path(), None);
    let entries = reader.and_then(|reader| reader.entries(0, 1 << 20));
    let entries = entries.map(|entries| entries.len() as u64);
    assert!(
        entries.as_ref().is_ok_and(|found| *found == size),
        "{entries:?}, not {size}"
    );
    let again = open(dir.path()).map(|state| state.ledger().size());
    assert!(
        again.as_ref().is_ok_and(|again| *again == size),
        "{again:?}"
    );
}

#[expect(clippy::disallowed_methods, reason = "the subject is a folder")]
fn prepare(from: &Path, to: &Path, journal: &[u8]) -> std::io::Result<()> {
    for folder in ["keys", "ledger/journal"] {
        std::fs::create_dir_all(to.join(folder))?;
    }
    for name in COPIED {
        std::fs::copy(from.join(name), to.join(name))?;
    }
    std::fs::write(to.join(JOURNAL), journal)
}

#[expect(clippy::disallowed_methods, reason = "the subject is a folder")]
fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_default()
}

fn open(dir: &Path) -> Result<State, StoreError> {
    let clock = Arc::new(FixedClock::new(Timestamp::UNIX_EPOCH));
    let ids = Arc::new(IdSource::new([3; 32]));
    State::open(dir, clock, ids, Arc::new(|| Ok([9; 32])))
}
