//! Repeatable choices: the same seed gives the same payload, on every machine.

use seawall_base::{Digest, Hasher};

/// A stream of choices from a seed.
#[derive(Clone, Debug)]
pub struct Draw {
    seed: [u8; 32],
    next: u64,
}

/// Letters and digits that nobody confuses, for canaries.
const ALPHABET: &[u8] = b"ABCDEFGHJKMNPQRSTVWXYZ23456789";

impl Draw {
    /// The stream of one payload: of a campaign's seed, a probe and its variation.
    #[must_use]
    pub fn new(seed: u64, name: &str, variation: u64) -> Self {
        let mut hasher = Hasher::new();
        hasher.update(&seed.to_be_bytes());
        hasher.update(&variation.to_be_bytes());
        hasher.update(name.as_bytes());
        Self {
            seed: *hasher.finish().as_bytes(),
            next: 0,
        }
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        let mut hasher = Hasher::new();
        hasher.update(&self.seed);
        hasher.update(&self.next.to_be_bytes());
        self.next = self.next.wrapping_add(1);
        let digest: Digest = hasher.finish();
        digest
            .as_bytes()
            .iter()
            .take(8)
            .fold(0, |bits, byte| bits << 8 | u64::from(*byte))
    }

    /// A number below `bound` (0 for a bound of 0). The bias of the remainder is below 2⁻⁵⁰ here.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.bits().checked_rem(bound).unwrap_or(0)
    }

    /// One of `items`; the empty text for none.
    pub fn pick<'a>(&mut self, items: &[&'a str]) -> &'a str {
        let bound = u64::try_from(items.len()).unwrap_or(0);
        let index = usize::try_from(self.below(bound)).unwrap_or(0);
        items.get(index).copied().unwrap_or_default()
    }

    /// A code of `groups` groups of four characters, each with a letter and a digit, such as `K7QM-R2XW`.
    pub fn code(&mut self, groups: usize) -> String {
        let mut code = String::with_capacity(groups * 5);
        for group in 0..groups {
            if group > 0 {
                code.push('-');
            }
            for place in 0..4_u64 {
                let (from, count) = match place {
                    0 => (0, 22),
                    1 => (22, 8),
                    _ => (0, 30),
                };
                let index = from + usize::try_from(self.below(count)).unwrap_or(0);
                code.push(char::from(ALPHABET.get(index).copied().unwrap_or(b'A')));
            }
        }
        code
    }

    /// A host name under `.example`, which nobody can own.
    pub fn host(&mut self) -> String {
        let name = self.pick(&[
            "cdn", "assets", "static", "collect", "mirror", "img", "sync", "edge",
        ]);
        format!("{name}-{}.example", self.code(1).to_lowercase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_and_another_variation_does_not() {
        let code = |variation| Draw::new(7, "probe", variation).code(3);
        assert_eq!(code(1), code(1));
        assert_ne!(code(1), code(2));
        assert!(
            code(1)
                .split('-')
                .all(|group| group.len() == 4 && group.bytes().any(|byte| byte.is_ascii_digit()))
        );
    }
}
