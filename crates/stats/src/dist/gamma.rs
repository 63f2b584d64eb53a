//! The gamma distribution: what is not known about a rate.

use super::{ParameterError, ascending, positive};
use crate::random::Stream;
use crate::special::{gamma_cdf, gamma_quantile};

/// A gamma distribution by shape and rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gamma {
    shape: f64,
    rate: f64,
}

impl Gamma {
    /// A gamma distribution with mean `shape / rate`.
    ///
    /// # Errors
    /// When a parameter is not positive.
    pub fn new(shape: f64, rate: f64) -> Result<Self, ParameterError> {
        Ok(Self {
            shape: positive("shape", shape)?,
            rate: positive("rate", rate)?,
        })
    }

    /// The gamma distribution whose 5 % and 95 % quantiles are `low` and `high`.
    ///
    /// # Errors
    /// When the range does not ascend within the positive numbers.
    pub fn from_range90(low: f64, high: f64) -> Result<Self, ParameterError> {
        ascending(
            low,
            high,
            "0 to infinity, both positive",
            [f64::MIN_POSITIVE, f64::MAX],
        )?;
        let wanted = high / low;
        // The ratio of the quantiles falls as the shape grows: bisect on the logarithm.
        let (mut least, mut most) = (-7.0_f64, 14.0_f64);
        for _ in 0..80 {
            let middle = f64::midpoint(least, most);
            let shape = middle.exp();
            let ratio = gamma_quantile(shape, 0.95) / gamma_quantile(shape, 0.05);
            if ratio > wanted {
                least = middle;
            } else {
                most = middle;
            }
        }
        let shape = f64::midpoint(least, most).exp();
        Self::new(shape, gamma_quantile(shape, 0.95) / high)
    }

    /// The posterior after `events` in `exposure` units of time.
    #[must_use]
    pub fn updated(self, events: f64, exposure: f64) -> Self {
        Self {
            shape: self.shape + events.max(0.0),
            rate: self.rate + exposure.max(0.0),
        }
    }

    /// The mean.
    #[must_use]
    pub fn mean(self) -> f64 {
        self.shape / self.rate
    }

    /// The shape.
    #[must_use]
    pub const fn shape(self) -> f64 {
        self.shape
    }

    /// The rate.
    #[must_use]
    pub const fn rate(self) -> f64 {
        self.rate
    }

    /// The probability of a value at most `x`.
    #[must_use]
    pub fn cdf(self, x: f64) -> f64 {
        gamma_cdf(self.shape, x * self.rate)
    }

    /// The value below which a share `probability` lies.
    #[must_use]
    pub fn quantile(self, probability: f64) -> f64 {
        gamma_quantile(self.shape, probability) / self.rate
    }

    /// Draws a value (Marsaglia and Tsang, 2000).
    pub fn sample(self, stream: &mut Stream) -> f64 {
        standard(self.shape, stream) / self.rate
    }
}

/// A gamma variate with rate 1. Rejection takes about 1.05 tries; the bound is never met.
pub(super) fn standard(shape: f64, stream: &mut Stream) -> f64 {
    if shape < 1.0 {
        let boost = stream.uniform().powf(1.0 / shape);
        return standard(shape + 1.0, stream) * boost;
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    for _ in 0..1_000 {
        let x = stream.normal();
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && stream.uniform().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v;
        }
    }
    d
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Philox;

    #[test]
    fn range_comes_back_and_samples_have_the_moments() {
        for (low, high) in [(0.5, 6.0), (0.01, 2.0), (90.0, 110.0)] {
            let gamma = Gamma::from_range90(low, high).unwrap();
            assert!((gamma.quantile(0.05) / low - 1.0).abs() < 1e-6);
            assert!((gamma.quantile(0.95) / high - 1.0).abs() < 1e-6);
        }
        let gamma = Gamma::new(0.7, 2.0).unwrap();
        let mut stream = Philox::new(5).stream(1);
        let count = 200_000;
        let sum: f64 = (0..count).map(|_| gamma.sample(&mut stream)).sum();
        assert!((sum / f64::from(count) - 0.35).abs() < 0.005);
        assert!((gamma.cdf(gamma.quantile(0.3)) - 0.3).abs() < 1e-12);
        assert!(Gamma::new(0.0, 1.0).is_err() && Gamma::from_range90(2.0, 1.0).is_err());
    }
}
