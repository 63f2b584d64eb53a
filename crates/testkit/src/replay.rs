//! Replays the seeds of a fuzz target, and mutations of them, as an ordinary test.

use std::path::PathBuf;

use crate::skip::repository;

/// Mutations of each seed that one replay tries.
const MUTATIONS: u64 = 2_000;

/// Pieces that parsers have opinions about.
const PIECES: &[&[u8]] = &[
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\\ud800",
    b"null",
    b"-",
    b"1e999",
    b"99999999999999999999",
    b"data: ",
];

/// Runs `body` on every seed of `target` and on mutations of them: the same ones in every run.
///
/// # Panics
/// When the target has no seed, or the body panics.
pub fn replay(target: &str, body: impl Fn(&[u8])) {
    let seeds = seeds(target);
    assert!(!seeds.is_empty(), "fuzz/seeds/{target} is empty");
    for (number, seed) in (0u64..).zip(&seeds) {
        body(seed);
        let mut random = Random(number);
        for _ in 0..MUTATIONS {
            let mut bytes = seed.clone();
            for _ in 0..=random.below(3) {
                mutate(&mut bytes, &mut random);
            }
            body(&bytes);
        }
    }
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = repository().join("fuzz/seeds").join(target);
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    #[expect(
        clippy::disallowed_methods,
        reason = "seeds are files of the repository"
    )]
    let read = |path: &PathBuf| std::fs::read(path).ok();
    paths.iter().filter_map(read).collect()
}

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len().saturating_add(1));
    match random.below(5) {
        0 => bytes.truncate(at),
        1 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        2 => {
            let end = at.saturating_add(random.below(16)).min(bytes.len());
            bytes.drain(at..end);
        }
        3 => {
            let end = at.saturating_add(random.below(32)).min(bytes.len());
            let copy = bytes.get(at..end).unwrap_or_default().to_vec();
            bytes.splice(at..at, copy);
        }
        _ => {
            let piece = PIECES.get(random.below(PIECES.len())).copied();
            bytes.splice(at..at, piece.unwrap_or_default().iter().copied());
        }
    }
}

/// `SplitMix64`: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % u64::try_from(limit.max(1)).unwrap_or(1)).unwrap_or(0)
    }
}
