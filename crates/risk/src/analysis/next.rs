//! Where ignorance costs most: the tornado, and what the next trials are worth.

use seawall_stats::special::ln_beta;
use seawall_stats::{Philox, mean};

use super::worth::saved;
use super::{NextTrials, Options, Sway};
use crate::inputs::{Input, Knowledge};
use crate::model::Model;
use crate::parallel;
use crate::simulate::{Draw, expected};

/// Bars of the tornado.
const BARS_MAX: usize = 16;
/// How many more trials are valued.
const TRIALS: u32 = 100;

/// The ends of every uncertain number, and the expected annual loss at them.
pub(super) struct Ends {
    input: usize,
    values: [f64; 2],
    losses: [f64; 2],
}

/// By how much each number alone moves the expected annual loss: at its 5 % and its 95 % quantile,
/// with every other number at its mean and the same campaigns throughout.
pub(super) fn ends(model: &Model<'_>, options: &Options, philox: Philox) -> Vec<Ends> {
    let means: Vec<f64> = model
        .inputs
        .iter()
        .map(|input| input.knowledge.mean())
        .collect();
    let groups = options.effort.tornado;
    let at = |moved: usize, to: f64| {
        let value = |input: usize| {
            let mean = means.get(input).copied().unwrap_or(0.0);
            if input == moved { to } else { mean }
        };
        expected(model, &value, groups, philox)
    };
    let ends = parallel::map(model.inputs.len(), options.threads, |number| {
        let knowledge = model.inputs.get(number)?.knowledge;
        let values = [0.05, 0.95].map(|chance| knowledge.quantile(chance));
        let [low, high] = values;
        (low < high).then(|| Ends {
            input: number,
            values,
            losses: values.map(|value| at(number, value)),
        })
    });
    ends.into_iter().flatten().collect()
}

/// The expected annual loss with every number at its mean, of the same campaigns.
pub(super) fn middle(model: &Model<'_>, options: &Options, philox: Philox) -> f64 {
    let value = |input: usize| {
        let input = model.inputs.get(input);
        input.map_or(0.0, |input| input.knowledge.mean())
    };
    expected(model, &value, options.effort.tornado, philox)
}

/// The numbers that move the answer most.
pub(super) fn tornado(model: &Model<'_>, ends: &[Ends]) -> Vec<Sway> {
    let mut bars: Vec<Sway> = ends
        .iter()
        .filter_map(|ends| Some((model.inputs.get(ends.input)?, ends.losses)))
        .filter(|(_, [low, high])| low != high)
        .map(|(input, [low, high])| Sway {
            what: input.label.clone(),
            provenance: input.provenance,
            at_low: low,
            at_high: high,
        })
        .collect();
    let width = |sway: &Sway| (sway.at_high - sway.at_low).abs();
    bars.sort_by(|left, right| {
        let by_width = width(right).total_cmp(&width(left));
        by_width.then_with(|| left.what.cmp(&right.what))
    });
    bars.truncate(BARS_MAX);
    bars
}

/// What the next trials of each efficacy would be worth, the most telling first.
///
/// How the loss falls with an efficacy is read off its two ends, where everything else is the same;
/// what the control saves rises by as much as the loss falls.
pub(super) fn next_trials(model: &Model<'_>, draws: &[Draw], ends: &[Ends]) -> Vec<NextTrials> {
    let with: Vec<f64> = draws.iter().map(|draw| draw.with.iter().sum()).collect();
    let spread = variance(&with);
    let mut found = Vec::new();
    for (number, item) in model.controls.iter().enumerate() {
        let saved = mean(&saved(draws, number));
        for input in &item.efficacies {
            let families = families(model, number, *input);
            let own = ends.iter().find(|ends| ends.input == *input);
            let known = model.inputs.get(*input).and_then(learned);
            let (Some(ends), Some(learned)) = (own, known) else {
                continue;
            };
            if families.is_empty() || spread <= 0.0 {
                continue;
            }
            let ([low, high], [from, to]) = (ends.values, ends.losses);
            let slope = (to - from) / (high - low);
            let price = item.control.cost;
            found.push(NextTrials {
                control: item.control.id.clone(),
                families,
                trials: TRIALS,
                narrows: (slope * slope * learned.variance / spread).clamp(0.0, 1.0),
                worth: price.map(|price| {
                    let level = saved + slope * learned.mean - price;
                    decision(&learned, level, -slope)
                }),
            });
        }
    }
    found.sort_by(|left, right| {
        let by_spread = right.narrows.total_cmp(&left.narrows);
        by_spread.then_with(|| left.control.cmp(&right.control))
    });
    found
}

fn families(model: &Model<'_>, control: usize, input: usize) -> Vec<String> {
    let steps = model.steps.iter().filter(|step| {
        let guards = step
            .guards
            .iter()
            .map(|guard| (guard.control, guard.efficacy));
        guards
            .chain(step.detectors.iter().copied())
            .any(|own| own == (control, input))
    });
    let mut families: Vec<String> = steps
        .flat_map(|step| step.ground.threat.families.iter().cloned())
        .collect();
    families.sort();
    families.dedup();
    families
}

/// What the posterior mean may become after the next trials.
struct Learned {
    /// Posterior means with their probabilities.
    outcomes: Vec<(f64, f64)>,
    /// Their mean, which is today's.
    mean: f64,
    /// Their variance.
    variance: f64,
}

fn learned(input: &Input) -> Option<Learned> {
    let Knowledge::Probability(beta) = input.knowledge else {
        return None;
    };
    let (a, b, n) = (beta.a(), beta.b(), f64::from(TRIALS));
    // n over k by its logarithm: 1 / ((n + 1) B(k + 1, n - k + 1)).
    let outcomes: Vec<(f64, f64)> = (0..=TRIALS)
        .map(|hits| {
            let k = f64::from(hits);
            let ways = -(n + 1.0).ln() - ln_beta(k + 1.0, n - k + 1.0);
            let chance = ways + ln_beta(a + k, b + n - k) - ln_beta(a, b);
            ((a + k) / (a + b + n), chance.exp())
        })
        .collect();
    let mean = outcomes
        .iter()
        .map(|(mean, chance)| mean * chance)
        .sum::<f64>();
    let variance = outcomes
        .iter()
        .map(|(own, chance)| (own - mean).powi(2) * chance)
        .sum();
    Some(Learned {
        outcomes,
        mean,
        variance,
    })
}

/// What knowing more is worth to whoever decides to keep or drop a control whose net benefit is
/// `level + slope * efficacy`: the gain from deciding after the trials rather than before.
fn decision(learned: &Learned, level: f64, slope: f64) -> f64 {
    let net = |mean: f64| (level + slope * mean).max(0.0);
    let outcomes = learned.outcomes.iter();
    let after: f64 = outcomes.map(|(mean, chance)| net(*mean) * chance).sum();
    (after - net(learned.mean)).max(0.0)
}

fn variance(values: &[f64]) -> f64 {
    let middle = mean(values);
    let squares: Vec<f64> = values
        .iter()
        .map(|value| (value - middle).powi(2))
        .collect();
    mean(&squares)
}

#[cfg(test)]
mod tests {
    use seawall_stats::dist::Beta;

    use super::*;
    use crate::inputs::Provenance;

    #[test]
    fn trials_teach_what_a_beta_binomial_says() {
        let input = Input {
            label: "x".to_owned(),
            knowledge: Knowledge::Probability(Beta::new(2.0, 3.0).unwrap()),
            provenance: Provenance::Default,
        };
        let learned = learned(&input).unwrap();
        let sum: f64 = learned.outcomes.iter().map(|(_, chance)| chance).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        assert!((learned.mean - 0.4).abs() < 1e-9);
        // Var(theta) n / (n + a + b).
        assert!((learned.variance - 0.04 * 100.0 / 105.0).abs() < 1e-9);
        // A decision that no outcome can turn is worth nothing to learn about.
        assert!(decision(&learned, 10.0, 1.0) < 1e-9);
        assert_eq!(decision(&learned, -10.0, 1.0), 0.0);
        assert!(decision(&learned, -0.4, 1.0) > 0.05);
    }
}
