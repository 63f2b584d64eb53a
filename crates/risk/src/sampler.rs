//! Sampled campaigns of one actor, 256 at a time, under any set of controls.
//!
//! All sets see the same random bits, so that the difference between two is the control and not the
//! noise; bits are drawn when first needed and kept for the group.

use seawall_stats::{Philox, Threshold};

use crate::lanes::Lanes;
use crate::model::{Guard, Model, ModelActor, ModelStep};
use crate::path::derivation;
use crate::persistence::passed;

/// Which controls are on, by their number.
pub(crate) type On = [bool];

/// Purposes, so that no two draws share their bits by accident.
const SUCCESS: u64 = 1;
const BYPASS: u64 = 2;
const OUTAGE: u64 = 3;
/// A step is watched by at most this many controls; the model lists what it leaves out.
pub(crate) const DETECTORS_MAX: usize = 16;

/// The bits of one group of campaigns, drawn when first needed.
#[derive(Clone, Default)]
struct Bits {
    success: Option<Lanes>,
    /// For each guard: trials in which it is passed, by which of the step's watchers are on.
    passed: Vec<Vec<(u32, Lanes)>>,
}

/// Samples the campaigns of one actor under one posterior draw.
pub(crate) struct Sampler<'m> {
    pub(crate) model: &'m Model<'m>,
    pub(crate) actor: &'m ModelActor<'m>,
    /// By position in the actor's graph.
    steps: Vec<StepSampler<'m>>,
    /// By control: trials in which it is down.
    outages: Vec<Outage>,
    bits: Vec<Bits>,
    /// By control: whether it stopped or slowed anything in this group. Without one that did not,
    /// nothing would have gone otherwise.
    pub(crate) acted: Vec<bool>,
    success: Philox,
    bypass: Philox,
    outage: Philox,
    /// The number of the group, with the draw in its upper part.
    pub(crate) group: u64,
    base: u64,
}

struct StepSampler<'m> {
    step: &'m ModelStep,
    success: Threshold,
    guards: Vec<GuardSampler<'m>>,
    /// Controls that watch, with the chance that they notice a failed try.
    detectors: Vec<(usize, f64)>,
}

struct GuardSampler<'m> {
    guard: &'m Guard,
    bypass: f64,
    tries: u32,
    /// With every watcher on.
    all: Threshold,
}

/// Whether a control is down, one draw for all that it guards.
struct Outage {
    threshold: Threshold,
    key: u64,
    bits: Option<Lanes>,
}

impl Outage {
    fn lanes(&mut self, philox: Philox, group: u64) -> Lanes {
        let (threshold, key) = (self.threshold, self.key);
        let draw = || Lanes::new(threshold.words(philox, key, group));
        *self.bits.get_or_insert_with(draw)
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
            .map(|step| StepSampler::new(step, actor, value))
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
            group: 0,
            base: (draw as u64) << 24,
        }
    }

    /// Turns to another group of campaigns.
    pub(crate) fn turn(&mut self, group: usize) {
        self.group = self.base | group as u64;
        self.acted.fill(false);
        for outage in &mut self.outages {
            outage.bits = None;
        }
        for (bits, step) in self.bits.iter_mut().zip(&self.steps) {
            bits.success = None;
            bits.passed.iter_mut().for_each(Vec::clear);
            bits.passed.resize(step.guards.len(), Vec::new());
        }
    }

    /// Extends the states that are reached as far as a set of controls lets it.
    pub(crate) fn spread(&mut self, on: &On, mut reached: Vec<Lanes>) -> Vec<Lanes> {
        let actor = self.actor;
        actor.graph.fixpoint(&mut reached, |position, ready| {
            self.fires(position, on, ready)
        });
        reached
    }

    /// In which trials each loss is reached.
    pub(crate) fn goals(&self, reached: &[Lanes]) -> Vec<Lanes> {
        let lanes = |goal: u32| reached.get(goal as usize).copied();
        let goals = self.actor.goals.iter();
        goals
            .map(|goal| goal.and_then(lanes).unwrap_or(Lanes::NONE))
            .collect()
    }

    /// Nothing gained yet but the position where the actor starts.
    pub(crate) fn start(&self, trials: Lanes) -> Vec<Lanes> {
        let mut reached = vec![Lanes::NONE; self.actor.graph.states()];
        let start = self.actor.start;
        if let Some(state) = start.and_then(|start| reached.get_mut(start as usize)) {
            *state = trials;
        }
        reached
    }

    /// The steps by which a loss was reached in one trial.
    pub(crate) fn derive(&mut self, on: &On, goal: u32, trial: usize) -> Vec<u32> {
        let start = self.start(Lanes::only(trial));
        let actor = self.actor;
        derivation(&actor.graph, start, goal, |position, ready| {
            self.fires(position, on, ready)
        })
    }

    /// In which of the trials `ready` a step comes out.
    fn fires(&mut self, position: usize, on: &On, ready: Lanes) -> Lanes {
        let Some((step, bits)) = self.steps.get(position).zip(self.bits.get_mut(position)) else {
            return Lanes::NONE;
        };
        let (success, group) = (self.success, self.group);
        let mut fires = ready
            & *bits.success.get_or_insert_with(|| {
                Lanes::new(step.success.words(success, step.step.key, group))
            });
        let is_on = |control: usize| on.get(control) == Some(&true);
        let watching = step.watching(is_on);
        for (guard, cached) in step.guards.iter().zip(&mut bits.passed) {
            let control = guard.guard.control;
            if fires.is_empty() {
                break;
            }
            if !is_on(control) {
                continue;
            }
            let known = cached.iter().find(|(watchers, _)| *watchers == watching);
            let passed = match known {
                Some((_, passed)) => *passed,
                None => {
                    let threshold = step.threshold(guard, watching);
                    let words = threshold.words(self.bypass, guard.guard.key, group);
                    cached.push((watching, Lanes::new(words)));
                    Lanes::new(words)
                }
            };
            let down = self
                .outages
                .get_mut(control)
                .map_or(Lanes::NONE, |item| item.lanes(self.outage, group));
            let stopped = fires & !(passed | down);
            fires &= !stopped;
            if !stopped.is_empty() {
                let watchers = step.detectors.iter().map(|(control, _)| *control);
                note(&mut self.acted, watchers.chain([control]));
            }
        }
        fires
    }
}

fn note(acted: &mut [bool], controls: impl Iterator<Item = usize>) {
    for control in controls {
        acted
            .get_mut(control)
            .into_iter()
            .for_each(|flag| *flag = true);
    }
}

impl<'m> StepSampler<'m> {
    fn new(step: &'m ModelStep, actor: &ModelActor<'_>, value: &impl Fn(usize) -> f64) -> Self {
        let detectors: Vec<(usize, f64)> = step
            .detectors
            .iter()
            .map(|(control, input)| (*control, value(*input)))
            .collect();
        let mut sampler = Self {
            step,
            success: Threshold::new(value(step.success)),
            guards: Vec::with_capacity(step.guards.len()),
            detectors,
        };
        let everyone = sampler.watching(|_| true);
        for guard in &step.guards {
            let mut guard = GuardSampler {
                guard,
                bypass: 1.0 - efficacy(guard, actor, value),
                tries: if guard.is_deterministic {
                    1
                } else {
                    actor.tries
                },
                all: Threshold::NEVER,
            };
            guard.all = sampler.compute(&guard, everyone);
            sampler.guards.push(guard);
        }
        sampler
    }

    /// Which of the step's watchers are on, as bits.
    fn watching(&self, is_on: impl Fn(usize) -> bool) -> u32 {
        let watchers = self.detectors.iter().enumerate();
        watchers
            .filter(|(_, (control, _))| is_on(*control))
            .fold(0, |bits, (position, _)| bits | 1 << position)
    }

    fn threshold(&self, guard: &GuardSampler<'_>, watching: u32) -> Threshold {
        if watching.count_ones() as usize == self.detectors.len() {
            return guard.all;
        }
        self.compute(guard, watching)
    }

    fn compute(&self, guard: &GuardSampler<'_>, watching: u32) -> Threshold {
        let missed = self.detectors.iter().enumerate();
        let missed: f64 = missed
            .filter(|(position, _)| watching >> position & 1 == 1)
            .map(|(_, (_, chance))| 1.0 - chance)
            .product();
        let passed = passed(guard.bypass, 1.0 - missed, Some(guard.tries));
        let coverage = guard.guard.coverage;
        Threshold::new(1.0 - coverage + coverage * passed)
    }
}

/// Efficacy per try against an actor: one that adapts meets what adaptive trials found.
fn efficacy(guard: &Guard, actor: &ModelActor<'_>, value: &impl Fn(usize) -> f64) -> f64 {
    let fixed = value(guard.efficacy);
    let Some(adaptive) = guard.adaptive else {
        return fixed;
    };
    // A fixed suite bounds efficacy from above: adapting never makes an attack worse.
    let adapted = value(adaptive).min(fixed);
    fixed + actor.adapts * (adapted - fixed)
}
