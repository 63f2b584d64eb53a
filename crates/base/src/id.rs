//! Sortable ids from an injected source: time first, then 80 bits that an outsider cannot guess.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use serde::Serialize;

use crate::digest::Hasher;

/// An id such as `trial_01J9Z...`: a kind, an underscore and 26 characters in the ULID alphabet.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Id(String);

/// Makes ids from a secret seed, the time and a counter. The same seed and calls give the same ids.
#[derive(Debug)]
pub struct IdSource {
    seed: [u8; 32],
    next: AtomicU64,
}

/// Crockford's base 32: no letter that reads like a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl Id {
    /// Reads an id that was stored: a kind of lower-case letters, an underscore, 26 characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once('_')?;
        let kind_is_sound = !kind.is_empty() && kind.bytes().all(|byte| byte.is_ascii_lowercase());
        let rest_is_sound = rest.len() == 26 && rest.bytes().all(|byte| ALPHABET.contains(&byte));
        (kind_is_sound && rest_is_sound).then(|| Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl IdSource {
    /// A source seeded with 32 bytes: from the operating system in production, fixed in tests.
    #[must_use]
    pub const fn new(seed: [u8; 32]) -> Self {
        Self {
            seed,
            next: AtomicU64::new(0),
        }
    }

    /// 32 bytes that nobody can guess and no other call gives.
    #[must_use]
    pub fn nonce(&self) -> [u8; 32] {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        let mut hasher = Hasher::new();
        hasher.update(b"nonce");
        hasher.update(&self.seed);
        hasher.update(&count.to_be_bytes());
        *hasher.finish().as_bytes()
    }

    /// The next id of a kind (lower-case letters), stamped with the milliseconds of `now`.
    #[must_use]
    pub fn next(&self, kind: &str, now: Timestamp) -> Id {
        let millis = u64::try_from(now.as_millisecond()).unwrap_or(0) & 0xffff_ffff_ffff;
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        let mut hasher = Hasher::new();
        hasher.update(&self.seed);
        hasher.update(&count.to_be_bytes());
        let digest = hasher.finish();
        let mut bits = u128::from(millis) << 80;
        for (position, byte) in digest.as_bytes().iter().take(10).enumerate() {
            bits |= u128::from(*byte) << (8 * (9 - position));
        }
        let mut text = String::with_capacity(kind.len() + 27);
        text.push_str(kind);
        text.push('_');
        for position in (0..26).rev() {
            let index = usize::try_from(bits >> (5 * position) & 31).unwrap_or(0);
            text.push(char::from(ALPHABET.get(index).copied().unwrap_or(b'0')));
        }
        Id(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_repeat_for_the_same_seed() {
        let early = Timestamp::from_millisecond(1_000).unwrap();
        let late = Timestamp::from_millisecond(2_000).unwrap();
        let source = IdSource::new([7; 32]);
        let (first, second) = (source.next("trial", late), source.next("trial", early));
        assert!(second < first);
        assert_eq!(first, IdSource::new([7; 32]).next("trial", late));
        assert_ne!(first, source.next("trial", late));
        assert_eq!(Id::parse(first.as_str()), Some(first));
    }

    #[test]
    fn nonces_differ_and_depend_on_the_seed() {
        let source = IdSource::new([7; 32]);
        assert_ne!(source.nonce(), source.nonce());
        assert_ne!(
            IdSource::new([8; 32]).nonce(),
            IdSource::new([7; 32]).nonce()
        );
    }

    #[test]
    fn malformed_ids_are_refused() {
        for text in [
            "",
            "trial",
            "trial_short",
            "Trial_01J9ZAAAAAAAAAAAAAAAAAAAAA",
            "x_01J9ZAAAAAAAAAAAAAAAAAAAAI",
        ] {
            assert_eq!(Id::parse(text), None, "{text}");
        }
    }
}
