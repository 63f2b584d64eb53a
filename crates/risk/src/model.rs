//! The model of one system: graph, inputs, guards and losses in one numbering.
//!
//! Everything is numbered in the order of ids, so that the order of files and lists changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use seawall_catalog::{ControlFunction, Relation, control as control_kind};
use seawall_stats::dist::Beta;
use seawall_system::{Actor, Control, Facts, Loss, System};

use crate::assumption::Assumption;
use crate::evidence::{Measured, Trials};
use crate::graph::{Graph, Step};
use crate::ground::{GroundStep, State, ground};
use crate::inputs::{Input, Knowledge, Provenance, key};

/// The model.
#[derive(Debug)]
pub(crate) struct Model<'a> {
    pub(crate) system: &'a System,
    pub(crate) steps: Vec<ModelStep>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) actors: Vec<ModelActor<'a>>,
    pub(crate) controls: Vec<ModelControl<'a>>,
    pub(crate) losses: Vec<&'a Loss>,
    pub(crate) assumptions: Vec<Assumption>,
}

/// One step with what decides whether it comes out.
#[derive(Debug)]
pub(crate) struct ModelStep {
    pub(crate) ground: GroundStep,
    pub(crate) key: u64,
    /// Input: chance of success without controls.
    pub(crate) success: usize,
    pub(crate) guards: Vec<Guard>,
    /// Controls that notice a failed try here, with the input of their chance.
    pub(crate) detectors: Vec<(usize, usize)>,
}

/// A control that stands in the way of a step.
#[derive(Debug)]
pub(crate) struct Guard {
    pub(crate) control: usize,
    /// Input: efficacy per try.
    pub(crate) efficacy: usize,
    /// What the bypass draw is keyed by: controls of one mechanism are bypassed together.
    pub(crate) key: u64,
    pub(crate) coverage: f64,
    pub(crate) is_deterministic: bool,
}

/// An actor with the part of the graph that matters to it.
#[derive(Debug)]
pub(crate) struct ModelActor<'a> {
    pub(crate) actor: &'a Actor,
    /// Input: campaigns a year.
    pub(crate) rate: usize,
    pub(crate) tries: u32,
    /// Tags are positions in [`Model::steps`].
    pub(crate) graph: Graph,
    pub(crate) start: Option<u32>,
    /// The goal state of each loss, where this actor can reach it.
    pub(crate) goals: Vec<Option<u32>>,
}

/// A control with what is known of it as a whole.
#[derive(Debug)]
pub(crate) struct ModelControl<'a> {
    pub(crate) control: &'a Control,
    /// Input: share of the time that it works.
    pub(crate) reliability: usize,
    /// What the outage draw is keyed by.
    pub(crate) outage_key: u64,
    /// Best provenance of its efficacy, and the pairs behind it.
    pub(crate) provenance: Option<Provenance>,
    pub(crate) trials: u64,
    pub(crate) blocked: u64,
    /// How many steps it guards or watches.
    pub(crate) guarded: usize,
}

const TRIES_DEFAULT: u32 = 10;
const RELIABILITY_DEFAULT: [f64; 2] = [0.95, 0.999];

/// Inputs by label, so that one number is drawn once.
#[derive(Default)]
struct Book {
    inputs: Vec<Input>,
    by_label: BTreeMap<String, usize>,
    assumptions: Vec<Assumption>,
    /// Evidence that is already in the totals of its control.
    counted: BTreeSet<String>,
}

impl Book {
    fn add(
        &mut self,
        label: String,
        provenance: Provenance,
        knowledge: impl FnOnce() -> Knowledge,
    ) -> usize {
        if let Some(position) = self.by_label.get(&label) {
            return *position;
        }
        let position = self.inputs.len();
        self.by_label.insert(label.clone(), position);
        // Fitting a distribution to a range takes a while: only once for each number.
        self.inputs.push(Input {
            label,
            knowledge: knowledge(),
            provenance,
        });
        position
    }

    fn assume(&mut self, subject: &str, text: impl Into<String>, basis: &str) {
        self.assumptions.push(Assumption::new(subject, text, basis));
    }
}

fn probability(range: [f64; 2]) -> Knowledge {
    let [low, high] = range;
    match Beta::from_range90(low, high) {
        Ok(beta) => Knowledge::Probability(beta),
        // Equal ends are certain by the catalogue's convention.
        Err(_) => Knowledge::Exactly(f64::midpoint(low, high).clamp(0.0, 1.0)),
    }
}

impl<'a> Model<'a> {
    /// Builds the model of a system from its facts and the trials so far.
    pub(crate) fn new(system: &'a System, facts: &Facts, trials: &Trials) -> Self {
        let mut book = Book::default();
        let mut controls = controls(system, &mut book);
        let steps: Vec<ModelStep> = ground(facts)
            .into_iter()
            .map(|ground| model_step(ground, &mut controls, trials, &mut book))
            .collect();
        let mut numbers: BTreeMap<State, u32> = BTreeMap::new();
        for step in &steps {
            for state in step.ground.requires.iter().chain([&step.ground.gives]) {
                let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                numbers.entry(state.clone()).or_insert(next);
            }
        }
        let mut losses: Vec<&Loss> = system.losses.iter().collect();
        losses.sort_by(|left, right| left.id.cmp(&right.id));
        let graph_steps: Vec<Step> = steps
            .iter()
            .enumerate()
            .map(|(tag, step)| graph_step(step, tag, &numbers))
            .collect();
        let goals: Vec<Option<u32>> = losses
            .iter()
            .map(|loss| {
                let arguments = vec![loss.asset.clone(), loss.effect.as_str().to_owned()];
                numbers.get(&(Relation::Lost, arguments)).copied()
            })
            .collect();
        let mut actors: Vec<&Actor> = system.actors.iter().collect();
        actors.sort_by(|left, right| left.id.cmp(&right.id));
        let actors = actors
            .into_iter()
            .map(|actor| model_actor(actor, &graph_steps, &numbers, &goals, &mut book))
            .collect();
        book.assumptions.sort();
        book.assumptions.dedup();
        Self {
            system,
            steps,
            inputs: book.inputs,
            actors,
            controls,
            losses,
            assumptions: book.assumptions,
        }
    }
}

fn controls<'a>(system: &'a System, book: &mut Book) -> Vec<ModelControl<'a>> {
    let mut sorted: Vec<&Control> = system.controls.iter().collect();
    sorted.sort_by(|left, right| left.id.cmp(&right.id));
    sorted
        .into_iter()
        .map(|control| {
            let (range, provenance) = match control.reliability {
                Some(range) => ([range.low, range.high], Provenance::Elicited),
                None => (RELIABILITY_DEFAULT, Provenance::Default),
            };
            if control.reliability.is_none() {
                let text = "works 95 % to 99.9 % of the time";
                book.assume(&control.id, text, "no reliability given");
            }
            if control.coverage.is_none() {
                let text = "covers all traffic where it stands";
                book.assume(&control.id, text, "no coverage given");
            }
            let outage = control.fails_with.as_deref().unwrap_or(&control.id);
            let [low, high] = range;
            let label = format!("reliability of {outage}, {low} to {high}");
            ModelControl {
                control,
                reliability: book.add(label, provenance, || probability(range)),
                outage_key: key(outage),
                provenance: None,
                trials: 0,
                blocked: 0,
                guarded: 0,
            }
        })
        .collect()
}

fn model_step(
    ground: GroundStep,
    controls: &mut [ModelControl<'_>],
    trials: &Trials,
    book: &mut Book,
) -> ModelStep {
    let threat = ground.threat;
    let name = ground.key();
    let success = book.add(
        format!("success of {}", threat.id),
        Provenance::Default,
        || probability(threat.success),
    );
    let [low, high] = threat.success;
    if low < high {
        let text = format!("succeeds in {low} to {high} of campaigns without controls");
        book.assume(&threat.id, text, &threat.basis);
    }
    let mut step = ModelStep {
        key: key(&name),
        ground,
        success,
        guards: Vec::new(),
        detectors: Vec::new(),
    };
    for (position, item) in controls.iter_mut().enumerate() {
        let control = item.control;
        let stands = control
            .stands_at
            .iter()
            .any(|site| step.ground.sites.contains(site));
        let Some(kind) = control_kind(&control.kind).filter(|_| stands) else {
            continue;
        };
        let stops = threat.stopped_by.contains(&kind.id);
        let notices = threat.detected_by.contains(&kind.id);
        if !stops && !notices {
            continue;
        }
        let measured = trials.measured(&kind.id, &threat.families);
        let efficacy = efficacy(item, &threat.families, measured, book);
        item.guarded += 1;
        if stops && kind.function == ControlFunction::Prevent {
            let mechanism = control.mechanism.as_deref().unwrap_or(&control.id);
            step.guards.push(Guard {
                control: position,
                efficacy,
                key: key(&format!("{mechanism} at {name}")),
                coverage: control.coverage.unwrap_or(1.0),
                is_deterministic: kind.deterministic,
            });
        } else {
            step.detectors.push((position, efficacy));
        }
    }
    step
}

/// The efficacy of a control against a threat: measured, else elicited, else the default.
fn efficacy(
    item: &mut ModelControl<'_>,
    families: &[String],
    measured: Option<Measured>,
    book: &mut Book,
) -> usize {
    let control = item.control;
    // Controls of one mechanism share their draws: redundancy must not look like independence.
    let mechanism = control.mechanism.as_deref().unwrap_or(&control.id);
    let (label, range, provenance) = if let Some(measured) = measured {
        let label = format!(
            "efficacy of {} against {}",
            control.kind,
            families.join(", ")
        );
        let own = format!("{label} by {}", control.id);
        if book.counted.insert(own) {
            item.trials += measured.trials;
            item.blocked += measured.blocked;
        }
        (label, Err(measured.posterior), Provenance::Measured)
    } else if let Some(range) = control.efficacy {
        let label = format!("efficacy of {mechanism}, {} to {}", range.low, range.high);
        let range = [range.low, range.high];
        (label, Ok(range), Provenance::Elicited)
    } else {
        let kind = control_kind(&control.kind);
        let range = kind.map_or([0.01, 0.99], |kind| kind.efficacy);
        let [low, high] = range;
        let text = format!("efficacy {low} to {high}: the default of {}", control.kind);
        let basis = kind.map_or("unknown kind", |kind| kind.basis.as_str());
        book.assume(&control.id, text, basis);
        let label = format!("efficacy of {mechanism}, default of {}", control.kind);
        (label, Ok(range), Provenance::Default)
    };
    let best = item
        .provenance
        .map_or(provenance, |old| old.min(provenance));
    item.provenance = Some(best);
    book.add(label, provenance, || match range {
        Ok(range) => probability(range),
        Err(posterior) => Knowledge::Probability(posterior),
    })
}

fn graph_step(step: &ModelStep, tag: usize, numbers: &BTreeMap<State, u32>) -> Step {
    let number = |state: &State| numbers.get(state).copied().unwrap_or(u32::MAX);
    Step {
        requires: step.ground.requires.iter().map(number).collect(),
        gives: number(&step.ground.gives),
        tag: u32::try_from(tag).unwrap_or(u32::MAX),
    }
}

fn model_actor<'a>(
    actor: &'a Actor,
    steps: &[Step],
    numbers: &BTreeMap<State, u32>,
    goals: &[Option<u32>],
    book: &mut Book,
) -> ModelActor<'a> {
    if actor.tries.is_none() {
        let text = format!("tries each control {TRIES_DEFAULT} times in a campaign");
        book.assume(&actor.id, text, "no number of tries given");
    }
    let knowledge = || match actor.campaigns.gamma() {
        Ok(gamma) => Knowledge::Rate(gamma),
        Err(_) => Knowledge::Exactly(0.0),
    };
    let label = format!("campaigns of {}", actor.id);
    let start = (Relation::Position, vec![actor.position.clone()]);
    let start = numbers.get(&start).copied();
    let kept = relevant(steps, start, goals, numbers.len());
    let graph = Graph::new(numbers.len(), kept);
    let given = |goal: u32| graph.steps().iter().any(|step| step.gives == goal);
    let goals = goals
        .iter()
        .map(|goal| goal.filter(|goal| given(*goal)))
        .collect();
    ModelActor {
        actor,
        rate: book.add(label, Provenance::Elicited, knowledge),
        tries: actor.tries.unwrap_or(TRIES_DEFAULT),
        start,
        goals,
        graph,
    }
}

/// The steps that an actor can come to take and that can serve a goal.
fn relevant(steps: &[Step], start: Option<u32>, goals: &[Option<u32>], states: usize) -> Vec<Step> {
    let mut reached = vec![0_u64; states];
    if let Some(word) = start.and_then(|start| reached.get_mut(start as usize)) {
        *word = 1;
    }
    Graph::new(states, steps.to_vec()).fixpoint(&mut reached, |_, ready| ready);
    let is_reached = |state: &u32| reached.get(*state as usize).copied() == Some(1);
    let forward: Vec<&Step> = steps
        .iter()
        .filter(|step| step.requires.iter().all(is_reached))
        .collect();
    let mut useful = vec![false; states];
    let mut queue: Vec<u32> = goals.iter().flatten().copied().collect();
    let mut givers: BTreeMap<u32, Vec<&Step>> = BTreeMap::new();
    for step in &forward {
        givers.entry(step.gives).or_default().push(step);
    }
    while let Some(state) = queue.pop() {
        let Some(flag) = useful.get_mut(state as usize).filter(|flag| !**flag) else {
            continue;
        };
        *flag = true;
        for step in givers.get(&state).into_iter().flatten() {
            queue.extend(&step.requires);
        }
    }
    forward
        .into_iter()
        .filter(|step| useful.get(step.gives as usize) == Some(&true))
        .cloned()
        .collect()
}
