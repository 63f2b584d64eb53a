//! One posterior draw: sampled campaigns of every actor, under every set of controls that is asked
//! for, with the same random bits.

use std::collections::BTreeMap;

use seawall_stats::dist::Gamma;
use seawall_stats::{Philox, Stream};
use seawall_system::Effect;

use crate::coalition::{Ask, run};
use crate::lanes::Lanes;
use crate::model::Model;
use crate::path::{PathSample, Sampled};
use crate::sampler::Sampler;
use crate::years::{Sums, Years, years};

/// How much is sampled.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Effort {
    /// Posterior draws.
    pub(crate) draws: usize,
    /// Groups of 256 campaigns for each draw and actor.
    pub(crate) groups: usize,
    /// Years for each draw.
    pub(crate) years: usize,
    /// Draws from which paths, pairs and single controls are taken.
    pub(crate) details: usize,
    /// Groups of 256 campaigns for each end of the tornado.
    pub(crate) tornado: usize,
    /// Whether each control is valued.
    pub(crate) values: bool,
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
    /// The same by the property that is lost, for each control.
    pub(crate) heat: Vec<[f64; Effect::ALL.len()]>,
    /// Expected annual loss with one control alone, by control; only of draws with details.
    pub(crate) alone: Vec<f64>,
    /// What two controls stop beyond what each stops last; only of draws with details.
    pub(crate) interaction: BTreeMap<(usize, usize), f64>,
    /// By control: its Shapley share of the expected annual loss that controls prevent.
    pub(crate) shapley: Vec<f64>,
    /// How long each year is for those who attack: the factor that all actors share.
    pub(crate) lengths: Vec<f64>,
    pub(crate) years_with: Sums,
    pub(crate) years_without: Sums,
    pub(crate) paths_with: Vec<PathSample>,
    pub(crate) paths_without: Vec<PathSample>,
}

/// Purposes of the years of a draw; the sampler has those below.
const YEARS_WITH: u64 = 4;
const YEARS_WITHOUT: u64 = 5;
const YEARS: u64 = 7;

/// What a campaign of one actor that reaches a loss costs in a year, by loss.
struct Price {
    rate: f64,
    means: Vec<f64>,
    campaigns: f64,
}

impl Price {
    fn by_loss(&self, counts: &[f64]) -> Vec<f64> {
        let shares = counts.iter().map(|count| count / self.campaigns);
        shares
            .zip(&self.means)
            .map(|(share, mean)| self.rate * share * mean)
            .collect()
    }

    fn total(&self, counts: &[f64]) -> f64 {
        self.by_loss(counts).iter().sum()
    }
}

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
        heat: vec![[0.0; Effect::ALL.len()]; model.controls.len()],
        alone: vec![0.0; model.controls.len()],
        shapley: vec![0.0; model.controls.len()],
        lengths: lengths(
            model,
            effort.years,
            philox.domain(YEARS).stream(draw as u64),
        ),
        years_with: Sums::new(effort.years),
        years_without: Sums::new(effort.years),
        ..Draw::default()
    };
    let value = |input: usize| {
        let row = values.get(input).and_then(|row| row.get(draw));
        row.copied().unwrap_or(0.0)
    };
    let ask = Ask {
        values: effort.values,
        details: draw < effort.details,
    };
    for number in 0..model.actors.len() {
        let run = Run {
            model,
            effort,
            ask,
            philox,
            draw,
        };
        run.actor(number, &value, &mut result);
    }
    result
}

/// One posterior draw under way.
struct Run<'m> {
    model: &'m Model<'m>,
    effort: Effort,
    ask: Ask,
    philox: Philox,
    draw: usize,
}

impl Run<'_> {
    fn actor(&self, number: usize, value: &impl Fn(usize) -> f64, result: &mut Draw) {
        let Run {
            model,
            effort,
            ask,
            philox,
            draw,
        } = *self;
        let Some(actor) = model.actors.get(number) else {
            return;
        };
        let mut sampler = Sampler::new(model, actor, value, philox, draw);
        let counted = run(&mut sampler, effort.groups, ask, philox);
        let campaigns = effort.groups * Lanes::COUNT;
        let price = Price {
            rate: value(actor.rate),
            means: means(model, value),
            campaigns: campaigns as f64,
        };
        let (with, without) = (floats(&counted.with), floats(&counted.without));
        add(&mut result.with, &price.by_loss(&with));
        add(&mut result.without, &price.by_loss(&without));
        let totals = |sets: &[Vec<u64>]| -> Vec<f64> {
            sets.iter()
                .map(|counts| price.total(&floats(counts)))
                .collect()
        };
        add(&mut result.minus_one, &totals(&counted.minus_one));
        let base = price.by_loss(&with);
        for (heat, counts) in result.heat.iter_mut().zip(&counted.minus_one) {
            let more = price.by_loss(&floats(counts));
            let losses = model.losses.iter().zip(more.iter().zip(&base));
            for (loss, (more, base)) in losses {
                let own = heat.get_mut(loss.effect as usize);
                own.into_iter().for_each(|sum| *sum += more - base);
            }
        }
        if ask.details {
            add(&mut result.alone, &totals(&counted.alone));
        }
        let shares: Vec<f64> = counted
            .shapley
            .iter()
            .map(|share| price.total(share))
            .collect();
        add(&mut result.shapley, &shares);
        for (pair, counts) in &counted.interaction {
            *result.interaction.entry(*pair).or_default() += price.total(counts);
        }
        let chances = chances(model, value);
        let years_of = Years {
            rate: price.rate,
            campaigns,
            losses: &model.losses,
            secondary: &chances,
            lengths: &result.lengths,
        };
        let stream = |purpose: u64| {
            let domain = philox.domain(purpose);
            domain.stream((draw as u64) << 20 | number as u64)
        };
        years(
            &years_of,
            &counted.hits_with,
            stream(YEARS_WITH),
            &mut result.years_with,
        );
        let sums = &mut result.years_without;
        years(
            &years_of,
            &counted.hits_without,
            stream(YEARS_WITHOUT),
            sums,
        );
        let weigh =
            |samples: Vec<Sampled>, annual: &[f64]| PathSample::weigh(samples, number, annual);
        let found = weigh(counted.paths_with, &price.by_loss(&with));
        result.paths_with.extend(found);
        let found = weigh(counted.paths_without, &price.by_loss(&without));
        result.paths_without.extend(found);
    }
}

/// The expected annual loss with all controls where each input has one value: for comparing ends.
pub(crate) fn expected(
    model: &Model<'_>,
    value: &impl Fn(usize) -> f64,
    groups: usize,
    philox: Philox,
) -> f64 {
    let campaigns = (groups * Lanes::COUNT) as f64;
    let all = vec![true; model.controls.len()];
    let mut sum = 0.0;
    for actor in &model.actors {
        let mut sampler = Sampler::new(model, actor, value, philox, 0);
        let mut counts = vec![0.0; model.losses.len()];
        for group in 0..groups {
            sampler.turn(group);
            let reached = sampler.spread(&all, sampler.start(Lanes::ALL));
            for (count, goal) in counts.iter_mut().zip(sampler.goals(&reached)) {
                *count += goal.count() as f64;
            }
        }
        let price = Price {
            rate: value(actor.rate),
            means: means(model, value),
            campaigns,
        };
        sum += price.total(&counts);
    }
    sum
}

/// What one event of each loss costs on average, with what follows from it.
fn means(model: &Model<'_>, value: &impl Fn(usize) -> f64) -> Vec<f64> {
    let losses = model.losses.iter().zip(chances(model, value));
    losses
        .map(|(loss, chances)| {
            let more = loss.secondary.iter().zip(chances);
            let more: f64 = more
                .map(|(item, chance)| chance * item.severity.mean())
                .sum();
            loss.severity.mean() + more
        })
        .collect()
}

fn chances(model: &Model<'_>, value: &impl Fn(usize) -> f64) -> Vec<Vec<f64>> {
    let lists = model.secondary.iter();
    lists
        .map(|inputs| inputs.iter().map(|input| value(*input)).collect())
        .collect()
}

/// A factor for each year with mean 1, gamma distributed; none where years do not differ.
fn lengths(model: &Model<'_>, years: usize, mut stream: Stream) -> Vec<f64> {
    let Some(spread) = model.system.dependence else {
        return Vec::new();
    };
    let shape = 1.0 / (spread * spread);
    match Gamma::new(shape, shape) {
        Ok(gamma) => (0..years).map(|_| gamma.sample(&mut stream)).collect(),
        Err(_) => Vec::new(),
    }
}

fn floats(counts: &[u64]) -> Vec<f64> {
    counts.iter().map(|count| *count as f64).collect()
}

fn add(sum: &mut [f64], more: &[f64]) {
    for (sum, more) in sum.iter_mut().zip(more) {
        *sum += more;
    }
}
