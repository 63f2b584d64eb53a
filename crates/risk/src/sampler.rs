//! Sampled campaigns of one actor, 64 in a word, under every set of controls that is asked for.
//!
//! All sets see the same random bits, so that the difference between two is the control and not the
//! noise; bits are drawn when first needed and kept for the word.

use seawall_stats::{Philox, Threshold};

use crate::model::{Guard, Model, ModelActor, ModelStep};
use crate::path::{Sampled, derivation};
use crate::persistence::passed;

/// Which controls are on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Set {
    All,
    None,
    Without(usize),
}

/// Purposes, so that no two draws share their bits by accident.
const SUCCESS: u64 = 1;
const BYPASS: u64 = 2;
const OUTAGE: u64 = 3;
/// Paths taken for each actor and loss of a draw.
const PATHS_MAX: usize = 4;

/// How often each loss was reached, and in which campaigns.
pub(crate) struct Counted {
    pub(crate) with: Vec<u64>,
    pub(crate) without: Vec<u64>,
    pub(crate) minus_one: Vec<Vec<u64>>,
    /// For each word, the trials in which each loss was reached.
    pub(crate) hits_with: Vec<Vec<u64>>,
    pub(crate) hits_without: Vec<Vec<u64>>,
    pub(crate) paths_with: Vec<Sampled>,
    pub(crate) paths_without: Vec<Sampled>,
}

/// The bits of one word of campaigns, drawn when first needed.
#[derive(Clone, Default)]
struct Bits {
    success: Option<u64>,
    /// For each guard: trials in which it is passed, with all that notice on.
    passed: Vec<Option<u64>>,
}

/// Samples the campaigns of one actor under one posterior draw.
pub(crate) struct Sampler<'m> {
    model: &'m Model<'m>,
    actor: &'m ModelActor<'m>,
    /// By position in the actor's graph.
    steps: Vec<StepSampler<'m>>,
    /// By control: trials in which it is down.
    outages: Vec<Outage>,
    bits: Vec<Bits>,
    /// By control: whether it stopped or slowed anything in this word. Without one that did not,
    /// nothing would have gone otherwise.
    acted: Vec<bool>,
    success: Philox,
    bypass: Philox,
    outage: Philox,
    /// The draw, in the upper part of every word number.
    base: u64,
}

struct StepSampler<'m> {
    step: &'m ModelStep,
    success: Threshold,
    guards: Vec<GuardSampler<'m>>,
    detectors: Vec<usize>,
}

struct GuardSampler<'m> {
    guard: &'m Guard,
    all: Threshold,
    /// By position among the step's detectors: the threshold without that one.
    without: Vec<Threshold>,
}

/// Whether a control is down, one draw for all that it guards.
struct Outage {
    threshold: Threshold,
    key: u64,
    bits: Option<u64>,
}

impl Outage {
    fn word(&mut self, philox: Philox, word: u64) -> u64 {
        *self
            .bits
            .get_or_insert_with(|| self.threshold.word(philox, self.key, word))
    }
}

impl<'m> Sampler<'m> {
    pub(crate) fn new(
        model: &'m Model<'m>,
        actor: &'m ModelActor<'m>,
        value: &impl Fn(usize) -> f64,
        philox: Philox,
        draw: usize,
    ) -> Self {
        let steps: Vec<StepSampler<'m>> = actor
            .graph
            .steps()
            .iter()
            .filter_map(|step| model.steps.get(step.tag as usize))
            .map(|step| StepSampler::new(step, actor.tries, value))
            .collect();
        Self {
            outages: model
                .controls
                .iter()
                .map(|control| Outage {
                    threshold: Threshold::new(1.0 - value(control.reliability)),
                    key: control.outage_key,
                    bits: None,
                })
                .collect(),
            bits: vec![Bits::default(); steps.len()],
            acted: vec![false; model.controls.len()],
            model,
            actor,
            steps,
            success: philox.domain(SUCCESS),
            bypass: philox.domain(BYPASS),
            outage: philox.domain(OUTAGE),
            base: (draw as u64) << 24,
        }
    }

    pub(crate) fn run(&mut self, words: usize, takes_paths: bool) -> Counted {
        let losses = self.model.losses.len();
        let mut counted = Counted {
            with: vec![0; losses],
            without: vec![0; losses],
            minus_one: vec![vec![0; losses]; self.model.controls.len()],
            hits_with: Vec::with_capacity(words),
            hits_without: Vec::with_capacity(words),
            paths_with: Vec::new(),
            paths_without: Vec::new(),
        };
        for word in 0..words {
            self.clear();
            let word = self.base | word as u64;
            let start = self.start(u64::MAX);
            let without = self.spread(word, Set::None, start.clone());
            let without = self.goals(&without);
            let reached = self.spread(word, Set::All, start);
            let with = self.goals(&reached);
            count(&mut counted.without, &without);
            count(&mut counted.with, &with);
            let stopped = without.iter().zip(&with).any(|(off, on)| off & !on != 0);
            for (control, counts) in counted.minus_one.iter_mut().enumerate() {
                let acted = stopped && self.acted.get(control) == Some(&true);
                // Fewer controls reach at least as much: go on from there.
                let more = acted.then(|| self.spread(word, Set::Without(control), reached.clone()));
                let more = more.map(|more| self.goals(&more));
                count(counts, more.as_ref().unwrap_or(&with));
            }
            if takes_paths {
                self.take(word, Set::All, &with, &mut counted.paths_with);
                self.take(word, Set::None, &without, &mut counted.paths_without);
            }
            counted.hits_with.push(with);
            counted.hits_without.push(without);
        }
        counted
    }

    fn clear(&mut self) {
        self.acted.fill(false);
        for outage in &mut self.outages {
            outage.bits = None;
        }
        for (bits, step) in self.bits.iter_mut().zip(&self.steps) {
            bits.success = None;
            bits.passed.clear();
            bits.passed.resize(step.guards.len(), None);
        }
    }

    /// Extends the states that are reached as far as a set of controls lets it.
    fn spread(&mut self, word: u64, set: Set, mut reached: Vec<u64>) -> Vec<u64> {
        let actor = self.actor;
        actor.graph.fixpoint(&mut reached, |position, ready| {
            self.fires(position, word, set, ready)
        });
        reached
    }

    /// In which trials each loss is reached.
    fn goals(&self, reached: &[u64]) -> Vec<u64> {
        let word = |goal: u32| reached.get(goal as usize).copied();
        let goals = self.actor.goals.iter();
        goals.map(|goal| goal.and_then(word).unwrap_or(0)).collect()
    }

    fn start(&self, trials: u64) -> Vec<u64> {
        let mut reached = vec![0; self.actor.graph.states()];
        let start = self.actor.start;
        if let Some(state) = start.and_then(|start| reached.get_mut(start as usize)) {
            *state = trials;
        }
        reached
    }

    /// In which of the trials `ready` a step comes out.
    fn fires(&mut self, position: usize, word: u64, set: Set, ready: u64) -> u64 {
        let Some((step, bits)) = self.steps.get(position).zip(self.bits.get_mut(position)) else {
            return 0;
        };
        let mut fires = ready
            & *bits
                .success
                .get_or_insert_with(|| step.success.word(self.success, step.step.key, word));
        if set == Set::None {
            return fires;
        }
        let silenced = match set {
            Set::Without(control) => step.detectors.iter().position(|own| *own == control),
            Set::All | Set::None => None,
        };
        for (guard, cached) in step.guards.iter().zip(&mut bits.passed) {
            if fires == 0 {
                break;
            }
            if set == Set::Without(guard.guard.control) {
                continue;
            }
            let passed = match silenced.and_then(|detector| guard.without.get(detector)) {
                Some(threshold) => threshold.word(self.bypass, guard.guard.key, word),
                None => *cached
                    .get_or_insert_with(|| guard.all.word(self.bypass, guard.guard.key, word)),
            };
            let control = guard.guard.control;
            let down = self
                .outages
                .get_mut(control)
                .map_or(0, |item| item.word(self.outage, word));
            let stopped = fires & !(passed | down);
            fires &= !stopped;
            if stopped != 0 && set == Set::All {
                step.detectors
                    .iter()
                    .chain([&control])
                    .filter_map(|own| self.acted.get_mut(*own).map(|flag| *flag = true))
                    .for_each(drop);
            }
        }
        fires
    }

    /// Takes the derivation of some of the trials in which a loss is reached.
    fn take(&mut self, word: u64, set: Set, goals: &[u64], paths: &mut Vec<Sampled>) {
        for (loss, hits) in goals.iter().enumerate() {
            let taken = paths.iter().filter(|path| path.loss == loss).count();
            let Some(goal) = self.actor.goals.get(loss).copied().flatten() else {
                continue;
            };
            if *hits == 0 || taken >= PATHS_MAX {
                continue;
            }
            let trial = 1_u64 << hits.trailing_zeros();
            let start = self.start(trial);
            let actor = self.actor;
            let steps = derivation(&actor.graph, start, goal, |position, ready| {
                self.fires(position, word, set, ready)
            });
            paths.push(Sampled { loss, steps });
        }
    }
}

fn count(counts: &mut [u64], goals: &[u64]) {
    for (count, goal) in counts.iter_mut().zip(goals) {
        *count += u64::from(goal.count_ones());
    }
}

impl<'m> StepSampler<'m> {
    fn new(step: &'m ModelStep, tries: u32, value: &impl Fn(usize) -> f64) -> Self {
        let detection = |except: Option<usize>| {
            let missed = step
                .detectors
                .iter()
                .enumerate()
                .filter(|(position, _)| Some(*position) != except)
                .map(|(_, (_, input))| 1.0 - value(*input));
            1.0 - missed.product::<f64>()
        };
        let guards = step.guards.iter().map(|guard| {
            let bypass = 1.0 - value(guard.efficacy);
            let tries = if guard.is_deterministic { 1 } else { tries };
            let threshold = |detection: f64| {
                let passed = passed(bypass, detection, Some(tries));
                Threshold::new(1.0 - guard.coverage + guard.coverage * passed)
            };
            GuardSampler {
                guard,
                all: threshold(detection(None)),
                without: (0..step.detectors.len())
                    .map(|position| threshold(detection(Some(position))))
                    .collect(),
            }
        });
        Self {
            step,
            success: Threshold::new(value(step.success)),
            guards: guards.collect(),
            detectors: step.detectors.iter().map(|(control, _)| *control).collect(),
        }
    }
}
