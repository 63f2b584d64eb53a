//! Every uncertain number of the model, with its distribution and where it comes from.

use seawall_base::Digest;
use seawall_stats::Philox;
use seawall_stats::dist::{Beta, Gamma};

/// Where a number comes from.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Provenance {
    /// Computed from trials in the ledger.
    Measured,
    /// Given in `seawall.yaml` by someone who answers for it.
    Elicited,
    /// Taken from the catalogue because nobody gave anything better.
    Default,
}

/// What is known of a number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Knowledge {
    Exactly(f64),
    Probability(Beta),
    Rate(Gamma),
}

/// One uncertain number.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    /// What it is; also what its draws are keyed by.
    pub(crate) label: String,
    pub(crate) knowledge: Knowledge,
    pub(crate) provenance: Provenance,
}

impl Knowledge {
    /// What is expected.
    pub(crate) fn mean(self) -> f64 {
        match self {
            Self::Exactly(value) => value,
            Self::Probability(beta) => beta.mean(),
            Self::Rate(gamma) => gamma.mean(),
        }
    }

    /// The value that is not exceeded with a probability.
    pub(crate) fn quantile(self, probability: f64) -> f64 {
        match self {
            Self::Exactly(value) => value,
            Self::Probability(beta) => beta.quantile(probability),
            Self::Rate(gamma) => gamma.quantile(probability),
        }
    }
}

/// A number that does not depend on the order of anything, to key draws by.
pub(crate) fn key(text: &str) -> u64 {
    let digest = Digest::of(text.as_bytes());
    let bytes = digest.as_bytes().first_chunk::<8>();
    bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

impl Provenance {
    /// Every provenance.
    pub const ALL: [Self; 3] = [Self::Measured, Self::Elicited, Self::Default];

    /// The word in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Elicited => "elicited",
            Self::Default => "default",
        }
    }
}

impl Input {
    /// One value for each posterior draw: a Latin hypercube, so that every input visits each of its
    /// quantiles once and 256 draws describe it well. Drawn by inversion at points that depend on
    /// the label alone, so that better evidence moves each draw the better way.
    pub(crate) fn draws(&self, philox: Philox, count: usize) -> Vec<f64> {
        if let Knowledge::Exactly(value) = self.knowledge {
            return vec![value; count];
        }
        let key = key(&self.label);
        let mut order: Vec<(u64, usize)> = (0..count)
            .map(|draw| (philox.block(key, draw as u64)[0], draw))
            .collect();
        order.sort_unstable();
        let mut values = vec![0.0; count];
        for (stratum, (_, draw)) in order.into_iter().enumerate() {
            let within = philox.stream(key ^ (draw as u64).rotate_left(32)).uniform();
            let probability = (stratum as f64 + within) / count as f64;
            if let Some(value) = values.get_mut(draw) {
                *value = self.knowledge.quantile(probability);
            }
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hypercube_has_the_mean_and_repeats() {
        let input = Input {
            label: "x".to_owned(),
            knowledge: Knowledge::Probability(Beta::new(2.0, 5.0).unwrap()),
            provenance: Provenance::Default,
        };
        let draws = input.draws(Philox::new(1), 256);
        assert!((seawall_stats::mean(&draws) - 2.0 / 7.0).abs() < 0.002);
        assert_eq!(draws, input.draws(Philox::new(1), 256));
        assert_ne!(draws, input.draws(Philox::new(2), 256));
    }
}
