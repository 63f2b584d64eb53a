//! From draws to the figures of an [`Analysis`].

use seawall_stats::{Estimate, Philox};
use seawall_system::{Facts, Origin};

use super::{Analysis, LossValue, Options, curve, next, provenance, routes, threats, worth};
use crate::backtest::Backtest;
use crate::evidence::Trials;
use crate::model::Model;
use crate::simulate::Draw;

/// Gathers everything that the draws and the model say.
pub(super) fn gather(
    model: &Model<'_>,
    draws: &[Draw],
    values: &[Vec<f64>],
    options: &Options,
    (facts, trials): (&Facts, Trials),
) -> Analysis {
    let system = model.system;
    let total = |of: fn(&Draw) -> &Vec<f64>| -> Vec<f64> {
        draws.iter().map(|draw| of(draw).iter().sum()).collect()
    };
    let with = curve::Pool::of(draws, |draw| &draw.years_with);
    let without = curve::Pool::of(draws, |draw| &draw.years_without);
    let appetite = system.appetite.map(|appetite| {
        let [found, low, high] = with.exceeded(appetite.loss);
        (appetite, found, [low, high])
    });
    let ends = next::ends(model, options, Philox::new(options.seed));
    let annual = total(|draw| &draw.with);
    let expected = Estimate::of(&annual);
    Analysis {
        system: system.name.clone(),
        currency: system.currency.clone(),
        demonstration: system.demonstration,
        source: (system.path.clone(), system.digest.to_string()),
        seed: options.seed,
        at: options.at,
        with: expected,
        draws: annual,
        without: Estimate::of(&total(|draw| &draw.without)),
        exceedance: curve::exceedance(&with, &without),
        tails: with.tails(),
        effects: curve::effects(model, draws),
        appetite,
        controls: worth::controls(model, draws, values),
        families: worth::families(model, draws),
        interactions: worth::interactions(model, draws),
        middle: next::middle(model, options, Philox::new(options.seed)),
        tornado: next::tornado(model, &ends),
        next_trials: next::next_trials(model, draws, &ends),
        losses: losses(model, draws),
        paths: routes::paths(model, draws, options, expected.mean),
        threats: threats::outcomes(model, facts),
        shares: provenance::shares(model, draws),
        inputs: provenance::counts(model),
        assumptions: model.assumptions.clone(),
        trials,
        backtest: Backtest::default(),
        drift: Vec::new(),
        size: [
            model.steps.len(),
            facts.count(Origin::Declared),
            facts.count(Origin::Discovered),
        ],
    }
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
