//! What the answer rests on: measured, elicited or default numbers.

use super::Shares;
use crate::inputs::{Knowledge, Provenance};
use crate::model::Model;
use crate::path::PathSample;
use crate::simulate::Draw;

/// How many uncertain inputs there are of each provenance.
pub(super) fn counts(model: &Model<'_>) -> [usize; 3] {
    let mut inputs = [0; 3];
    for input in &model.inputs {
        let uncertain = !matches!(input.knowledge, Knowledge::Exactly(_));
        if let Some(count) = inputs.get_mut(input.provenance as usize) {
            *count += usize::from(uncertain);
        }
    }
    inputs
}

pub(super) fn shares(model: &Model<'_>, draws: &[Draw]) -> Shares {
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
    // The amount is given by the owner, unless it is marked as a placeholder.
    let loss = model.losses.get(sample.loss);
    let is_assumed = loss.is_some_and(|loss| loss.estimate.assumed);
    let mut counts = if is_assumed {
        [0.0, 0.0, 1.0]
    } else {
        [0.0, 1.0, 0.0]
    };
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
    if let Some(actor) = model.actors.get(sample.actor) {
        count(actor.rate);
    }
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
