//! One posterior draw: sampled campaigns of every actor, under every set of controls that is asked
//! for, with the same random bits.

use seawall_stats::Philox;

use crate::model::Model;
use crate::path::{PathSample, Sampled};
use crate::sampler::Sampler;
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

/// Purposes of the years of a draw; the sampler has those below.
const YEARS_WITH: u64 = 4;
const YEARS_WITHOUT: u64 = 5;

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
