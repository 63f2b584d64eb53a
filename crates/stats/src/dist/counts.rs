//! Counts of events: Poisson, and negative binomial where the rate itself is uncertain.

use super::{Gamma, ParameterError, positive};
use crate::random::Stream;
use crate::special::ln_gamma;

/// A Poisson distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Poisson {
    rate: f64,
}

/// A negative binomial distribution: a Poisson count whose rate is gamma distributed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NegativeBinomial {
    rate: Gamma,
}

/// Above this rate counts are drawn in parts, so that `exp(-rate)` never underflows.
const RATE_MAX: f64 = 16.0;
/// More events than this in one draw are cut off; no model in use comes near it.
const COUNT_MAX: u64 = 1_000_000;

impl Poisson {
    /// A Poisson distribution with a mean.
    ///
    /// # Errors
    /// When the rate is not positive.
    pub fn new(rate: f64) -> Result<Self, ParameterError> {
        Ok(Self {
            rate: positive("rate", rate)?,
        })
    }

    /// The probability of exactly `count` events.
    #[must_use]
    pub fn probability(self, count: u32) -> f64 {
        let count = f64::from(count);
        (count * self.rate.ln() - self.rate - ln_gamma(count + 1.0)).exp()
    }

    /// Draws a count.
    pub fn sample(self, stream: &mut Stream) -> u64 {
        let mut count = 0;
        let mut rest = self.rate;
        while rest > 0.0 && count < COUNT_MAX {
            count += product(rest.min(RATE_MAX), stream);
            rest -= RATE_MAX;
        }
        count
    }
}

/// Knuth's product of uniforms, for rates up to [`RATE_MAX`].
fn product(rate: f64, stream: &mut Stream) -> u64 {
    let floor = (-rate).exp();
    let mut product = stream.uniform();
    let mut count = 0;
    while product > floor && count < COUNT_MAX {
        product *= stream.uniform();
        count += 1;
    }
    count
}

impl NegativeBinomial {
    /// The counts that follow when the rate is distributed as `rate`.
    #[must_use]
    pub const fn new(rate: Gamma) -> Self {
        Self { rate }
    }

    /// The probability of exactly `count` events.
    #[must_use]
    pub fn probability(self, count: u32) -> f64 {
        let (shape, rate, count) = (self.rate.shape(), self.rate.rate(), f64::from(count));
        let choose = ln_gamma(shape + count) - ln_gamma(shape) - ln_gamma(count + 1.0);
        (choose + shape * (rate / (rate + 1.0)).ln() - count * (rate + 1.0).ln()).exp()
    }

    /// Draws a count.
    pub fn sample(self, stream: &mut Stream) -> u64 {
        let rate = self.rate.sample(stream);
        Poisson { rate }.sample(stream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Philox;
    use crate::dist::LogNormal;

    #[test]
    fn poisson_lognormal_matches_the_published_base_rate() {
        // IRIS 2022: mu = -2.284585, sigma = 0.8690759, published as 0.1290, 0.0163, 0.0025;
        // numerical integration gives 0.129067, 0.016337, 0.002493.
        let rate = LogNormal::new(-2.284_585, 0.869_075_9).unwrap();
        let steps = 20_000;
        let mut at_least = [0.0; 3];
        for step in 0..steps {
            let poisson =
                Poisson::new(rate.quantile((f64::from(step) + 0.5) / f64::from(steps))).unwrap();
            let mut tail = 1.0;
            for (count, sum) in at_least.iter_mut().enumerate() {
                tail -= poisson.probability(count as u32);
                *sum += tail / f64::from(steps);
            }
        }
        for (value, expected) in at_least.iter().zip([0.129_067, 0.016_337, 0.002_493]) {
            assert!((value - expected).abs() < 2e-6, "{value} is not {expected}");
        }
    }

    #[test]
    fn samples_have_the_moments() {
        let mut stream = Philox::new(4).stream(2);
        for rate in [0.1, 3.0, 50.0] {
            let poisson = Poisson::new(rate).unwrap();
            let count = 50_000;
            let sum: u64 = (0..count).map(|_| poisson.sample(&mut stream)).sum();
            let error = (rate / f64::from(count)).sqrt();
            assert!((sum as f64 / f64::from(count) - rate).abs() < 4.5 * error);
        }
        let counts = NegativeBinomial::new(Gamma::new(2.0, 4.0).unwrap());
        let draws = 100_000;
        let zeros = (0..draws)
            .filter(|_| counts.sample(&mut stream) == 0)
            .count();
        let expected = counts.probability(0);
        assert!((expected - 0.64).abs() < 1e-12);
        assert!((zeros as f64 / f64::from(draws) - expected).abs() < 0.007);
    }
}
