//! Sixty-four Bernoulli draws in one word, for bit-parallel sampling.

use crate::random::{FourStreams, Philox, Stream};

/// A probability in units of 2^-32, compared with a bit-sliced uniform number.
///
/// Draws of different thresholds at the same place are comonotone: where the smaller one comes
/// out, the larger one does too. Redundant controls and common random numbers rest on that.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Threshold(u64);

const ONE: u64 = 1 << 32;

impl Threshold {
    /// Never.
    pub const NEVER: Self = Self(0);
    /// Always.
    pub const ALWAYS: Self = Self(ONE);

    /// The nearest threshold to `probability`, which is clamped to 0..=1; not a number is 0.
    #[must_use]
    pub fn new(probability: f64) -> Self {
        let scaled = (probability.clamp(0.0, 1.0) * ONE as f64).round();
        // The cast saturates and maps NaN to 0.
        Self((scaled as u64).min(ONE))
    }

    /// The probability this threshold stands for.
    #[must_use]
    pub fn probability(self) -> f64 {
        self.0 as f64 / ONE as f64
    }

    /// Bit `i` is set where draw `64 * word + i` of `id` comes out.
    #[inline]
    #[must_use]
    pub const fn word(self, philox: Philox, id: u64, word: u64) -> u64 {
        if self.0 == 0 {
            return 0;
        }
        if self.0 >= ONE {
            return u64::MAX;
        }
        // Compare bit by bit from the top. Eight bits decide three words of four, so they are done
        // without asking; the rest goes four at a time.
        let mut compare = Compare {
            stream: philox.stream_at(id, word),
            rest: self.0 << 32,
            below: 0,
            undecided: u64::MAX,
        };
        compare.four();
        compare.four();
        while compare.rest != 0 && compare.undecided != 0 {
            compare.four();
        }
        compare.below
    }
}

impl Threshold {
    /// The draws of four words, from `4 * group` on: the same bits as [`Threshold::word`] gives,
    /// in a fraction of the time, since the four do not wait for each other.
    #[inline]
    #[must_use]
    pub fn words(self, philox: Philox, id: u64, group: u64) -> [u64; 4] {
        if self.0 == 0 {
            return [0; 4];
        }
        if self.0 >= ONE {
            return [u64::MAX; 4];
        }
        let mut compare = CompareFour {
            streams: philox.streams_at(id, group.wrapping_mul(4)),
            rest: self.0 << 32,
            below: [0; 4],
            undecided: [u64::MAX; 4],
        };
        compare.bits::<8>();
        // Eight bits decide all of 256 draws in one case of three, ten in four of five.
        while compare.rest != 0 && compare.undecided != [0; 4] {
            compare.bits::<2>();
        }
        compare.below
    }
}

/// A bit-sliced comparison of four words under way.
struct CompareFour {
    streams: FourStreams,
    rest: u64,
    below: [u64; 4],
    undecided: [u64; 4],
}

impl CompareFour {
    #[inline]
    fn bits<const COUNT: usize>(&mut self) {
        for _ in 0..COUNT {
            let random = self.streams.next();
            let bit = (self.rest >> 63).wrapping_neg();
            let lanes = self.below.iter_mut().zip(&mut self.undecided).zip(random);
            for ((below, undecided), random) in lanes {
                *below |= *undecided & !random & bit;
                *undecided &= random ^ !bit;
            }
            self.rest <<= 1;
        }
    }
}

/// A bit-sliced comparison under way.
struct Compare {
    stream: Stream,
    /// Bits of the threshold that are still to come, at the top.
    rest: u64,
    below: u64,
    undecided: u64,
}

impl Compare {
    #[inline]
    const fn four(&mut self) {
        self.one();
        self.one();
        self.one();
        self.one();
    }

    #[inline]
    const fn one(&mut self) {
        let random = self.stream.next_u64();
        // All ones where this bit of the threshold is set: no branch to mispredict.
        let bit = (self.rest >> 63).wrapping_neg();
        self.below |= self.undecided & !random & bit;
        self.undecided &= random ^ !bit;
        self.rest <<= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequencies_match_and_ends_are_exact() {
        let philox = Philox::new(11);
        assert_eq!(Threshold::new(0.0).word(philox, 1, 1), 0);
        assert_eq!(Threshold::new(1.0).word(philox, 1, 1), u64::MAX);
        assert_eq!(Threshold::new(f64::NAN), Threshold::NEVER);
        for probability in [0.001, 0.1, 0.3, 0.5, 0.77, 0.999] {
            let threshold = Threshold::new(probability);
            let words = 4_000_u64;
            let ones: u32 = (0..words)
                .map(|word| threshold.word(philox, 5, word).count_ones())
                .sum();
            let trials = words as f64 * 64.0;
            let error = (probability * (1.0 - probability) / trials).sqrt();
            assert!(
                (f64::from(ones) / trials - probability).abs() < 4.5 * error,
                "{probability}"
            );
        }
    }

    #[test]
    fn four_words_at_once_are_the_same_bits() {
        let philox = Philox::new(9);
        for chance in [0.0, 0.001, 0.25, 0.3, 0.999, 1.0] {
            let threshold = Threshold::new(chance);
            for group in 0..50 {
                let one_by_one =
                    [0, 1, 2, 3].map(|word| threshold.word(philox, 7, 4 * group + word));
                assert_eq!(threshold.words(philox, 7, group), one_by_one, "{chance}");
            }
        }
    }

    #[test]
    fn thresholds_at_one_place_are_comonotone() {
        let philox = Philox::new(3);
        for word in 0..500 {
            let small = Threshold::new(0.2).word(philox, 9, word);
            let large = Threshold::new(0.25).word(philox, 9, word);
            assert_eq!(small & !large, 0);
        }
    }
}
