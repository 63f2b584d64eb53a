//! Runaway detection: notices an agent that spends without getting anywhere, long before a ceiling.
//!
//! A [`Watch`] follows one session and is fed one [`Step`] per call. Its detectors look at structure,
//! never at words: the same tool with the same arguments again, a cycle of calls, a context that only
//! grows, more calls than any person or sound agent makes, a sudden change of rate. A signal carries
//! the action that goes with it; defaults need no tuning and were measured on simulated traffic.

mod change;
mod cycle;
mod forecast;
mod peers;

pub use change::{Cusum, PageHinkley};
pub use cycle::{Cycle, Cycles};
pub use forecast::{Forecast, forecast};
pub use peers::robust_z;

use std::collections::{BTreeMap, VecDeque};

/// What one call of a session looked like.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Step {
    /// When it was made, in milliseconds.
    pub at_ms: i64,
    /// A fingerprint of each tool call in its answer: tool and arguments, hashed.
    pub calls: Vec<u64>,
    /// A fingerprint of each tool call without its arguments.
    pub tools: Vec<u64>,
    /// A fingerprint of what the tools returned since the call before; none where nothing did.
    pub result: Option<u64>,
    /// Tokens of the prompt.
    pub input_tokens: u64,
    /// Tokens of the answer.
    pub output_tokens: u64,
    /// Whether a person has said something since the call before.
    pub person: bool,
}

/// What was noticed.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Which detector.
    pub detector: Detector,
    /// What it asks for.
    pub action: Action,
    /// Calls of the session so far.
    pub calls: u64,
}

/// The detectors of a session.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Detector {
    /// The same tool with the same arguments and the same result.
    SameCall,
    /// A cycle of calls among tools or agents.
    Cycle,
    /// A context that grows while nobody says anything.
    GrowingContext,
    /// Calls faster than the ceiling.
    Velocity,
    /// A sudden, lasting change of the rate.
    Change,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Action {
    /// Tell somebody.
    Alert,
    /// Make the next call wait.
    Slow,
    /// Hold the next call for a person.
    Hold,
    /// Refuse all further calls of the session.
    Stop,
}

/// When the detectors speak.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The score of equal calls with equal results that is too much: each adds one, any other call
    /// takes three away.
    pub same_score: u32,
    /// Calls that a cycle of two to [`Cycles::PERIOD_MAX`] must fill.
    pub cycle_calls: u32,
    /// Calls that are looked at together for a context that only grows.
    pub growing_calls: usize,
    /// Kinds of calls among them that still count as going round.
    pub growing_kinds: usize,
    /// Tokens by which the context must have grown per call.
    pub growing_tokens: u64,
    /// Calls within four seconds.
    pub burst_calls: usize,
    /// The score of a change of rate.
    pub change_score: f64,
    /// What each detector asks for.
    pub actions: [(Detector, Action); 5],
}

/// What another call takes off the score of equal calls.
const DETOUR: u32 = 3;
/// The time that a burst is counted over.
const BURST_MS: i64 = 4_000;

impl Default for Settings {
    fn default() -> Self {
        Self {
            same_score: 10,
            cycle_calls: 12,
            growing_calls: 15,
            growing_kinds: 3,
            growing_tokens: 560,
            burst_calls: 18,
            change_score: 12.0,
            actions: [
                (Detector::SameCall, Action::Stop),
                (Detector::Cycle, Action::Hold),
                (Detector::GrowingContext, Action::Hold),
                (Detector::Velocity, Action::Slow),
                (Detector::Change, Action::Alert),
            ],
        }
    }
}

/// The detectors of one session. Bounded: it keeps the last calls, not all.
#[derive(Clone, Debug)]
pub struct Watch {
    settings: Settings,
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
    pub fn new(settings: Settings) -> Self {
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
        if step.person {
            // A person has seen where it stands and goes on.
            self.same = (None, 0);
            self.cycles = Cycles::default();
            self.growing.clear();
        }
        let mut found = Vec::new();
        if self.same_call(step) {
            found.push(Detector::SameCall);
        }
        if self.cycle(step) {
            found.push(Detector::Cycle);
        }
        if self.grows(step) {
            found.push(Detector::GrowingContext);
        }
        if self.bursts(step) {
            found.push(Detector::Velocity);
        }
        if self.changes(step) {
            found.push(Detector::Change);
        }
        let mut signals: Vec<Signal> = found
            .into_iter()
            .map(|detector| Signal {
                detector,
                action: self.action(detector),
                calls: self.calls,
            })
            .collect();
        signals.sort_by_key(|signal| std::cmp::Reverse(signal.action));
        signals
    }

    fn action(&self, wanted: Detector) -> Action {
        let mut actions = self.settings.actions.iter();
        let found = actions.find(|(detector, _)| *detector == wanted);
        found.map_or(Action::Alert, |(_, action)| *action)
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

    fn bursts(&mut self, step: &Step) -> bool {
        self.recent.push_back(step.at_ms);
        while self.recent.len() > self.settings.burst_calls.saturating_add(1) {
            self.recent.pop_front();
        }
        let first = self.recent.front().copied().unwrap_or(step.at_ms);
        self.recent.len() > self.settings.burst_calls
            && step.at_ms.saturating_sub(first) <= BURST_MS
    }

    fn changes(&mut self, step: &Step) -> bool {
        let gap = self.last_ms.map(|last| step.at_ms.saturating_sub(last));
        self.last_ms = Some(step.at_ms);
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
