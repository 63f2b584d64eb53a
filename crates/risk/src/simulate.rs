//! One posterior draw: sampled campaigns of every actor, under every set of controls that is asked
//! for, with the same random bits.

use seawall_stats::{Philox, Threshold};

use crate::graph::Graph;
use crate::model::{Guard, Model, ModelActor, ModelStep};
use crate::path::{PathSample, Sampled};
use crate::persistence::passed;
use crate::years::{Years, years};

/// How much is sampled.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Effort {
    /// Posterior draws.
    pub(crate) draws: usize,
    /// Words of 64 campaigns for each draw and actor.
    pub(crate) words: usize,
    /// Years for each draw.
    pub(crate) years: usize,
    /// Draws from which paths are taken.
    pub(crate) path_draws: usize,
}

/// What one posterior draw gives.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draw {
    /// Expected annual loss with all controls, by loss.
    pub(crate) with: Vec<f64>,
    /// Expected annual loss without any control, by loss.
    pub(crate) without: Vec<f64>,
    /// Expected annual loss with all controls but one, by control.
    pub(crate) minus_one: Vec<f64>,
    pub(crate) years_with: Vec<f64>,
    pub(crate) years_without: Vec<f64>,
    pub(crate) paths_with: Vec<PathSample>,
    pub(crate) paths_without: Vec<PathSample>,
}

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
/// Purposes of the years of a draw.
pub(crate) const YEARS_WITH: u64 = 4;
pub(crate) const YEARS_WITHOUT: u64 = 5;
/// Paths taken for each actor and loss of a draw.
const PATHS_MAX: usize = 4;

/// Samples draw number `draw`, where input `i` has the value `values[i][draw]`.
pub(crate) fn draw(
    model: &Model<'_>,
    values: &[Vec<f64>],
    effort: Effort,
    philox: Philox,
    draw: usize,
) -> Draw {
    let mut result = Draw {
        with: vec![0.0; model.losses.len()],
        without: vec![0.0; model.losses.len()],
        minus_one: vec![0.0; model.controls.len()],
        years_with: vec![0.0; effort.years],
        years_without: vec![0.0; effort.years],
        ..Draw::default()
    };
    let value = |input: usize| {
        let row = values.get(input).and_then(|row| row.get(draw));
        row.copied().unwrap_or(0.0)
    };
    for (number, actor) in model.actors.iter().enumerate() {
        let mut sampler = Sampler::new(model, actor, &value, philox, draw);
        let takes_paths = draw < effort.path_draws;
        let counted = sampler.run(effort.words, takes_paths);
        let campaigns = (effort.words * 64) as f64;
        let rate = value(actor.rate);
        let means: Vec<f64> = model
            .losses
            .iter()
            .map(|loss| loss.severity.mean())
            .collect();
        let annual = |counts: &[u64]| -> Vec<f64> {
            let share = counts.iter().map(|count| *count as f64 / campaigns);
            share
                .zip(&means)
                .map(|(share, mean)| rate * share * mean)
                .collect()
        };
        add(&mut result.with, &annual(&counted.with));
        add(&mut result.without, &annual(&counted.without));
        let minus_one: Vec<f64> = counted
            .minus_one
            .iter()
            .map(|counts| annual(counts).iter().sum())
            .collect();
        add(&mut result.minus_one, &minus_one);
        let run = Years {
            rate,
            campaigns: effort.words * 64,
            losses: &model.losses,
        };
        let stream = |purpose: u64| {
            philox
                .domain(purpose)
                .stream((draw as u64) << 20 | number as u64)
        };
        years(
            &run,
            &counted.hits_with,
            stream(YEARS_WITH),
            &mut result.years_with,
        );
        years(
            &run,
            &counted.hits_without,
            stream(YEARS_WITHOUT),
            &mut result.years_without,
        );
        let weigh =
            |samples: Vec<Sampled>, annual: &[f64]| PathSample::weigh(samples, number, annual);
        result
            .paths_with
            .extend(weigh(counted.paths_with, &annual(&counted.with)));
        result
            .paths_without
            .extend(weigh(counted.paths_without, &annual(&counted.without)));
    }
    result
}

fn add(sum: &mut [f64], more: &[f64]) {
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum += more;
    }
}

/// How often each loss was reached, and in which campaigns.
struct Counted {
    with: Vec<u64>,
    without: Vec<u64>,
    minus_one: Vec<Vec<u64>>,
    /// For each word, the trials in which each loss was reached.
    hits_with: Vec<Vec<u64>>,
    hits_without: Vec<Vec<u64>>,
    paths_with: Vec<Sampled>,
    paths_without: Vec<Sampled>,
}

/// The bits of one word of campaigns, drawn when first needed.
#[derive(Clone, Default)]
struct Bits {
    success: Option<u64>,
    /// For each guard: trials in which it is passed, with all that notice on.
    passed: Vec<Option<u64>>,
}

struct Sampler<'m> {
    model: &'m Model<'m>,
    actor: &'m ModelActor<'m>,
    /// By position in the actor's graph.
    steps: Vec<StepSampler<'m>>,
    /// By control: trials in which it is down.
    outages: Vec<Threshold>,
    outage_bits: Vec<Option<u64>>,
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

impl<'m> Sampler<'m> {
    fn new(
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
                .map(|control| Threshold::new(1.0 - value(control.reliability)))
                .collect(),
            outage_bits: vec![None; model.controls.len()],
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

    fn run(&mut self, words: usize, takes_paths: bool) -> Counted {
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
            for control in 0..self.model.controls.len() {
                let matters = stopped && self.acted.get(control) == Some(&true);
                // Fewer controls reach at least as much: go on from there.
                let goals = matters.then(|| {
                    let more = self.spread(word, Set::Without(control), reached.clone());
                    self.goals(&more)
                });
                if let Some(counts) = counted.minus_one.get_mut(control) {
                    count(counts, goals.as_ref().unwrap_or(&with));
                }
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
        self.outage_bits.fill(None);
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
            let outage = self.outage_bits.get_mut(control).map_or(0, |cached| {
                *cached.get_or_insert_with(|| {
                    let threshold = self
                        .outages
                        .get(control)
                        .copied()
                        .unwrap_or(Threshold::NEVER);
                    let key = self
                        .model
                        .controls
                        .get(control)
                        .map_or(0, |item| item.outage_key);
                    threshold.word(self.outage, key, word)
                })
            });
            let stopped = fires & !(passed | outage);
            fires &= !stopped;
            if stopped != 0 && set == Set::All {
                let slowed = step.detectors.iter().copied();
                for own in slowed.chain([guard.guard.control]) {
                    if let Some(flag) = self.acted.get_mut(own) {
                        *flag = true;
                    }
                }
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

/// The steps by which `goal` was gained, as positions in the model, in ascending order.
fn derivation(
    graph: &Graph,
    mut reached: Vec<u64>,
    goal: u32,
    mut fires: impl FnMut(usize, u64) -> u64,
) -> Vec<u32> {
    let mut gained: Vec<Option<usize>> = vec![None; graph.states()];
    // Rounds of breadth-first search give short derivations, and never a circular one.
    loop {
        let mut news = Vec::new();
        for (position, step) in graph.steps().iter().enumerate() {
            let is_new = reached
                .get(step.gives as usize)
                .is_some_and(|word| *word == 0);
            let ready = step.requires.iter().fold(u64::MAX, |ready, state| {
                ready & reached.get(*state as usize).copied().unwrap_or(0)
            });
            if is_new && ready != 0 && fires(position, ready) != 0 {
                news.push((position, step.gives, ready));
            }
        }
        for (position, gives, ready) in &news {
            if let Some(slot) = gained
                .get_mut(*gives as usize)
                .filter(|slot| slot.is_none())
            {
                *slot = Some(*position);
            }
            if let Some(word) = reached.get_mut(*gives as usize) {
                *word = *ready;
            }
        }
        let is_there = reached.get(goal as usize).is_some_and(|word| *word != 0);
        if news.is_empty() || is_there {
            break;
        }
    }
    let mut used = Vec::new();
    let mut queue = vec![goal];
    while let Some(state) = queue.pop() {
        let position = gained.get_mut(state as usize).and_then(Option::take);
        if let Some(step) = position.and_then(|position| graph.steps().get(position)) {
            used.push(step.tag);
            queue.extend(&step.requires);
        }
    }
    used.sort_unstable();
    used
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
            let threshold = |detection: f64| {
                let tries = if guard.is_deterministic { 1 } else { tries };
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
