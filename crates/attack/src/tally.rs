//! What trials add up to: per family and control `k` of `n` with a 90 % interval.
//!
//! Intervals are exact (Clopper and Pearson): they hold the truth at least as often as they say, also
//! for few trials and at 0 and `n`, where approximations are too narrow.

use std::collections::BTreeMap;

use seawall_evidence::trial::{Arm, Outcome, Trial};
use seawall_stats::special::beta_quantile;

/// A share with its interval.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Share {
    /// How many.
    pub k: u64,
    /// Of how many.
    pub n: u64,
}

/// What the trials of one family say.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct FamilyTally {
    /// Attacks that had their effect without the controls.
    pub off: Share,
    /// Attacks that had their effect with the controls.
    pub on: Share,
    /// Of the pairs in which the off arm succeeded, those in which the on arm did not: the efficacy.
    pub stopped: Share,
    /// Which controls the stops are owed to; the empty name is the target itself.
    pub by_control: BTreeMap<String, u64>,
    /// Attempts on any arm that could not be judged.
    pub unassessed: u64,
}

/// What a set of trials says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Tally {
    /// Per family of probes.
    pub families: BTreeMap<String, FamilyTally>,
    /// All families together.
    pub all: FamilyTally,
    /// Harmless tasks that were completed.
    pub benign: Share,
    /// Harmless tasks that a control stopped, by control.
    pub benign_stopped: BTreeMap<String, u64>,
    /// Median latency per arm word, in microseconds.
    pub latency_us: BTreeMap<String, u64>,
}

/// The two arms of one payload.
#[derive(Clone, Copy, Debug, Default)]
struct Pair<'a> {
    off: Option<&'a Trial>,
    on: Option<&'a Trial>,
}

impl Share {
    /// The observed share; nothing without trials.
    #[must_use]
    pub fn mean(self) -> Option<f64> {
        (self.n > 0).then(|| float(self.k) / float(self.n))
    }

    /// The exact 90 % interval.
    #[must_use]
    pub fn interval(self) -> (f64, f64) {
        let (hits, misses) = (float(self.k), float(self.n.saturating_sub(self.k)));
        let low = if self.k == 0 {
            0.0
        } else {
            beta_quantile(hits, misses + 1.0, 0.05)
        };
        let high = if self.k >= self.n {
            1.0
        } else {
            beta_quantile(hits + 1.0, misses, 0.95)
        };
        (low, high)
    }

    fn count(&mut self, hit: bool) {
        self.n += 1;
        self.k += u64::from(hit);
    }
}

impl Tally {
    /// Adds up `trials`. Only judged attempts count; pairs count when both of their arms were judged.
    #[must_use]
    pub fn of(trials: &[Trial]) -> Self {
        let mut tally = Self::default();
        let mut pairs: BTreeMap<(&str, u64), Pair<'_>> = BTreeMap::new();
        let mut latencies: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for trial in trials {
            latencies
                .entry(trial.arm.word())
                .or_default()
                .push(trial.latency_us);
            match trial.arm {
                Arm::Benign => tally.add_benign(trial),
                Arm::Off => {
                    tally.add(trial, |family| &mut family.off);
                    pairs.entry((&trial.campaign, trial.pair)).or_default().off = Some(trial);
                }
                Arm::On => {
                    tally.add(trial, |family| &mut family.on);
                    pairs.entry((&trial.campaign, trial.pair)).or_default().on = Some(trial);
                }
                Arm::OnMinusOne(_) => {}
            }
        }
        for Pair { off, on } in pairs.into_values() {
            if let (Some(off), Some(on)) = (off, on) {
                tally.add_pair(off, on);
            }
        }
        for (arm, mut all) in latencies {
            all.sort_unstable();
            if let Some(median) = all.get(all.len() / 2) {
                tally.latency_us.insert(arm.to_owned(), *median);
            }
        }
        tally
    }

    fn both(&mut self, family: &str, act: impl Fn(&mut FamilyTally)) {
        act(self.families.entry(family.to_owned()).or_default());
        act(&mut self.all);
    }

    fn add(&mut self, trial: &Trial, share: impl Fn(&mut FamilyTally) -> &mut Share) {
        self.both(&trial.family, |family| match trial.outcome {
            Outcome::Unassessed { .. } => family.unassessed += 1,
            _ => share(family).count(trial.outcome == Outcome::Succeeded),
        });
    }

    fn add_pair(&mut self, off: &Trial, on: &Trial) {
        if off.outcome != Outcome::Succeeded || matches!(on.outcome, Outcome::Unassessed { .. }) {
            return;
        }
        let stopped = on.outcome != Outcome::Succeeded;
        let control = match &on.outcome {
            Outcome::Blocked { control, .. } => control.clone(),
            _ => String::new(),
        };
        self.both(&off.family, |family| {
            family.stopped.count(stopped);
            if stopped {
                *family.by_control.entry(control.clone()).or_insert(0) += 1;
            }
        });
    }

    fn add_benign(&mut self, trial: &Trial) {
        match &trial.outcome {
            Outcome::Unassessed { .. } => self.all.unassessed += 1,
            outcome => self.benign.count(*outcome == Outcome::Completed),
        }
        if let Outcome::Blocked { control, .. } = &trial.outcome {
            *self.benign_stopped.entry(control.clone()).or_insert(0) += 1;
        }
    }
}

fn float(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_hold_the_share_and_shrink() {
        let wide = Share { k: 3, n: 10 }.interval();
        let narrow = Share { k: 30, n: 100 }.interval();
        assert!(wide.0 < 0.3 && 0.3 < wide.1 && narrow.1 - narrow.0 < wide.1 - wide.0);
        let none = Share { k: 0, n: 100 }.interval();
        assert!(none.0 == 0.0 && none.1 < 0.031, "{none:?}");
    }
}
