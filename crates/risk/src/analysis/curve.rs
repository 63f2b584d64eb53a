//! The exceedance curve with its band, and the tail.
//!
//! The curve pools the years of all posterior draws. The band is what the draws disagree about: each
//! draw has a curve of its own, and the part of their spread that comes from a finite number of years
//! is taken out, so that the band is ignorance and not sampling noise.

use seawall_stats::{Estimate, expected_shortfall, mean, quantile_sorted};
use seawall_system::Effect;

use super::{EffectTail, ExceedancePoint, Tail};
use crate::model::Model;
use crate::simulate::Draw;
use crate::years::Sums;

/// Points of the exceedance curve.
const POINTS: usize = 33;
/// Levels at which the tail is read.
const LEVELS: [f64; 3] = [0.95, 0.975, 0.99];

/// The years of every draw, sorted: pooled and each draw for itself.
pub(super) struct Pool {
    all: Vec<f64>,
    draws: Vec<Vec<f64>>,
}

impl Pool {
    pub(super) fn of(draws: &[Draw], of: fn(&Draw) -> &Sums) -> Self {
        Self::new(draws.iter().map(|draw| of(draw).total.clone()))
    }

    fn new(draws: impl Iterator<Item = Vec<f64>>) -> Self {
        let draws: Vec<Vec<f64>> = draws
            .map(|mut years| {
                years.sort_by(f64::total_cmp);
                years
            })
            .collect();
        let mut all = draws.concat();
        all.sort_by(f64::total_cmp);
        Self { all, draws }
    }

    /// The chance to lose more in a year, and its 5 % and 95 % quantile over the draws.
    pub(super) fn exceeded(&self, loss: f64) -> [f64; 3] {
        let pooled = share_above(&self.all, loss);
        let shares: Vec<f64> = self
            .draws
            .iter()
            .map(|draw| share_above(draw, loss))
            .collect();
        let years = self.draws.first().map_or(1, Vec::len).max(1) as f64;
        let variance: Vec<f64> = shares
            .iter()
            .map(|share| (share - pooled).powi(2))
            .collect();
        let noise: Vec<f64> = shares
            .iter()
            .map(|share| share * (1.0 - share) / years)
            .collect();
        let (variance, noise) = (mean(&variance), mean(&noise));
        let kept = if variance > noise {
            (1.0 - noise / variance).sqrt()
        } else {
            0.0
        };
        let moved = shares.iter().map(|share| pooled + kept * (share - pooled));
        let mut moved: Vec<f64> = moved.map(|share| share.clamp(0.0, 1.0)).collect();
        moved.sort_by(f64::total_cmp);
        // The mean of skewed draws can lie outside their inner nine tenths; a band holds its curve.
        let low = quantile_sorted(&moved, 0.05).min(pooled);
        let high = quantile_sorted(&moved, 0.95).max(pooled);
        [pooled, low, high]
    }

    fn quantile(&self, probability: f64) -> f64 {
        quantile_sorted(&self.all, probability)
    }

    pub(super) fn tails(&self) -> Vec<Tail> {
        LEVELS
            .iter()
            .map(|level| {
                let of = |pick: fn(&[f64], f64) -> f64| -> Estimate {
                    let values: Vec<f64> =
                        self.draws.iter().map(|draw| pick(draw, *level)).collect();
                    Estimate {
                        mean: pick(&self.all, *level),
                        ..Estimate::of(&values)
                    }
                };
                let mut draws: Vec<f64> = self
                    .draws
                    .iter()
                    .map(|draw| expected_shortfall(draw, *level))
                    .collect();
                draws.sort_by(f64::total_cmp);
                Tail {
                    level: *level,
                    at_risk: of(quantile_sorted),
                    shortfall: of(expected_shortfall),
                    draws,
                }
            })
            .collect()
    }
}

/// The losses of each property apart.
pub(super) fn effects(model: &Model<'_>, draws: &[Draw]) -> Vec<EffectTail> {
    let effects = Effect::ALL
        .iter()
        .filter(|effect| model.losses.iter().any(|loss| loss.effect == **effect));
    effects
        .map(|effect| {
            let sums = |of: fn(&Draw) -> &Vec<f64>| -> Vec<f64> {
                let of_draw = |draw: &Draw| {
                    let losses = model.losses.iter().zip(of(draw));
                    let own = losses.filter(|(loss, _)| loss.effect == *effect);
                    own.map(|(_, annual)| annual).sum()
                };
                draws.iter().map(of_draw).collect()
            };
            let years = draws.iter().map(|draw| {
                let own = draw.years_with.by_effect.get(*effect as usize);
                own.cloned().unwrap_or_default()
            });
            let pool = Pool::new(years);
            EffectTail {
                effect: *effect,
                with: Estimate::of(&sums(|draw| &draw.with)),
                without: Estimate::of(&sums(|draw| &draw.without)),
                var95: pool.quantile(0.95),
                var99: pool.quantile(0.99),
                es99: expected_shortfall(&pool.all, 0.99),
            }
        })
        .collect()
}

fn share_above(sorted: &[f64], loss: f64) -> f64 {
    if sorted.is_empty() {
        return 0.0;
    }
    let below = sorted.partition_point(|year| *year <= loss);
    (sorted.len() - below) as f64 / sorted.len() as f64
}

/// Points at round amounts between a small loss and one that hardly any year exceeds.
pub(super) fn exceedance(with: &Pool, without: &Pool) -> Vec<ExceedancePoint> {
    let first = with.all.partition_point(|year| *year <= 0.0);
    let positive = with.all.get(first..).unwrap_or_default();
    let low = quantile_sorted(positive, 0.05).max(1.0);
    let high = without.quantile(0.999).max(with.quantile(0.999));
    if positive.is_empty() || high <= low {
        return Vec::new();
    }
    let step = (high / low).powf(1.0 / (POINTS - 1) as f64);
    let mut amounts: Vec<f64> = (0..POINTS)
        .map(|point| two_digits(low * step.powf(point as f64)))
        .collect();
    amounts.dedup();
    amounts
        .into_iter()
        .map(|loss| {
            let [probability, low, high] = with.exceeded(loss);
            let [without, without_low, without_high] = without.exceeded(loss);
            ExceedancePoint {
                loss,
                probability,
                band: [low, high],
                without,
                band_without: [without_low, without_high],
            }
        })
        .collect()
}

fn two_digits(amount: f64) -> f64 {
    let unit = 10_f64.powf(amount.log10().floor() - 1.0);
    (amount / unit).round() * unit
}

#[cfg(test)]
mod tests {
    use seawall_stats::Philox;

    use super::*;

    #[test]
    fn draws_that_agree_have_no_band_and_draws_that_differ_have_one() {
        let draws = |rates: fn(usize) -> f64| {
            Pool::new((0..200).map(move |draw| {
                let mut stream = Philox::new(3).stream(draw as u64);
                let rate = rates(draw);
                (0..500)
                    .map(|_| f64::from(u8::from(stream.uniform() < rate)))
                    .collect()
            }))
        };
        let [share, low, high] = draws(|_| 0.3).exceeded(0.5);
        assert!(
            (share - 0.3).abs() < 0.01 && high - low < 0.02,
            "{low} to {high}"
        );
        let [share, low, high] = draws(|draw| 0.2 + 0.2 * draw as f64 / 199.0).exceeded(0.5);
        assert!((share - 0.3).abs() < 0.01);
        assert!(
            (low - 0.21).abs() < 0.01 && (high - 0.39).abs() < 0.01,
            "{low} to {high}"
        );
    }
}
