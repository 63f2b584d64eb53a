//! The model of one system: graph, inputs, guards and losses in one numbering.
//!
//! Everything is numbered in the order of ids, so that the order of files and lists changes nothing.

use std::collections::BTreeMap;

use seawall_catalog::{ControlFunction, Relation, control as control_kind};
use seawall_evidence::trial::Stratum;
use seawall_report::format::money;
use seawall_system::{Actor, Attempts, Control, Facts, Loss, Observation, System};

use crate::assumption::Assumption;
use crate::attacks;
use crate::book::{Book, probability};
use crate::coverage::{self, SiteCoverage};
use crate::evidence::Trials;
use crate::graph::{Graph, Step};
use crate::ground::{GroundStep, State, ground};
use crate::imported;
use crate::inputs::{Input, Knowledge, Provenance, key};
use crate::reach::model_actor;
use crate::sampler::DETECTORS_MAX;

/// The model.
#[derive(Debug)]
pub(crate) struct Model<'a> {
    pub(crate) system: &'a System,
    pub(crate) steps: Vec<ModelStep>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) actors: Vec<ModelActor<'a>>,
    pub(crate) controls: Vec<ModelControl<'a>>,
    pub(crate) losses: Vec<&'a Loss>,
    /// Inputs of the chances of each loss's secondary losses.
    pub(crate) secondary: Vec<Vec<usize>>,
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
    /// Input: efficacy per try as adaptive trials found it, where there are any.
    pub(crate) adaptive: Option<usize>,
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
    /// Share of its campaigns that adapt to the controls.
    pub(crate) adapts: f64,
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
    /// What those pairs weigh after age, changes and likeness.
    pub(crate) weight: f64,
    /// Inputs of its efficacy.
    pub(crate) efficacies: Vec<usize>,
    /// Input: share of harmless requests that it stops, where false alarms have a price.
    pub(crate) friction: Option<usize>,
    /// Where it really stands, site by site.
    pub(crate) coverage: Vec<SiteCoverage>,
    /// How many steps it guards or watches.
    pub(crate) guarded: usize,
}

const RELIABILITY_DEFAULT: [f64; 2] = [0.95, 0.999];

impl<'a> Model<'a> {
    /// Builds the model of a system from its facts and the trials so far.
    pub(crate) fn new(
        system: &'a System,
        facts: &Facts,
        seen: &Observation,
        trials: &Trials,
    ) -> Self {
        let mut book = Book::default();
        let mut controls = controls(system, seen, trials, &mut book);
        let scene = Scene {
            system,
            seen,
            trials,
        };
        let declared = attacks::steps(system);
        let steps: Vec<ModelStep> = ground(facts)
            .into_iter()
            .chain(declared)
            .map(|ground| model_step(ground, &mut controls, scene, &mut book))
            .collect();
        let mut numbers: BTreeMap<State, u32> = BTreeMap::new();
        for step in &steps {
            for state in step.ground.requires.iter().chain([&step.ground.gives]) {
                let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                numbers.entry(state.clone()).or_insert(next);
            }
        }
        let mut losses: Vec<&Loss> = system.losses.iter().collect();
        for loss in &losses {
            let mean = money(&system.currency, loss.severity.mean());
            let text = format!("costs {mean} on average when it happens");
            book.register(&loss.id, text, &loss.estimate);
        }
        losses.sort_by(|left, right| left.id.cmp(&right.id));
        let secondary = losses
            .iter()
            .map(|loss| secondary(loss, &mut book))
            .collect();
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
            .map(|actor| {
                let seen = attempts(actor, seen);
                model_actor((actor, seen), &graph_steps, &numbers, &goals, &mut book)
            })
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
            secondary,
            assumptions: book.assumptions,
        }
    }
}

/// What gateways saw of an actor's campaigns.
pub(crate) fn attempts(actor: &Actor, seen: &Observation) -> Option<Attempts> {
    let routes = actor.seen_at.iter();
    let mut found = routes.filter_map(|route| seen.attempts.get(route));
    let first = *found.next()?;
    Some(found.fold(first, |sum, more| Attempts {
        campaigns: sum.campaigns + more.campaigns,
        // Routes are looked at side by side, not one after the other.
        years: sum.years.max(more.years),
    }))
}

/// What every step is looked at with.
#[derive(Clone, Copy)]
struct Scene<'a> {
    system: &'a System,
    seen: &'a Observation,
    trials: &'a Trials,
}

impl Scene<'_> {
    /// The chance of a threat after what a what-if does to the odds of its stage.
    fn tilted(self, stage: &str, range: [f64; 2]) -> [f64; 2] {
        let odds = self.system.odds.iter().filter(|(own, _)| own == stage);
        let factor: f64 = odds.map(|(_, factor)| factor).product();
        range.map(|chance| {
            let scaled = chance * factor;
            scaled / (1.0 - chance + scaled)
        })
    }
}

/// The chances that other losses follow a loss.
fn secondary(loss: &Loss, book: &mut Book) -> Vec<usize> {
    let items = loss.secondary.iter();
    items
        .map(|item| {
            let range = [item.chance.low, item.chance.high];
            let label = format!("chance that {} follows {}", item.name, loss.id);
            let provenance = if loss.estimate.assumed {
                Provenance::Default
            } else {
                Provenance::Elicited
            };
            book.add(label, provenance, || probability(range))
        })
        .collect()
}

fn controls<'a>(
    system: &'a System,
    seen: &Observation,
    trials: &Trials,
    book: &mut Book,
) -> Vec<ModelControl<'a>> {
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
            let coverage = coverage::sites(system, seen, control);
            coverage::assume(control, &coverage, book);
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
                weight: 0.0,
                efficacies: Vec::new(),
                friction: friction(control, trials, book),
                coverage,
                guarded: 0,
            }
        })
        .collect()
}

/// The share of harmless requests that a control stops: counted, else given, else not known at all.
fn friction(control: &Control, trials: &Trials, book: &mut Book) -> Option<usize> {
    let friction = control.friction.as_ref()?;
    if let Some(posterior) = trials.false_alarm(&control.kind) {
        let label = format!("false alarms of {}", control.kind);
        let knowledge = || Knowledge::Probability(posterior);
        return Some(book.add(label, Provenance::Measured, knowledge));
    }
    let Some(rate) = friction.rate else {
        let text = "stops no harmless request: its friction is left out";
        book.assume(
            &control.id,
            text,
            "no harmless request was tried and no rate given",
        );
        return None;
    };
    let label = format!(
        "false alarms of {}, {} to {}",
        control.id, rate.low, rate.high
    );
    let knowledge = || probability([rate.low, rate.high]);
    Some(book.add(label, Provenance::Elicited, knowledge))
}

fn model_step(
    ground: GroundStep,
    controls: &mut [ModelControl<'_>],
    scene: Scene<'_>,
    book: &mut Book,
) -> ModelStep {
    let threat = ground.threat.clone();
    let name = ground.key();
    let range = scene.tilted(threat.stage, threat.success);
    let success = book.add(
        format!("success of {}", threat.id),
        if ground.is_elicited {
            Provenance::Elicited
        } else {
            Provenance::Default
        },
        || probability(range),
    );
    let [low, high] = range;
    if low < high && !ground.is_elicited {
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
        let stands = control.stands_at.iter();
        let stands = stands
            .filter(|site| step.ground.sites.contains(*site))
            .count();
        let named = step.ground.controls.contains(&control.id);
        let Some(kind) = control_kind(&control.kind).filter(|_| named || stands > 0) else {
            continue;
        };
        let stops = named || threat.stopped_by.contains(&kind.id);
        let notices = named || threat.detected_by.contains(&kind.id);
        if !stops && !notices {
            continue;
        }
        let efficacies = efficacy(item, &threat.families, (scene.system, scene.trials), book);
        item.guarded += 1;
        if stops && kind.function == ControlFunction::Prevent {
            let mechanism = control.mechanism.as_deref().unwrap_or(&control.id);
            let [fixed, adaptive] = efficacies;
            step.guards.push(Guard {
                control: position,
                efficacy: fixed.unwrap_or(0),
                adaptive,
                key: if step.ground.is_declared() {
                    // As in a drawn tree: on all steps at once, or on none.
                    key(&format!("{mechanism} at declared steps"))
                } else {
                    key(&format!("{mechanism} at {name}"))
                },
                coverage: if named && stands == 0 {
                    control.coverage.unwrap_or(1.0)
                } else {
                    coverage::at_step(scene.system, scene.seen, control, &step.ground)
                },
                is_deterministic: kind.deterministic,
            });
        } else if step.detectors.len() < DETECTORS_MAX {
            step.detectors
                .extend(efficacies[0].map(|input| (position, input)));
        } else {
            let text = format!("not counted: more than {DETECTORS_MAX} controls watch one step");
            book.assume(&control.id, text, "a limit of the sampler");
        }
    }
    step
}

/// The efficacy of a control against a threat: measured, else elicited, else the default; and what
/// adaptive trials found beside it.
fn efficacy(
    item: &mut ModelControl<'_>,
    families: &[String],
    (system, trials): (&System, &Trials),
    book: &mut Book,
) -> [Option<usize>; 2] {
    let control = item.control;
    let kind = control_kind(&control.kind);
    let against = families.join(", ");
    let mut add = |stratum: Stratum| -> Option<usize> {
        let measured = trials.measured(&control.kind, families, stratum)?;
        let word = stratum.as_str();
        let label = format!("efficacy of {} against {against} ({word})", control.kind);
        if book.counted.insert(format!("{label} by {}", control.id)) {
            item.trials += measured.trials;
            item.blocked += measured.blocked;
            item.weight += measured.weight;
        }
        let knowledge = || Knowledge::Probability(measured.posterior);
        Some(book.add(label, Provenance::Measured, knowledge))
    };
    // Where only adaptive trials exist they are all that is known.
    let (fixed, adaptive) = (add(Stratum::Static), add(Stratum::Adaptive));
    // Controls of one mechanism share their draws: redundancy must not look like independence.
    let mechanism = control.mechanism.as_deref().unwrap_or(&control.id);
    let (input, provenance) = if let Some(input) = fixed.or(adaptive) {
        (input, Provenance::Measured)
    } else if let Some((posterior, sources)) = imported::posterior(system, &control.kind, families)
    {
        let text = format!("trials of {sources} against {against}, each for a quarter of one");
        book.assume(&control.id, text, "imported trials");
        let label = format!("efficacy of {} against {against} (imported)", control.kind);
        let knowledge = || Knowledge::Probability(posterior);
        let input = book.add(label, Provenance::Elicited, knowledge);
        (input, Provenance::Elicited)
    } else if let Some(range) = control.efficacy {
        let text = format!("stops {} to {} of tries", range.low, range.high);
        book.register(&control.id, text, &control.estimate);
        let label = format!("efficacy of {mechanism}, {} to {}", range.low, range.high);
        let knowledge = || probability([range.low, range.high]);
        (
            book.add(label, Provenance::Elicited, knowledge),
            Provenance::Elicited,
        )
    } else {
        let range = kind.map_or([0.01, 0.99], |kind| kind.efficacy);
        let [low, high] = range;
        let text = format!("efficacy {low} to {high}: the default of {}", control.kind);
        let basis = kind.map_or("unknown kind", |kind| kind.basis.as_str());
        book.assume(&control.id, text, basis);
        let label = format!("efficacy of {mechanism}, default of {}", control.kind);
        (
            book.add(label, Provenance::Default, || probability(range)),
            Provenance::Default,
        )
    };
    let best = item.provenance;
    item.provenance = Some(best.map_or(provenance, |old| old.min(provenance)));
    item.efficacies.push(input);
    item.efficacies.sort_unstable();
    item.efficacies.dedup();
    [Some(input), adaptive]
}

fn graph_step(step: &ModelStep, tag: usize, numbers: &BTreeMap<State, u32>) -> Step {
    let number = |state: &State| numbers.get(state).copied().unwrap_or(u32::MAX);
    Step {
        requires: step.ground.requires.iter().map(number).collect(),
        gives: number(&step.ground.gives),
        tag: u32::try_from(tag).unwrap_or(u32::MAX),
    }
}
