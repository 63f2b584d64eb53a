//! The beta distribution: what is not known about a probability.

use super::{ParameterError, ascending, gamma, positive};
use crate::random::Stream;
use crate::special::{beta_cdf, beta_quantile};

/// A beta distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beta {
    a: f64,
    b: f64,
}

impl Beta {
    /// Jeffreys' prior, which knows nothing yet.
    pub const JEFFREYS: Self = Self { a: 0.5, b: 0.5 };

    /// A beta distribution with mean `a / (a + b)`.
    ///
    /// # Errors
    /// When a parameter is not positive.
    pub fn new(a: f64, b: f64) -> Result<Self, ParameterError> {
        Ok(Self {
            a: positive("a", a)?,
            b: positive("b", b)?,
        })
    }

    /// The beta distribution whose 5 % and 95 % quantiles are `low` and `high`.
    ///
    /// # Errors
    /// When the range does not ascend strictly inside 0 to 1.
    pub fn from_range90(low: f64, high: f64) -> Result<Self, ParameterError> {
        ascending(low, high, "0 to 1, ends excluded", [1e-9, 1.0 - 1e-9])?;
        // The width falls with the concentration, which is bisected to meet `high`.
        let (mut least, mut most) = (-2.0, 16.0);
        for _ in 0..44 {
            let middle = f64::midpoint(least, most);
            if meeting(low, middle).cdf(high) < 0.95 {
                least = middle;
            } else {
                most = middle;
            }
        }
        let beta = meeting(low, f64::midpoint(least, most));
        Self::new(beta.a, beta.b)
    }

    /// The posterior after `hits` and `misses`, which may be fractions where evidence is
    /// discounted.
    #[must_use]
    pub fn updated(self, hits: f64, misses: f64) -> Self {
        Self {
            a: self.a + hits.max(0.0),
            b: self.b + misses.max(0.0),
        }
    }

    /// The mean.
    #[must_use]
    pub fn mean(self) -> f64 {
        self.a / (self.a + self.b)
    }

    /// The first parameter.
    #[must_use]
    pub const fn a(self) -> f64 {
        self.a
    }

    /// The second parameter.
    #[must_use]
    pub const fn b(self) -> f64 {
        self.b
    }

    /// The probability of a value at most `x`.
    #[must_use]
    pub fn cdf(self, x: f64) -> f64 {
        beta_cdf(self.a, self.b, x)
    }

    /// The value below which a share `probability` lies.
    ///
    /// Drawing by inversion keeps draws ordered: more hits never give a smaller value.
    #[must_use]
    pub fn quantile(self, probability: f64) -> f64 {
        beta_quantile(self.a, self.b, probability)
    }

    /// Draws a value as a ratio of gamma variates.
    pub fn sample(self, stream: &mut Stream) -> f64 {
        let left = gamma::standard(self.a, stream);
        let right = gamma::standard(self.b, stream);
        let sum = left + right;
        if sum > 0.0 { left / sum } else { self.mean() }
    }
}

/// The beta of a concentration whose 5 % quantile is `low`: the mean is bisected.
fn meeting(low: f64, log_concentration: f64) -> Beta {
    let concentration = log_concentration.exp();
    let with = |mean: f64| Beta {
        a: mean * concentration,
        b: (1.0 - mean) * concentration,
    };
    let (mut least, mut most) = (low, 1.0 - 1e-12);
    for _ in 0..44 {
        let mean = f64::midpoint(least, most);
        if with(mean).cdf(low) > 0.05 {
            least = mean;
        } else {
            most = mean;
        }
    }
    with(f64::midpoint(least, most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Philox;

    #[test]
    fn elicited_ranges_come_back() {
        for (low, high) in [(0.3, 0.8), (0.9, 0.99), (0.02, 0.4), (0.001, 0.01)] {
            let beta = Beta::from_range90(low, high).unwrap();
            assert!((beta.quantile(0.05) - low).abs() < 1e-5, "{low} {high}");
            assert!((beta.quantile(0.95) - high).abs() < 1e-5, "{low} {high}");
        }
        assert!(Beta::from_range90(0.5, 0.5).is_err());
        assert!(Beta::from_range90(0.0, 1.0).is_err());
    }

    #[test]
    fn more_hits_never_draw_lower() {
        for step in 1..40 {
            let probability = f64::from(step) / 40.0;
            let mut before = 0.0;
            for hits in 0..60 {
                let draw = Beta::JEFFREYS
                    .updated(f64::from(hits), 2.0)
                    .quantile(probability);
                assert!(draw >= before - 1e-12);
                before = draw;
            }
        }
    }

    #[test]
    fn samples_have_the_mean() {
        let beta = Beta::new(2.0, 6.0).unwrap();
        let mut stream = Philox::new(2).stream(0);
        let sum: f64 = (0..100_000).map(|_| beta.sample(&mut stream)).sum();
        assert!((sum / 100_000.0 - 0.25).abs() < 0.003);
    }
}
