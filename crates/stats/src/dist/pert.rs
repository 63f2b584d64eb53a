//! The PERT distribution: least, likely and most, in the standard parametrisation.

use super::{Beta, ParameterError};
use crate::random::Stream;

/// A PERT distribution, a beta stretched over `least..=most` whose mode is `likely`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pert {
    least: f64,
    width: f64,
    beta: Beta,
}

impl Pert {
    /// A PERT distribution with the usual weight 4 on the likely value.
    ///
    /// # Errors
    /// When the three values do not ascend, or least and most are equal.
    pub fn new(least: f64, likely: f64, most: f64) -> Result<Self, ParameterError> {
        let fits = least.is_finite() && most.is_finite() && least < most;
        if !fits || !(least..=most).contains(&likely) {
            return Err(ParameterError::Range {
                low: least,
                high: most,
                support: "least <= likely <= most",
            });
        }
        let width = most - least;
        Ok(Self {
            least,
            width,
            beta: Beta::new(
                1.0 + 4.0 * (likely - least) / width,
                1.0 + 4.0 * (most - likely) / width,
            )?,
        })
    }

    /// The mean, `(least + 4 likely + most) / 6`.
    #[must_use]
    pub fn mean(self) -> f64 {
        self.least + self.width * self.beta.mean()
    }

    /// The value below which a share `probability` lies.
    #[must_use]
    pub fn quantile(self, probability: f64) -> f64 {
        self.least + self.width * self.beta.quantile(probability)
    }

    /// Draws a value.
    pub fn sample(self, stream: &mut Stream) -> f64 {
        self.least + self.width * self.beta.sample(stream)
    }

    /// The beta distribution underneath.
    #[must_use]
    pub const fn beta(self) -> Beta {
        self.beta
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_parameters_keep_the_mode_and_the_mean() {
        // The moments form that some tools use puts the mode of (20, 100, 900) at 75.5.
        let pert = Pert::new(20.0, 100.0, 900.0).unwrap();
        assert!((pert.beta().a() - 1.363_636_363_636_363_5).abs() < 1e-12);
        assert!((pert.beta().b() - 4.636_363_636_363_637).abs() < 1e-12);
        let pert = Pert::new(0.1, 0.3, 0.7).unwrap();
        assert!((pert.mean() - 2.0 / 6.0).abs() < 1e-12);
        assert!(Pert::new(0.0, 2.0, 1.0).is_err() && Pert::new(1.0, 1.0, 1.0).is_err());
    }
}
