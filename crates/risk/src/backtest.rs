//! Backtest: what was predicted of attempts and blocks against what came, never of rare losses.
//!
//! Blocks: the first half of the trials of each family predicts the second half. Attempts: the declared
//! frequency of an actor predicts how many campaigns the gateway sees.

use std::collections::{BTreeMap, BTreeSet};

use seawall_evidence::trial::{Arm, Outcome, Stratum};
use seawall_stats::dist::Gamma;
use seawall_stats::special::{ln_beta, ln_gamma};
use seawall_system::{Observation, System};
use serde_json::{Value, json};

use crate::evidence::{LIKENESS, TrialRecord};
use crate::model::attempts;

/// What was predicted and what came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Backtest {
    /// One line for each prediction.
    pub rows: Vec<BacktestRow>,
}

/// One prediction.
#[derive(Clone, Debug, PartialEq)]
pub struct BacktestRow {
    /// Of what.
    pub what: String,
    /// What it was made from.
    pub from: String,
    /// How many were predicted: 90 % range.
    pub predicted: [u64; 2],
    /// How many came.
    pub came: u64,
    /// Of how many, where there is a whole.
    pub of: Option<u64>,
}

impl BacktestRow {
    /// Whether what came lies in the range.
    #[must_use]
    pub fn is_inside(&self) -> bool {
        (self.predicted[0]..=self.predicted[1]).contains(&self.came)
    }
}

impl Backtest {
    pub(crate) fn new(system: &System, seen: &Observation, records: &[TrialRecord]) -> Self {
        let records = records
            .iter()
            .filter(|record| system.demonstration || record.trial.target != "practice");
        let mut rows = blocks(records);
        rows.extend(system.actors.iter().filter_map(|actor| {
            let found = attempts(actor, seen).filter(|found| found.years > 0.0)?;
            let gamma = actor.campaigns.gamma().ok()?;
            Some(BacktestRow {
                what: format!("campaigns of {}", actor.id),
                from: format!("the declared frequency, over {:.2} years", found.years),
                predicted: arrivals(gamma, found.years),
                came: found.campaigns,
                of: None,
            })
        }));
        Self { rows }
    }

    /// How many predictions held, of how many.
    #[must_use]
    pub fn held(&self) -> [usize; 2] {
        let held = self.rows.iter().filter(|row| row.is_inside()).count();
        [held, self.rows.len()]
    }

    pub(crate) fn json(&self) -> Value {
        let [held, all] = self.held();
        json!({
            "held": held,
            "predictions": all,
            "rows": self.rows.iter().map(|row| json!({
                "what": row.what, "from": row.from, "predicted": row.predicted,
                "came": row.came, "of": row.of, "inside": row.is_inside(),
            })).collect::<Vec<_>>(),
        })
    }
}

/// Fewer later trials of a family predict nothing worth the name.
const LATER_MIN: usize = 5;

/// Place in the ledger, probe, and whether it was blocked.
type Judged<'a> = (u64, &'a str, bool);

fn blocks<'a>(records: impl Iterator<Item = &'a TrialRecord>) -> Vec<BacktestRow> {
    let mut pairs: BTreeMap<_, [Option<&TrialRecord>; 2]> = BTreeMap::new();
    for record in records {
        let trial = &record.trial;
        let arm = match trial.arm {
            Arm::Off => 0,
            Arm::On => 1,
            Arm::OnMinusOne(_) | Arm::Benign => continue,
        };
        let key = (trial.campaign.as_str(), trial.suite_digest, trial.pair);
        let slot = pairs.entry(key).or_default().get_mut(arm);
        slot.into_iter().for_each(|slot| *slot = Some(record));
    }
    let mut families: BTreeMap<(&str, Stratum), Vec<Judged<'_>>> = BTreeMap::new();
    for pair in pairs.into_values() {
        let [Some(off), Some(on)] = pair else {
            continue;
        };
        let blocked = match on.trial.outcome {
            Outcome::Blocked { .. } => true,
            Outcome::Succeeded => false,
            _ => continue,
        };
        if off.trial.outcome == Outcome::Succeeded {
            let key = (on.trial.family.as_str(), on.trial.stratum);
            let own = (on.index, on.trial.probe.as_str(), blocked);
            families.entry(key).or_default().push(own);
        }
    }
    families
        .into_iter()
        .filter_map(|((family, stratum), mut own)| {
            own.sort_unstable();
            let (first, later) = own.split_at(own.len() / 2);
            (later.len() >= LATER_MIN).then(|| half(family, stratum, first, later))
        })
        .collect()
}

fn half(family: &str, stratum: Stratum, first: &[Judged<'_>], later: &[Judged<'_>]) -> BacktestRow {
    let count = |own: &[Judged<'_>]| own.iter().filter(|one| one.2).count() as u64;
    let probes: BTreeSet<&str> = first.iter().map(|one| one.1).collect();
    let (tried, stopped) = (first.len() as f64, count(first) as f64);
    // Variations of one probe are alike: fewer trials than there are.
    let size = tried / probes.len().max(1) as f64;
    let effect = 1.0 + (size - 1.0).max(0.0) * LIKENESS;
    let (a, b) = (0.5 + stopped / effect, 0.5 + (tried - stopped) / effect);
    BacktestRow {
        what: format!("blocks of {family} ({})", stratum.as_str()),
        from: format!("{} of the first {}", count(first), first.len()),
        predicted: blocked(a, b, later.len() as u64),
        came: count(later),
        of: Some(later.len() as u64),
    }
}

/// The 5 % and 95 % quantile of how many of `of` are blocked.
fn blocked(a: f64, b: f64, of: u64) -> [u64; 2] {
    let n = of as f64;
    inner((0..=of).map(|hits| {
        let k = hits as f64;
        let ways = -(n + 1.0).ln() - ln_beta(k + 1.0, n - k + 1.0);
        (ways + ln_beta(a + k, b + n - k) - ln_beta(a, b)).exp()
    }))
}

/// The same of how many campaigns arrive in some years: a negative binomial.
fn arrivals(rate: Gamma, years: f64) -> [u64; 2] {
    let (shape, rate) = (rate.shape(), rate.rate() / years);
    inner((0..100_000_u32).map(|count| {
        let k = f64::from(count);
        let choose = ln_gamma(shape + k) - ln_gamma(shape) - ln_gamma(k + 1.0);
        (choose + shape * (rate / (rate + 1.0)).ln() - k * (rate + 1.0).ln()).exp()
    }))
}

fn inner(chances: impl Iterator<Item = f64>) -> [u64; 2] {
    let mut sum = 0.0;
    let mut low = None;
    let mut last = 0;
    for (count, chance) in (0_u64..).zip(chances) {
        sum += chance;
        last = count;
        if sum >= 0.05 {
            low = low.or(Some(count));
        }
        if sum >= 0.95 {
            break;
        }
    }
    [low.unwrap_or(last), last]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predictions_have_their_known_ranges() {
        // Beta(0.5 + 18, 0.5 + 2) on 20 more: the mean is 17.6.
        let [low, high] = blocked(18.5, 2.5, 20);
        assert!((13..=15).contains(&low) && high == 20, "{low} {high}");
        // A rate of exactly 10 for a year is Poisson: 5 to 15.
        let steady = Gamma::new(1e9, 1e8).unwrap();
        assert_eq!(arrivals(steady, 1.0), [5, 15]);
        assert_eq!(arrivals(steady, 0.1), [0, 3]);
    }
}
