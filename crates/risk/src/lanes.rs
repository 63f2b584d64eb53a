//! 256 trials side by side: bit `i` says what happened in trial `i`.
//!
//! Four words are as many as the common vector units take in one or two operations, and walking
//! the graph costs the same for four as for one.

use std::ops::{BitAnd, BitAndAssign, BitOr, BitOrAssign, Not};

/// One bit for each of 256 trials.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[repr(align(32))]
pub(crate) struct Lanes([u64; 4]);

impl Lanes {
    /// Trials side by side.
    pub(crate) const COUNT: usize = 256;
    /// In no trial.
    pub(crate) const NONE: Self = Self([0; 4]);
    /// In every trial.
    pub(crate) const ALL: Self = Self([u64::MAX; 4]);

    pub(crate) const fn new(words: [u64; 4]) -> Self {
        Self(words)
    }

    #[inline]
    pub(crate) const fn is_empty(self) -> bool {
        let [a, b, c, d] = self.0;
        a | b | c | d == 0
    }

    /// In how many trials.
    pub(crate) fn count(self) -> u64 {
        self.0.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Whether it happened in trial `lane`.
    pub(crate) fn has(self, lane: usize) -> bool {
        let word = self.0.get(lane / 64).copied().unwrap_or(0);
        word >> (lane % 64) & 1 == 1
    }

    /// Trial `lane` alone.
    pub(crate) fn only(lane: usize) -> Self {
        let mut words = [0; 4];
        if let Some(word) = words.get_mut(lane / 64) {
            *word = 1 << (lane % 64);
        }
        Self(words)
    }

    /// The trials in which it happened, ascending.
    pub(crate) fn ones(self) -> impl Iterator<Item = usize> {
        let words = self.0.into_iter().enumerate();
        words.flat_map(|(number, word)| ones(word).map(move |lowest| number * 64 + lowest))
    }
}

/// The positions of the bits that are set.
fn ones(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        if word == 0 {
            return None;
        }
        let lowest = word.trailing_zeros() as usize;
        word &= word - 1;
        Some(lowest)
    })
}

impl BitAnd for Lanes {
    type Output = Self;

    #[inline]
    fn bitand(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([a & e, b & f, c & g, d & h])
    }
}

impl BitOr for Lanes {
    type Output = Self;

    #[inline]
    fn bitor(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([a | e, b | f, c | g, d | h])
    }
}

impl Not for Lanes {
    type Output = Self;

    #[inline]
    fn not(self) -> Self {
        let [a, b, c, d] = self.0;
        Self([!a, !b, !c, !d])
    }
}

impl BitAndAssign for Lanes {
    #[inline]
    fn bitand_assign(&mut self, other: Self) {
        *self = *self & other;
    }
}

impl BitOrAssign for Lanes {
    #[inline]
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_are_found_where_they_were_put() {
        let lanes = Lanes::only(0) | Lanes::only(63) | Lanes::only(64) | Lanes::only(255);
        assert_eq!(lanes.ones().collect::<Vec<_>>(), [0, 63, 64, 255]);
        assert_eq!(lanes.count(), 4);
        assert!(lanes.has(64) && !lanes.has(65) && !lanes.has(999));
        assert!((lanes & !lanes).is_empty() && !(lanes | Lanes::ALL).is_empty());
    }
}
