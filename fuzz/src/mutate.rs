//! Mutations of seeds: the same ones for the same number, on every machine.

/// Bytes to which a mutated input may grow.
const BYTES_MAX: usize = 64 << 10;

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
    b"\n\n",
    b"  - ",
    b"&a ",
    b"*a",
    b"<<: *a",
    b"---\n",
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"\x80\x04",
    b"cos\nsystem\n",
    b"R.",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff\xff\xff\xff\xff",
    b"\xe2\x80\x8b",
    b"\xf3\xa0\x81\x81",
    b"+0,0",
];

/// Draws inputs from seeds.
#[derive(Debug)]
pub struct Mutator {
    seeds: Vec<Vec<u8>>,
    random: Random,
}

impl Mutator {
    /// A mutator of these seeds; of the empty input where there is none.
    #[must_use]
    pub const fn new(seeds: Vec<Vec<u8>>, number: u64) -> Self {
        Self {
            seeds,
            random: Random(number),
        }
    }

    /// The next input: a seed with one to four changes, now and then crossed with another seed.
    pub fn draw(&mut self) -> Vec<u8> {
        let mut bytes = self.seed();
        if self.random.below(8) == 0 {
            let other = self.seed();
            let from = self.random.below(other.len());
            let at = self.random.below(bytes.len());
            bytes.truncate(at);
            bytes.extend_from_slice(other.get(from..).unwrap_or_default());
        }
        for _ in 0..=self.random.below(4) {
            change(&mut bytes, &mut self.random);
        }
        bytes.truncate(BYTES_MAX);
        bytes
    }

    fn seed(&mut self) -> Vec<u8> {
        let place = self.random.below(self.seeds.len());
        self.seeds.get(place).cloned().unwrap_or_default()
    }
}

fn change(bytes: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(bytes.len().saturating_add(1));
    match random.below(6) {
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
        4 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = u8::try_from(random.below(256)).unwrap_or(0);
            }
        }
        _ => {
            let piece = PIECES.get(random.below(PIECES.len())).copied();
            bytes.splice(at..at, piece.unwrap_or_default().iter().copied());
        }
    }
}

/// `SplitMix64`: small, and the same everywhere.
#[derive(Debug)]
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
