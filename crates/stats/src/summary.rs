//! Means, quantiles and tails of samples, with a fixed order of summation.

/// A figure with its 90 % interval.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// The 5 % quantile.
    pub p5: f64,
    /// The 95 % quantile.
    pub p95: f64,
}

impl Estimate {
    /// Mean and 90 % interval of `samples`; zeros when there are none.
    #[must_use]
    pub fn of(samples: &[f64]) -> Self {
        let mut sorted = samples.to_vec();
        sorted.sort_by(f64::total_cmp);
        Self {
            mean: mean(samples),
            p5: quantile_sorted(&sorted, 0.05),
            p95: quantile_sorted(&sorted, 0.95),
        }
    }
}

/// The mean, summed pairwise so that the error does not grow with the number of samples.
#[must_use]
pub fn mean(samples: &[f64]) -> f64 {
    if samples.is_empty() {
        return 0.0;
    }
    pairwise_sum(samples) / samples.len() as f64
}

/// The quantile at `probability` of ascending samples, interpolated linearly between neighbours.
#[must_use]
pub fn quantile_sorted(sorted: &[f64], probability: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else {
        return 0.0;
    };
    let rank = probability.clamp(0.0, 1.0) * last as f64;
    let index = (rank.floor() as usize).min(last);
    let low = sorted.get(index).copied().unwrap_or(0.0);
    let high = sorted.get((index + 1).min(last)).copied().unwrap_or(low);
    low + (high - low) * (rank - index as f64)
}

/// Expected shortfall: the mean of the worst `1 - probability` share of ascending samples.
#[must_use]
pub fn expected_shortfall(sorted: &[f64], probability: f64) -> f64 {
    let share = 1.0 - probability.clamp(0.0, 1.0);
    let count = ((sorted.len() as f64 * share).round() as usize).clamp(1, sorted.len().max(1));
    let start = sorted.len().saturating_sub(count);
    mean(sorted.get(start..).unwrap_or_default())
}

fn pairwise_sum(samples: &[f64]) -> f64 {
    if samples.len() <= 64 {
        return samples.iter().sum();
    }
    let (left, right) = samples.split_at(samples.len() / 2);
    pairwise_sum(left) + pairwise_sum(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate_and_tails_average() {
        let sorted: Vec<f64> = (1..=100).map(f64::from).collect();
        assert!((quantile_sorted(&sorted, 0.5) - 50.5).abs() < 1e-12);
        assert!((quantile_sorted(&sorted, 1.0) - 100.0).abs() < 1e-12);
        assert!((expected_shortfall(&sorted, 0.9) - 95.5).abs() < 1e-12);
        assert_eq!(Estimate::of(&[]), Estimate::default());
        assert!((mean(&sorted) - 50.5).abs() < 1e-12);
    }
}
