//! From draws to the figures of an [`Analysis`].

use seawall_catalog::control as control_kind;
use seawall_stats::{Estimate, expected_shortfall, quantile_sorted};
use seawall_system::{Facts, Origin};

use super::{Analysis, ControlValue, ExceedancePoint, LossValue, Options, Path, PathStep, Shares};
use crate::evidence::Trials;
use crate::ground::State;
use crate::inputs::{Knowledge, Provenance};
use crate::model::{Model, ModelStep};
use crate::path::{PathKey, PathSample, gather as gather_paths};
use crate::simulate::Draw;

/// Points of the exceedance curve.
const POINTS: usize = 33;
/// Paths that are kept.
const PATHS_MAX: usize = 20;

pub(super) fn gather(
    model: &Model<'_>,
    draws: &[Draw],
    options: &Options,
    trials: Trials,
) -> Analysis {
    let system = model.system;
    let total = |of: fn(&Draw) -> &Vec<f64>| -> Vec<f64> {
        draws.iter().map(|draw| of(draw).iter().sum()).collect()
    };
    let with = total(|draw| &draw.with);
    let years = sorted(draws, |draw| &draw.years_with);
    let years_without = sorted(draws, |draw| &draw.years_without);
    let appetite = system
        .appetite
        .map(|appetite| (appetite, share_above(&years, appetite.loss)));
    let expected = Estimate::of(&with);
    let mut inputs = [0; 3];
    for input in &model.inputs {
        let uncertain = !matches!(input.knowledge, Knowledge::Exactly(_));
        if let Some(count) = inputs.get_mut(input.provenance as usize) {
            *count += usize::from(uncertain);
        }
    }
    Analysis {
        system: system.name.clone(),
        currency: system.currency.clone(),
        demonstration: system.demonstration,
        source: (system.path.clone(), system.digest.to_string()),
        seed: options.seed,
        at: options.at,
        with: expected,
        without: Estimate::of(&total(|draw| &draw.without)),
        exceedance: exceedance(&years, &years_without),
        tail: [
            quantile_sorted(&years, 0.95),
            quantile_sorted(&years, 0.99),
            expected_shortfall(&years, 0.99),
        ],
        appetite,
        controls: controls(model, draws, &with),
        losses: losses(model, draws),
        paths: paths(model, draws, options, expected.mean),
        shares: shares(model, draws),
        inputs,
        assumptions: model.assumptions.clone(),
        trials,
        drift: Vec::new(),
        size: [0; 3],
    }
}

pub(super) fn size(model: &Model<'_>, facts: &Facts) -> [usize; 3] {
    [
        model.steps.len(),
        facts.count(Origin::Declared),
        facts.count(Origin::Discovered),
    ]
}

fn sorted(draws: &[Draw], of: fn(&Draw) -> &Vec<f64>) -> Vec<f64> {
    let mut years: Vec<f64> = draws
        .iter()
        .flat_map(|draw| of(draw).iter().copied())
        .collect();
    years.sort_by(f64::total_cmp);
    years
}

fn share_above(sorted: &[f64], loss: f64) -> f64 {
    if sorted.is_empty() {
        return 0.0;
    }
    let below = sorted.partition_point(|year| *year <= loss);
    (sorted.len() - below) as f64 / sorted.len() as f64
}

/// Points at round amounts between a small loss and one that hardly any year exceeds.
fn exceedance(with: &[f64], without: &[f64]) -> Vec<ExceedancePoint> {
    let first = with.partition_point(|year| *year <= 0.0);
    let positive = with.get(first..).unwrap_or_default();
    let low = quantile_sorted(positive, 0.05).max(1.0);
    let high = quantile_sorted(without, 0.999).max(quantile_sorted(with, 0.999));
    if positive.is_empty() || high <= low {
        return Vec::new();
    }
    let step = (high / low).powf(1.0 / (POINTS - 1) as f64);
    let mut amounts: Vec<f64> = (0..POINTS)
        .map(|point| two_digits(low * step.powf(point as f64)))
        .collect();
    amounts.dedup();
    amounts
        .into_iter()
        .map(|loss| ExceedancePoint {
            loss,
            probability: share_above(with, loss),
            without: share_above(without, loss),
        })
        .collect()
}

fn two_digits(amount: f64) -> f64 {
    let unit = 10_f64.powf(amount.log10().floor() - 1.0);
    (amount / unit).round() * unit
}

fn controls(model: &Model<'_>, draws: &[Draw], with: &[f64]) -> Vec<ControlValue> {
    let mut values: Vec<ControlValue> = model
        .controls
        .iter()
        .enumerate()
        .map(|(number, item)| {
            let saved: Vec<f64> = draws
                .iter()
                .zip(with)
                .map(|(draw, with)| draw.minus_one.get(number).map_or(0.0, |off| off - with))
                .collect();
            let value = Estimate::of(&saved);
            let control = item.control;
            let cost = control.cost.map(|cost| {
                let worth = saved.iter().filter(|saved| **saved > cost).count();
                (cost, worth as f64 / saved.len().max(1) as f64)
            });
            let note = if item.guarded == 0 {
                Some("it stands at no step of any threat it could stop")
            } else if value.mean <= 0.0 {
                Some("every path it guards is stopped elsewhere or leads to no declared loss")
            } else {
                None
            };
            ControlValue {
                id: control.id.clone(),
                name: control.name.clone(),
                kind: control.kind.clone(),
                group: control_kind(&control.kind).map(|kind| kind.group),
                value,
                provenance: item.provenance,
                trials: (item.trials, item.blocked),
                guarded: item.guarded,
                cost,
                note,
            }
        })
        .collect();
    values.sort_by(|left, right| {
        let by_value = right.value.mean.total_cmp(&left.value.mean);
        by_value.then_with(|| left.id.cmp(&right.id))
    });
    values
}

fn losses(model: &Model<'_>, draws: &[Draw]) -> Vec<LossValue> {
    let column = |number: usize, of: fn(&Draw) -> &Vec<f64>| -> Estimate {
        let values: Vec<f64> = draws
            .iter()
            .map(|draw| of(draw).get(number).copied().unwrap_or(0.0))
            .collect();
        Estimate::of(&values)
    };
    model
        .losses
        .iter()
        .enumerate()
        .map(|(number, loss)| LossValue {
            id: loss.id.clone(),
            name: loss.name.clone(),
            effect: loss.effect,
            with: column(number, |draw| &draw.with),
            without: column(number, |draw| &draw.without),
            is_reachable: model
                .actors
                .iter()
                .any(|actor| actor.goals.get(number).is_some_and(Option::is_some)),
        })
        .collect()
}

fn paths(model: &Model<'_>, draws: &[Draw], options: &Options, total: f64) -> Vec<Path> {
    let count = options.effort.path_draws.min(draws.len());
    let samples = draws.iter().flat_map(|draw| &draw.paths_with);
    let mut found = gather_paths(samples, count);
    found.truncate(PATHS_MAX);
    found
        .into_iter()
        .filter_map(|(key, annual)| path(model, &key, annual, total))
        .collect()
}

fn path(model: &Model<'_>, key: &PathKey, annual: f64, total: f64) -> Option<Path> {
    let (actor, loss, steps) = key;
    let mut ordered: Vec<&ModelStep> = Vec::new();
    let mut left: Vec<&ModelStep> = steps
        .iter()
        .filter_map(|step| model.steps.get(*step as usize))
        .collect();
    // A step comes after those that give what it requires; ties keep the order of the rules.
    while !left.is_empty() {
        let ready = left.iter().position(|step| {
            let given = |state: &State| left.iter().any(|other| other.ground.gives == *state);
            !step.ground.requires.iter().any(given)
        });
        ordered.push(left.remove(ready.unwrap_or(0)));
    }
    Some(Path {
        actor: model.actors.get(*actor)?.actor.id.clone(),
        loss: model.losses.get(*loss)?.id.clone(),
        annual,
        share: if total > 0.0 {
            (annual / total).min(1.0)
        } else {
            0.0
        },
        steps: ordered
            .into_iter()
            .map(|step| path_step(model, step))
            .collect(),
    })
}

fn path_step(model: &Model<'_>, step: &ModelStep) -> PathStep {
    let ground = &step.ground;
    let place = ground.place.as_ref();
    PathStep {
        threat: ground.threat.id.clone(),
        text: ground.sentence(model.system),
        maps: ground.threat.maps.clone(),
        place: place.map(|place| (place.path.clone(), place.location)),
        origin: place.map(|place| place.origin.as_str()),
        controls: step
            .guards
            .iter()
            .filter_map(|guard| model.controls.get(guard.control))
            .map(|item| item.control.id.clone())
            .collect(),
    }
}

fn shares(model: &Model<'_>, draws: &[Draw]) -> Shares {
    let mut sums = [0.0; 3];
    for sample in draws.iter().flat_map(|draw| &draw.paths_without) {
        let counts = factors(model, sample);
        let all: f64 = counts.iter().sum();
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += sample.annual * count / all;
        }
    }
    let all: f64 = sums.iter().sum();
    if all <= 0.0 {
        return Shares::default();
    }
    let [measured, elicited, default] = sums.map(|sum| sum / all);
    Shares {
        measured,
        elicited,
        default,
    }
}

/// How many numbers of each provenance decide what remains of a path.
fn factors(model: &Model<'_>, sample: &PathSample) -> [f64; 3] {
    // Frequency and severity are always given by the owner.
    let mut counts = [0.0, 2.0, 0.0];
    let mut count = |input: usize| {
        let Some(input) = model.inputs.get(input) else {
            return;
        };
        if !matches!(input.knowledge, Knowledge::Exactly(_))
            && let Some(count) = counts.get_mut(input.provenance as usize)
        {
            *count += 1.0;
        }
    };
    for step in &sample.steps {
        let Some(step) = model.steps.get(*step as usize) else {
            continue;
        };
        count(step.success);
        for guard in &step.guards {
            count(guard.efficacy);
        }
        for (_, input) in &step.detectors {
            count(*input);
        }
    }
    counts
}

/// The indices above rest on this order.
const _: () = assert!(
    Provenance::Measured as usize == 0
        && Provenance::Elicited as usize == 1
        && Provenance::Default as usize == 2
);
