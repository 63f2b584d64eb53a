//! What each control is worth: last in, first in, Shapley, together, and against its price.

use seawall_catalog::{ControlGroup, control as control_kind};
use seawall_stats::Estimate;
use seawall_system::Effect;

use super::{ControlValue, Family, Interaction};
use crate::model::{Model, ModelControl};
use crate::simulate::Draw;

/// Pairs that are kept.
const PAIRS_MAX: usize = 12;

/// What each control is worth, the most valuable first.
pub(super) fn controls(
    model: &Model<'_>,
    draws: &[Draw],
    values: &[Vec<f64>],
) -> Vec<ControlValue> {
    let pairs = interactions(model, draws);
    let mut found: Vec<ControlValue> = model
        .controls
        .iter()
        .enumerate()
        .map(|(number, item)| control(model, draws, values, (number, item), &pairs))
        .collect();
    found.sort_by(|left, right| {
        let by_value = right.value.mean.total_cmp(&left.value.mean);
        by_value.then_with(|| left.id.cmp(&right.id))
    });
    found
}

fn control(
    model: &Model<'_>,
    draws: &[Draw],
    values: &[Vec<f64>],
    (number, item): (usize, &ModelControl<'_>),
    pairs: &[Interaction],
) -> ControlValue {
    let saved = saved(draws, number);
    let value = Estimate::of(&saved);
    let control = item.control;
    let friction = friction(item, values, draws.len());
    let cost = control.cost.unwrap_or(0.0);
    let net: Vec<f64> = saved
        .iter()
        .enumerate()
        .map(|(draw, saved)| {
            let friction = friction.as_ref().and_then(|friction| friction.get(draw));
            saved - friction.copied().unwrap_or(0.0) - cost
        })
        .collect();
    let is_priced = control.cost.is_some() || friction.is_some();
    let worth = net.iter().filter(|net| **net > 0.0).count() as f64 / net.len().max(1) as f64;
    let alone: Vec<f64> = details(draws)
        .map(|draw| {
            let without: f64 = draw.without.iter().sum();
            without - draw.alone.get(number).copied().unwrap_or(without)
        })
        .collect();
    let shapley: Vec<f64> = draws
        .iter()
        .map(|draw| draw.shapley.get(number).copied().unwrap_or(0.0))
        .collect();
    let mut found = ControlValue {
        id: control.id.clone(),
        name: control.name.clone(),
        kind: control.kind.clone(),
        group: control_kind(&control.kind).map(|kind| kind.group),
        value,
        heat: heat(draws, number),
        alone: Estimate::of(&alone),
        shapley: Estimate::of(&shapley),
        provenance: item.provenance,
        trials: (item.trials, item.blocked),
        weight: item.weight,
        guarded: item.guarded,
        coverage: item.coverage.clone(),
        cost: control.cost.map(|cost| (cost, worth)),
        friction: friction.as_deref().map(Estimate::of),
        net: is_priced.then(|| (Estimate::of(&net), worth)),
        note: None,
    };
    found.note = note(model, number, &found, pairs);
    found
}

/// By how much the expected annual loss of each draw would rise without a control.
pub(super) fn saved(draws: &[Draw], number: usize) -> Vec<f64> {
    draws
        .iter()
        .map(|draw| {
            let with: f64 = draw.with.iter().sum();
            draw.minus_one.get(number).map_or(0.0, |off| off - with)
        })
        .collect()
}

/// The mean rise of each property's loss without a control.
fn heat(draws: &[Draw], number: usize) -> [f64; Effect::ALL.len()] {
    let count = draws.len().max(1) as f64;
    let mut sums = [0.0; Effect::ALL.len()];
    for own in draws.iter().filter_map(|draw| draw.heat.get(number)) {
        for (sum, own) in sums.iter_mut().zip(own) {
            *sum += own / count;
        }
    }
    sums
}

fn details(draws: &[Draw]) -> impl Iterator<Item = &Draw> {
    // Only some draws were asked for details; the others have nothing at all there.
    draws
        .iter()
        .filter(|draw| draw.alone.iter().any(|loss| *loss > 0.0))
}

fn friction(item: &ModelControl<'_>, values: &[Vec<f64>], draws: usize) -> Option<Vec<f64>> {
    let friction = item.control.friction?;
    let rates = values.get(item.friction?)?;
    let annual = friction.requests * friction.cost;
    Some(
        (0..draws)
            .map(|draw| rates.get(draw).map_or(0.0, |rate| rate * annual))
            .collect(),
    )
}

/// Why a control is worth nothing, where it is.
fn note(
    model: &Model<'_>,
    number: usize,
    found: &ControlValue,
    pairs: &[Interaction],
) -> Option<String> {
    if found.guarded == 0 {
        let text = "no threat that this kind of control stops or notices passes where it stands";
        return Some(text.to_owned());
    }
    let guards = model.steps.iter().flat_map(|step| &step.guards);
    let mut own = guards.filter(|guard| guard.control == number).peekable();
    let covers_nothing = own.peek().is_some() && own.all(|guard| guard.coverage <= 0.0);
    if covers_nothing {
        let short = found.coverage.iter().find(|site| site.is_short());
        let reason = short.map_or("it is declared to cover nothing", |site| {
            site.reason.as_str()
        });
        return Some(format!("it covers nothing that it guards: {reason}"));
    }
    if found.value.mean > 0.0 {
        return None;
    }
    let is_reached = |position: usize| {
        let mut actors = model.actors.iter().flat_map(|actor| actor.graph.steps());
        actors.any(|step| step.tag as usize == position)
    };
    let mut steps = model.steps.iter().enumerate().filter(|(_, step)| {
        let guards = step.guards.iter().map(|guard| guard.control);
        guards
            .chain(step.detectors.iter().map(|(own, _)| *own))
            .any(|own| own == number)
    });
    if !steps.any(|(position, _)| is_reached(position)) {
        return Some(
            "no actor comes to a step that it guards on the way to a declared loss".into(),
        );
    }
    let backup = pairs
        .iter()
        .find(|pair| pair.value > 0.0 && (pair.first == found.id || pair.second == found.id));
    if let Some(pair) = backup {
        let other = if pair.first == found.id {
            &pair.second
        } else {
            &pair.first
        };
        return Some(format!(
            "{other} stops the same campaigns: it is worth something only as a backup"
        ));
    }
    Some("every campaign that it could stop is stopped elsewhere or loses another way".to_owned())
}

/// What pairs of controls are worth beyond what each is worth last: backups, the strongest first.
pub(super) fn interactions(model: &Model<'_>, draws: &[Draw]) -> Vec<Interaction> {
    let mut sums = std::collections::BTreeMap::new();
    let count = details(draws).count().max(1) as f64;
    for (pair, value) in details(draws).flat_map(|draw| &draw.interaction) {
        *sums.entry(*pair).or_insert(0.0) += value / count;
    }
    let id = |number: usize| {
        model
            .controls
            .get(number)
            .map(|item| item.control.id.clone())
    };
    let mut pairs: Vec<Interaction> = sums
        .into_iter()
        .filter(|(_, value)| *value != 0.0)
        .filter_map(|((first, second), value)| {
            Some(Interaction {
                first: id(first)?,
                second: id(second)?,
                value,
            })
        })
        .collect();
    pairs.sort_by(|left, right| right.value.abs().total_cmp(&left.value.abs()));
    pairs.truncate(PAIRS_MAX);
    pairs
}

/// The Shapley shares of common controls and of controls for AI systems.
pub(super) fn families(model: &Model<'_>, draws: &[Draw]) -> Vec<Family> {
    let group = |number: usize| {
        let item = model.controls.get(number)?;
        Some(control_kind(&item.control.kind)?.group)
    };
    [ControlGroup::Common, ControlGroup::Ai]
        .into_iter()
        .map(|wanted| {
            let sums: Vec<f64> = draws
                .iter()
                .map(|draw| {
                    let shares = draw.shapley.iter().enumerate();
                    let own = shares.filter(|(number, _)| group(*number) == Some(wanted));
                    own.map(|(_, share)| share).sum()
                })
                .collect();
            Family {
                group: wanted,
                controls: (0..model.controls.len())
                    .filter(|number| group(*number) == Some(wanted))
                    .count(),
                value: Estimate::of(&sums),
            }
        })
        .collect()
}
