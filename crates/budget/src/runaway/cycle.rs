//! Cycles in a sequence of fingerprints: how many of the last calls repeat with one short period.

use std::collections::VecDeque;

/// Calls that are remembered.
const KEPT: usize = 64;

/// The last fingerprints of a session.
#[derive(Clone, Debug, Default)]
pub struct Cycles {
    last: VecDeque<u64>,
    /// For each period from 1 on, how many calls in a row equal the one a period before.
    runs: [u32; Self::PERIOD_MAX],
}

/// A cycle that the last calls form.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cycle {
    /// After how many calls it repeats.
    pub period: usize,
    /// How many calls it fills.
    pub calls: u32,
}

impl Cycles {
    /// The longest period that is looked for.
    pub const PERIOD_MAX: usize = 6;

    /// Takes a fingerprint and says which cycle the last calls form, the shortest that fills three
    /// rounds.
    pub fn push(&mut self, fingerprint: u64) -> Option<Cycle> {
        let length = self.last.len();
        for (position, run) in self.runs.iter_mut().enumerate() {
            let period = position + 1;
            let before = length.checked_sub(period);
            let before = before.and_then(|at| self.last.get(at));
            *run = match before {
                Some(before) if *before == fingerprint => run.saturating_add(1),
                _ => 0,
            };
        }
        self.last.push_back(fingerprint);
        if self.last.len() > KEPT {
            self.last.pop_front();
        }
        self.runs.iter().enumerate().find_map(|(position, run)| {
            let period = position + 1;
            let calls = run.saturating_add(u32::try_from(period).unwrap_or(u32::MAX));
            let rounds = calls / u32::try_from(period).unwrap_or(u32::MAX);
            (rounds >= 3).then_some(Cycle { period, calls })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_period_is_named() {
        for period in 1..=Cycles::PERIOD_MAX {
            let mut cycles = Cycles::default();
            let mut found = None;
            for at in 0..period * 3 {
                found = cycles.push(u64::try_from(at % period).unwrap());
            }
            let calls = u32::try_from(period * 3).unwrap();
            assert_eq!(found, Some(Cycle { period, calls }));
        }
    }

    #[test]
    fn different_calls_form_none() {
        let mut cycles = Cycles::default();
        assert!((0..200).all(|at| cycles.push(at * at).is_none()));
    }
}
