//! Campaigns become losses, losses become years.

use seawall_stats::Stream;
use seawall_system::{Effect, Loss};

use crate::lanes::Lanes;

/// What the years of one actor are made of.
pub(crate) struct Years<'a> {
    /// Campaigns a year.
    pub(crate) rate: f64,
    /// How many campaigns were sampled.
    pub(crate) campaigns: usize,
    /// The losses, in the order of the hits.
    pub(crate) losses: &'a [&'a Loss],
    /// Chances of each loss's secondary losses.
    pub(crate) secondary: &'a [Vec<f64>],
    /// How long each year is for those who attack; empty where all are alike.
    pub(crate) lengths: &'a [f64],
}

/// What each year loses: together, and by the property that is lost, in the order of
/// [`Effect::ALL`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Sums {
    pub(crate) total: Vec<f64>,
    pub(crate) by_effect: [Vec<f64>; Effect::ALL.len()],
}

impl Sums {
    pub(crate) fn new(years: usize) -> Self {
        Self {
            total: vec![0.0; years],
            by_effect: std::array::from_fn(|_| vec![0.0; years]),
        }
    }

    fn add(&mut self, year: usize, effect: Effect, amount: f64) {
        let own = self.by_effect.get_mut(effect as usize);
        for sums in own.into_iter().chain([&mut self.total]) {
            sums.get_mut(year)
                .into_iter()
                .for_each(|sum| *sum += amount);
        }
    }
}

/// Adds the losses of one actor to each year.
///
/// Successful campaigns are a thinned Poisson process, so only they are simulated, by the gaps
/// between them; each takes the losses of one sampled campaign together, which keeps what happens
/// together together.
pub(crate) fn years(run: &Years<'_>, hits: &[Vec<Lanes>], mut stream: Stream, sums: &mut Sums) {
    let winning: Vec<(usize, usize)> = hits
        .iter()
        .enumerate()
        .flat_map(|(group, goals)| {
            let any = goals.iter().fold(Lanes::NONE, |any, goal| any | *goal);
            any.ones().map(move |trial| (group, trial))
        })
        .collect();
    if winning.is_empty() || run.rate <= 0.0 {
        return;
    }
    let rate = run.rate * winning.len() as f64 / run.campaigns as f64;
    let mut clock = Clock::new(run.lengths);
    let mut time = stream.exponential() / rate;
    // `time` only grows and there are finitely many years, so this ends.
    loop {
        let year = clock.year(time);
        if year >= sums.total.len() {
            return;
        }
        let chosen = stream.below(winning.len() as u64) as usize;
        let Some((group, trial)) = winning.get(chosen) else {
            return;
        };
        let goals = hits.get(*group).map(Vec::as_slice).unwrap_or_default();
        let losses = run.losses.iter().zip(run.secondary);
        for ((loss, chances), goal) in losses.zip(goals) {
            if goal.has(*trial) {
                let amount = amount(loss, chances, &mut stream);
                sums.add(year, loss.effect, amount);
            }
        }
        time += stream.exponential() / rate;
    }
}

/// What one event costs, with what follows from it.
fn amount(loss: &Loss, chances: &[f64], stream: &mut Stream) -> f64 {
    let mut amount = loss.severity.sample(stream);
    for (item, chance) in loss.secondary.iter().zip(chances) {
        if stream.uniform() < *chance {
            amount += item.severity.sample(stream);
        }
    }
    amount
}

/// From the time of those who attack to years of unequal length.
struct Clock<'a> {
    lengths: &'a [f64],
    year: usize,
    ends: f64,
}

impl<'a> Clock<'a> {
    fn new(lengths: &'a [f64]) -> Self {
        Self {
            lengths,
            year: 0,
            ends: lengths.first().copied().unwrap_or(1.0),
        }
    }

    /// The year of a time that is not before the last one asked for.
    fn year(&mut self, time: f64) -> usize {
        if self.lengths.is_empty() {
            return time as usize;
        }
        while time >= self.ends {
            self.year += 1;
            let Some(length) = self.lengths.get(self.year) else {
                return usize::MAX;
            };
            self.ends += length;
        }
        self.year
    }
}

/// Adds `count` scenario-years with Poisson events of `rate` and losses of one distribution; the
/// plain inner loop, for measuring.
pub(crate) fn plain(
    rate: f64,
    severity: seawall_system::Severity,
    mut stream: Stream,
    sums: &mut [f64],
) {
    let mut time = stream.exponential() / rate;
    while let Some(sum) = sums.get_mut(time as usize) {
        *sum += severity.sample(&mut stream);
        time += stream.exponential() / rate;
    }
}

#[cfg(test)]
mod tests {
    use seawall_stats::dist::LogNormal;
    use seawall_stats::{Philox, expected_shortfall, mean, quantile_sorted};
    use seawall_system::Severity;

    use super::*;

    #[test]
    fn tails_of_a_compound_poisson_match_the_known_answer() {
        // 90 % range 1e5 to 1e7 at 0.1 a year: mean 266,398, 99 % value at risk about 6.1 M,
        // 99 % expected shortfall about 14.75 M.
        let severity = Severity::LogNormal(LogNormal::from_range90(1e5, 1e7).unwrap());
        let mut years = vec![0.0; 2_000_000];
        plain(0.1, severity, Philox::new(8).stream(0), &mut years);
        assert!(
            (mean(&years) / 266_398.0 - 1.0).abs() < 0.03,
            "{}",
            mean(&years)
        );
        years.sort_by(f64::total_cmp);
        let at_risk = quantile_sorted(&years, 0.99);
        assert!((at_risk / 6.1e6 - 1.0).abs() < 0.02, "{at_risk}");
        let shortfall = expected_shortfall(&years, 0.99);
        assert!((shortfall / 14.75e6 - 1.0).abs() < 0.04, "{shortfall}");
    }
}
