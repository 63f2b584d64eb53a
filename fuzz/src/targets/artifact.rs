//! A model file gives the same report however its source hands out the bytes, within the limits.

use seawall_artifact::{ReadAt, ReadError, Report, scan, scan_dataset};
use seawall_base::Limits;

/// A source that hands out few bytes at a time, as a slow file system may.
struct Dribble<'a>(&'a [u8], usize);

impl ReadAt for Dribble<'_> {
    fn size(&self) -> u64 {
        self.0.size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, ReadError> {
        let most = buffer.len().min(self.1);
        match buffer.get_mut(..most) {
            Some(buffer) => self.0.read_at(offset, buffer),
            None => Ok(0),
        }
    }
}

/// Small enough that an input that multiplies work reaches them.
fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.expanded_bytes_max = 1 << 20;
    limits.entries_max = 1_000;
    limits.steps_max = 100_000;
    limits.findings_max = 20;
    limits
}

fn check(name: &str, bytes: &[u8], read: fn(&str, &dyn ReadAt, &Limits) -> Report) {
    let limits = limits();
    let whole = read(name, &bytes.to_vec(), &limits);
    let step = 1 + bytes.len() % 61;
    let pieces = read(name, &Dribble(bytes, step), &limits);
    assert_eq!(whole, pieces, "reads of {step} bytes differ");
    assert!(!whole.read_failed);
    // One more may say that there were more.
    assert!(whole.findings.len() <= limits.findings_max + 1);
    for finding in &whole.findings {
        assert!(finding.message.len() < 10_000 && !finding.message.is_empty());
        assert!(finding.path.starts_with(name), "{}", finding.path);
    }
    let unread = whole
        .problems
        .iter()
        .any(|problem| problem.message.is_empty());
    assert!(!unread);
}

macro_rules! formats {
    ($($function:ident: $name:literal;)*) => {
        $(pub(super) fn $function(bytes: &[u8]) {
            check($name, bytes, scan);
        })*
    };
}

formats! {
    config: "config.json";
    graph: "saved_model.pb";
    hdf5: "m.h5";
    keras: "m.keras";
    npy: "m.npy";
    packed: "m.gz";
    pickle: "m.pkl";
    safetensors: "m.safetensors";
    tar: "m.tar";
    torch: "m.pt";
    zip: "m.zip";
}

/// A dataset, with its file name.
pub(super) fn dataset(name: &str, bytes: &[u8]) {
    check(name, bytes, scan_dataset);
}
