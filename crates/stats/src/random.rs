//! Philox-2x64-10 (Salmon et al., SC 2011), a block cipher on a counter, gives every place its own
//! state; xoroshiro128++ (Blackman and Vigna, 2019) runs on from there.
//!
//! The risk engine keys every draw by what it is for, never by when it happens, so that results
//! are the same bytes at any thread count. One Philox block costs as much as a dozen steps of the
//! second generator, so long runs from one place take the second. Not for secrets.

/// The generator: a seed and a domain folded into one key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Philox {
    key: u64,
}

/// A sequence of draws from one place of the counter space (xoroshiro128++).
#[derive(Clone, Debug)]
pub struct Stream {
    left: u64,
    right: u64,
}

/// Four sequences that go on side by side.
#[derive(Clone, Debug)]
pub(crate) struct FourStreams {
    left: [u64; 4],
    right: [u64; 4],
}

const MULTIPLIER: u64 = 0xd2b7_4407_b1ce_6e93;
const WEYL: u64 = 0x9e37_79b9_7f4a_7c15;

impl Philox {
    /// A generator for a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self { key: seed }
    }

    /// An independent generator for one purpose under the same seed.
    #[must_use]
    pub const fn domain(self, domain: u64) -> Self {
        let [key, _] = self.block(domain, u64::MAX);
        Self { key }
    }

    /// The two words at one place of the counter space.
    #[inline]
    #[must_use]
    pub const fn block(self, id: u64, position: u64) -> [u64; 2] {
        let (mut left, mut right, mut key) = (id, position, self.key);
        let mut round = 0;
        while round < 10 {
            let product = MULTIPLIER as u128 * left as u128;
            left = (product >> 64) as u64 ^ key ^ right;
            right = product as u64;
            key = key.wrapping_add(WEYL);
            round += 1;
        }
        [left, right]
    }

    /// The draws that belong to `id`, from the beginning.
    #[must_use]
    pub const fn stream(self, id: u64) -> Stream {
        self.stream_at(id, 0)
    }

    /// The draws that belong to one place of the counter space.
    #[inline]
    #[must_use]
    pub const fn stream_at(self, id: u64, position: u64) -> Stream {
        let [left, right] = self.block(id, position);
        // The all-zero state would stay where it is.
        Stream {
            left,
            right: if left | right == 0 { WEYL } else { right },
        }
    }
}

impl Philox {
    /// The draws that belong to a place and the three after it.
    #[inline]
    pub(crate) fn streams_at(self, id: u64, position: u64) -> FourStreams {
        let mut left = [id; 4];
        let mut right = [0, 1, 2, 3].map(|offset| position.wrapping_add(offset));
        let mut key = self.key;
        for _ in 0..10 {
            for (left, right) in left.iter_mut().zip(&mut right) {
                let product = u128::from(MULTIPLIER) * u128::from(*left);
                *left = (product >> 64) as u64 ^ key ^ *right;
                *right = product as u64;
            }
            key = key.wrapping_add(WEYL);
        }
        for (left, right) in left.iter().zip(&mut right) {
            if *left | *right == 0 {
                *right = WEYL;
            }
        }
        FourStreams { left, right }
    }
}

impl FourStreams {
    /// The next 64 bits of each.
    #[inline]
    pub(crate) fn next(&mut self) -> [u64; 4] {
        let mut words = [0; 4];
        let states = self.left.iter_mut().zip(&mut self.right);
        for (word, (left, right)) in words.iter_mut().zip(states) {
            *word = left
                .wrapping_add(*right)
                .rotate_left(17)
                .wrapping_add(*left);
            let mixed = *right ^ *left;
            *left = left.rotate_left(49) ^ mixed ^ (mixed << 21);
            *right = mixed.rotate_left(28);
        }
        words
    }
}

impl Stream {
    /// The next 64 bits.
    #[inline]
    pub const fn next_u64(&mut self) -> u64 {
        let (left, right) = (self.left, self.right);
        let word = left.wrapping_add(right).rotate_left(17).wrapping_add(left);
        let mixed = right ^ left;
        self.left = left.rotate_left(49) ^ mixed ^ (mixed << 21);
        self.right = mixed.rotate_left(28);
        word
    }

    /// The next number in the open interval (0, 1).
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        open_unit(self.next_u64())
    }

    /// The next exponential with mean 1.
    #[inline]
    pub fn exponential(&mut self) -> f64 {
        -self.uniform().ln()
    }

    /// The next standard normal, by inversion: one draw each, so that streams stay aligned.
    #[inline]
    pub fn normal(&mut self) -> f64 {
        crate::special::normal_quantile(self.uniform())
    }

    /// A whole number below `bound`, 0 when `bound` is 0. The bias is below `bound` / 2^64.
    #[inline]
    pub const fn below(&mut self, bound: u64) -> u64 {
        ((self.next_u64() as u128 * bound as u128) >> 64) as u64
    }
}

/// 53 bits, moved half a step up so that neither 0 nor 1 can come out.
#[inline]
fn open_unit(word: u64) -> f64 {
    ((word >> 11) as f64 + 0.5) * (1.0 / 9_007_199_254_740_992.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers_of_the_reference_implementation() {
        // Random123, kat_vectors, philox2x64-10.
        let cases = [
            (0, [0, 0], [0xca00_a045_9843_d731, 0x66c2_4222_c9a8_45b5]),
            (
                u64::MAX,
                [u64::MAX, u64::MAX],
                [0x65b0_21d6_0cd8_310f, 0x4d02_f322_2f86_df20],
            ),
            (
                0xa409_3822_299f_31d0,
                [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344],
                [0x0a5e_742c_2997_341c, 0xb0f8_83d3_8000_de5d],
            ),
        ];
        for (key, [id, position], expected) in cases {
            assert_eq!(Philox::new(key).block(id, position), expected);
        }
    }

    #[test]
    fn domains_and_ids_differ_and_repeat() {
        let philox = Philox::new(7);
        let first: Vec<_> = std::iter::repeat_with({
            let mut stream = philox.domain(1).stream(3);
            move || stream.next_u64()
        })
        .take(4)
        .collect();
        let mut again = philox.domain(1).stream(3);
        assert!(first.iter().all(|word| *word == again.next_u64()));
        assert_ne!(first[0], philox.domain(2).stream(3).next_u64());
        assert_ne!(first[0], philox.domain(1).stream(4).next_u64());
    }

    #[test]
    fn uniform_normal_and_below_have_their_moments() {
        let mut stream = Philox::new(1).stream(0);
        let count = 200_000;
        let (mut sum, mut normal_square, mut below) = (0.0, 0.0, 0);
        for _ in 0..count {
            sum += stream.uniform();
            normal_square += stream.normal().powi(2);
            below += stream.below(7);
        }
        let count = f64::from(count);
        assert!((sum / count - 0.5).abs() < 0.003);
        assert!((normal_square / count - 1.0).abs() < 0.015);
        assert!((below as f64 / count - 3.0).abs() < 0.02);
    }
}
