//! Distributions: built from checked parameters, sampled from a [`crate::Stream`].

mod beta;
mod counts;
mod gamma;
mod lognormal;
mod pert;

pub use self::beta::Beta;
pub use self::counts::{NegativeBinomial, Poisson};
pub use self::gamma::Gamma;
pub use self::lognormal::LogNormal;
pub use self::pert::Pert;

/// Why a distribution does not exist.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum ParameterError {
    /// A parameter that must be positive and finite is not.
    #[error("{name} must be a positive number, not {value}")]
    NotPositive {
        /// The parameter.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// A range does not ascend, or leaves the distribution's support.
    #[error("the range {low} to {high} must ascend within {support}")]
    Range {
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
        /// Where it must lie.
        support: &'static str,
    },
}

/// The distance of the 5 % and the 95 % quantile of a standard normal.
pub const Z90: f64 = 3.289_707_253_902_945;

fn positive(name: &'static str, value: f64) -> Result<f64, ParameterError> {
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err(ParameterError::NotPositive { name, value })
    }
}

fn ascending(
    low: f64,
    high: f64,
    support: &'static str,
    bounds: [f64; 2],
) -> Result<(), ParameterError> {
    let [least, most] = bounds;
    if low.is_finite() && high.is_finite() && low < high && low >= least && high <= most {
        Ok(())
    } else {
        Err(ParameterError::Range { low, high, support })
    }
}
