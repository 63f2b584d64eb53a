//! The lognormal distribution: losses whose orders of magnitude are uncertain.

use super::{ParameterError, Z90, ascending, positive};
use crate::random::Stream;
use crate::special::{normal_cdf, normal_quantile};

/// A lognormal distribution by mean and deviation of the logarithm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogNormal {
    mu: f64,
    sigma: f64,
}

impl LogNormal {
    /// The distribution whose logarithm is normal with mean `mu` and deviation `sigma`.
    ///
    /// # Errors
    /// When `sigma` is not positive or `mu` is not finite.
    pub fn new(mu: f64, sigma: f64) -> Result<Self, ParameterError> {
        let sigma = positive("sigma", sigma)?;
        if mu.is_finite() {
            Ok(Self { mu, sigma })
        } else {
            Err(ParameterError::NotPositive {
                name: "exp(mu)",
                value: mu.exp(),
            })
        }
    }

    /// The distribution whose 5 % and 95 % quantiles are `low` and `high`.
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
        Self::new(
            f64::midpoint(low.ln(), high.ln()),
            (high.ln() - low.ln()) / Z90,
        )
    }

    /// The mean.
    #[must_use]
    pub fn mean(self) -> f64 {
        (self.mu + 0.5 * self.sigma * self.sigma).exp()
    }

    /// The mean of the logarithm.
    #[must_use]
    pub const fn mu(self) -> f64 {
        self.mu
    }

    /// The deviation of the logarithm.
    #[must_use]
    pub const fn sigma(self) -> f64 {
        self.sigma
    }

    /// The probability of a value at most `x`.
    #[must_use]
    pub fn cdf(self, x: f64) -> f64 {
        if x <= 0.0 {
            0.0
        } else {
            normal_cdf((x.ln() - self.mu) / self.sigma)
        }
    }

    /// The value below which a share `probability` lies.
    #[must_use]
    pub fn quantile(self, probability: f64) -> f64 {
        (self.mu + self.sigma * normal_quantile(probability)).exp()
    }

    /// Draws a value.
    #[inline]
    pub fn sample(self, stream: &mut Stream) -> f64 {
        (self.mu + self.sigma * stream.normal()).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_of_a_ninety_percent_range() {
        // Frequency 0.1 with a loss of 1 to 10 as 90 % range has mean 0.40400128.
        let loss = LogNormal::from_range90(1.0, 10.0).unwrap();
        assert!((0.1 * loss.mean() - 0.404_001_28).abs() < 5e-9);
        let loss = LogNormal::from_range90(1e5, 1e7).unwrap();
        assert!((0.1 * loss.mean() - 266_398.0).abs() < 1.0);
        assert!((loss.cdf(loss.quantile(0.2)) - 0.2).abs() < 1e-12);
        assert!(LogNormal::from_range90(10.0, 1.0).is_err());
        assert!(LogNormal::from_range90(0.0, 1.0).is_err());
    }
}
