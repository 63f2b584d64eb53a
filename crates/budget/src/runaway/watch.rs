//! The detectors of one session.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::change::Cusum;
use super::cycle::Cycles;
use super::signal::{Action, Detector, Settings, Signal, Step};

/// What another call takes off the score of equal calls.
const DETOUR: u32 = 3;
/// The time that a burst is counted over.
const BURST_MS: i64 = 4_000;

/// The detectors of one session. Bounded: it keeps the last calls, not all.
#[derive(Clone, Debug)]
pub struct Watch {
    settings: Arc<Settings>,
    calls: u64,
    same: (Option<(u64, Option<u64>)>, u32),
    cycles: Cycles,
    growing: VecDeque<(u64, u64)>,
    recent: VecDeque<i64>,
    last_ms: Option<i64>,
    rate: Cusum,
}

impl Watch {
    /// A watch over a new session.
    #[must_use]
    pub fn new(settings: impl Into<Arc<Settings>>) -> Self {
        let settings = settings.into();
        let rate = Cusum::new(settings.change_score);
        Self {
            settings,
            calls: 0,
            same: (None, 0),
            cycles: Cycles::default(),
            growing: VecDeque::new(),
            recent: VecDeque::new(),
            last_ms: None,
            rate,
        }
    }

    /// Takes one call and says what is noticed, the gravest first.
    pub fn step(&mut self, step: &Step) -> Vec<Signal> {
        self.calls = self.calls.saturating_add(1);
        let mut found = self.shape(step);
        found.extend(self.pace(step.at_ms));
        self.signals(found)
    }

    /// Takes what a call looked like, wherever its time is not known.
    pub fn look(&mut self, step: &Step) -> Vec<Signal> {
        self.calls = self.calls.saturating_add(1);
        let found = self.shape(step);
        self.signals(found)
    }

    /// Takes the time of a call and nothing else.
    pub fn hear(&mut self, at_ms: i64) -> Vec<Signal> {
        self.calls = self.calls.saturating_add(1);
        let found = self.pace(at_ms);
        self.signals(found)
    }

    fn signals(&self, found: Vec<Detector>) -> Vec<Signal> {
        let signal = |detector| Signal {
            detector,
            action: self.settings.action(detector),
            calls: self.calls,
        };
        let mut signals: Vec<Signal> = found.into_iter().map(signal).collect();
        signals.retain(|signal| signal.action > Action::Off);
        signals.sort_by_key(|signal| std::cmp::Reverse(signal.action));
        signals
    }

    /// What its calls and results say.
    fn shape(&mut self, step: &Step) -> Vec<Detector> {
        if step.person {
            // A person has seen where it stands and goes on.
            self.same = (None, 0);
            self.cycles = Cycles::default();
            self.growing.clear();
        }
        let found = [
            (self.same_call(step), Detector::SameCall),
            (self.cycle(step), Detector::Cycle),
            (self.grows(step), Detector::GrowingContext),
        ];
        let found = found.into_iter().filter(|(is_found, _)| *is_found);
        found.map(|(_, detector)| detector).collect()
    }

    /// What its time says.
    fn pace(&mut self, at_ms: i64) -> Vec<Detector> {
        let found = [
            (self.bursts(at_ms), Detector::Velocity),
            (self.changes(at_ms), Detector::Change),
        ];
        let found = found.into_iter().filter(|(is_found, _)| *is_found);
        found.map(|(_, detector)| detector).collect()
    }

    /// The same call again, and what came back was the same. A poll whose answer changes is waiting
    /// for something, not running away; something else in between is a detour, not an end.
    fn same_call(&mut self, step: &Step) -> bool {
        if step.calls.is_empty() {
            return false;
        }
        let now = (fold(&step.calls), step.result);
        let (kept, score) = self.same;
        self.same = match kept {
            Some(kept) if kept == now => (Some(kept), score.saturating_add(1)),
            Some(kept) if score > DETOUR => (Some(kept), score.saturating_sub(DETOUR)),
            _ => (Some(now), 1),
        };
        self.same.1 >= self.settings.same_score
    }

    fn cycle(&mut self, step: &Step) -> bool {
        if step.calls.is_empty() {
            return false;
        }
        let exact = fold(&step.calls) ^ step.result.unwrap_or(0).rotate_left(17);
        let cycle = self.cycles.push(exact);
        cycle.is_some_and(|cycle| cycle.calls >= self.settings.cycle_calls && cycle.period > 1)
    }

    /// The context grows with every call, and the agent goes round among a few kinds of calls, each
    /// of which it has made more than once.
    fn grows(&mut self, step: &Step) -> bool {
        let last = self.growing.back().map_or(0, |(_, tokens)| *tokens);
        if step.calls.is_empty() || step.input_tokens <= last {
            self.growing.clear();
        }
        self.growing
            .push_back((fold(&step.calls), step.input_tokens));
        if self.growing.len() > self.settings.growing_calls {
            self.growing.pop_front();
        }
        if self.growing.len() < self.settings.growing_calls {
            return false;
        }
        let first = self.growing.front().map_or(0, |(_, tokens)| *tokens);
        let calls = u64::try_from(self.growing.len()).unwrap_or(u64::MAX);
        let least = self.settings.growing_tokens.saturating_mul(calls);
        if step.input_tokens.saturating_sub(first) < least {
            return false;
        }
        let mut kinds: BTreeMap<u64, u32> = BTreeMap::new();
        for (kind, _) in &self.growing {
            *kinds.entry(*kind).or_default() += 1;
        }
        kinds.len() <= self.settings.growing_kinds && kinds.values().all(|count| *count > 1)
    }

    fn bursts(&mut self, at_ms: i64) -> bool {
        self.recent.push_back(at_ms);
        while self.recent.len() > self.settings.burst_calls.saturating_add(1) {
            self.recent.pop_front();
        }
        let first = self.recent.front().copied().unwrap_or(at_ms);
        self.recent.len() > self.settings.burst_calls && at_ms.saturating_sub(first) <= BURST_MS
    }

    fn changes(&mut self, at_ms: i64) -> bool {
        let gap = self.last_ms.map(|last| at_ms.saturating_sub(last));
        self.last_ms = Some(at_ms);
        // Seconds between calls, on a logarithmic scale: a rate that doubles is a step of 0.7.
        gap.is_some_and(|gap| {
            let seconds = (gap.max(1) as f64) / 1_000.0;
            self.rate.push(-seconds.ln())
        })
    }
}

/// One fingerprint of several.
fn fold(parts: &[u64]) -> u64 {
    parts.iter().fold(0x9e37_79b9_7f4a_7c15, |sum: u64, part| {
        (sum.rotate_left(5) ^ part).wrapping_mul(0xd2b7_4407_b1ce_6e93)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(at_s: i64, call: u64, result: u64) -> Step {
        Step {
            at_ms: at_s * 1_000,
            calls: vec![call],
            tools: vec![call],
            result: Some(result),
            input_tokens: 100,
            ..Step::default()
        }
    }

    fn first(steps: impl Iterator<Item = Step>) -> Option<(u64, Detector)> {
        let mut watch = Watch::new(Settings::default());
        steps
            .flat_map(|step| watch.step(&step))
            .map(|signal| (signal.calls, signal.detector))
            .next()
    }

    #[test]
    fn the_same_call_again_and_again_is_a_loop_and_a_poll_is_not() {
        let same = (0..30).map(|at| step(at * 5, 7, 1));
        assert_eq!(first(same), Some((10, Detector::SameCall)));
        let poll = (0..30).map(|at| step(at * 5, 7, u64::try_from(at).unwrap()));
        assert_eq!(first(poll), None);
    }

    #[test]
    fn agents_that_hand_to_each_other_for_ever_are_a_cycle() {
        let pong = (0..40_i64).map(|at| step(at * 5, u64::try_from(at % 3).unwrap(), 1));
        let (calls, detector) = first(pong).unwrap();
        assert_eq!(detector, Detector::Cycle);
        assert!(calls <= 20);
    }

    #[test]
    fn a_person_who_goes_on_starts_the_count_again() {
        let asked = (0..30).map(|at| Step {
            person: at % 5 == 0,
            ..step(at * 5, 7, 1)
        });
        assert_eq!(first(asked), None);
    }

    #[test]
    fn a_burst_is_faster_than_the_ceiling() {
        let burst = (0..60_i64).map(|at| Step {
            at_ms: at * 100,
            ..Step::default()
        });
        let mut watch = Watch::new(Settings::default());
        let signals: Vec<_> = burst.flat_map(|step| watch.step(&step)).collect();
        assert!(
            signals
                .iter()
                .any(|signal| signal.detector == Detector::Velocity)
        );
    }
}
