//! The whole analysis: from a system, what was seen of it and the trials so far, to figures.

mod figures;

use std::num::NonZeroUsize;

use seawall_base::{Location, Timestamp};
use seawall_catalog::ControlGroup;
use seawall_stats::{Estimate, Philox};
use seawall_system::{Appetite, Drift, Effect, Facts, Observation, System, drift};

use crate::assumption::{Assumption, MODEL};
use crate::evidence::{TrialRecord, Trials};
use crate::inputs::{Provenance, key};
use crate::model::Model;
use crate::parallel;
use crate::simulate::{Draw, Effort, draw};

/// How to run an analysis.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Seed of every draw.
    pub seed: u64,
    /// The time at which evidence is weighed.
    pub at: Timestamp,
    /// Threads to use; the result does not depend on it.
    pub threads: NonZeroUsize,
    pub(crate) effort: Effort,
}

/// What the system loses in a year, and why.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Analysis {
    /// The system's name.
    pub system: String,
    /// Currency of all amounts.
    pub currency: String,
    /// Whether the system exists for demonstration only.
    pub demonstration: bool,
    /// Path of the declaration and its digest.
    pub source: (String, String),
    /// Seed of the run.
    pub seed: u64,
    /// Time at which evidence was weighed.
    pub at: Timestamp,
    /// Expected annual loss with all controls.
    pub with: Estimate,
    /// Expected annual loss without any control.
    pub without: Estimate,
    /// Chance in a year to lose more than some amounts, ascending by amount.
    pub exceedance: Vec<ExceedancePoint>,
    /// Losses exceeded in 5 % and in 1 % of years, and the mean of the worst 1 %.
    pub tail: [f64; 3],
    /// The declared appetite and the chance to exceed its loss.
    pub appetite: Option<(Appetite, f64)>,
    /// The controls, the most valuable first.
    pub controls: Vec<ControlValue>,
    /// The losses, by id.
    pub losses: Vec<LossValue>,
    /// Surviving paths, the costliest first.
    pub paths: Vec<Path>,
    /// What the answer rests on.
    pub shares: Shares,
    /// How many inputs are measured, elicited and default.
    pub inputs: [usize; 3],
    /// Everything that was assumed.
    pub assumptions: Vec<Assumption>,
    /// What the trials say, counted.
    pub trials: Trials,
    /// Differences between declaration and manifests.
    pub drift: Vec<Drift>,
    /// Steps of the attack graph, and its facts: declared and discovered.
    pub size: [usize; 3],
}

/// A point of the exceedance curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExceedancePoint {
    /// The amount.
    pub loss: f64,
    /// Chance to lose more in a year, with all controls.
    pub probability: f64,
    /// The same without any control.
    pub without: f64,
}

/// What a control is worth.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ControlValue {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// Whether it guards any system or AI systems in particular.
    pub group: Option<ControlGroup>,
    /// By how much the expected annual loss would rise without it alone.
    pub value: Estimate,
    /// Where its efficacy comes from; nothing where it guards no step.
    pub provenance: Option<Provenance>,
    /// Pairs that count, and those it blocked.
    pub trials: (u64, u64),
    /// Steps of the attack graph that it guards or watches.
    pub guarded: usize,
    /// What it costs in a year, and the chance that it is worth that.
    pub cost: Option<(f64, f64)>,
    /// Why it is worth nothing, where it is.
    pub note: Option<&'static str>,
}

/// What one declared loss contributes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LossValue {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The property that is lost.
    pub effect: Effect,
    /// Expected annual loss with all controls.
    pub with: Estimate,
    /// Expected annual loss without any.
    pub without: Estimate,
    /// Whether any path leads to it.
    pub is_reachable: bool,
}

/// One way from an actor to a loss.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Path {
    /// Id of the actor.
    pub actor: String,
    /// Id of the loss.
    pub loss: String,
    /// Expected annual loss along it.
    pub annual: f64,
    /// Its share of the expected annual loss.
    pub share: f64,
    /// Its steps, in the order in which they can be taken.
    pub steps: Vec<PathStep>,
}

/// One step of a path, with its proof.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PathStep {
    /// Id of the threat or access rule.
    pub threat: String,
    /// What happens, in a sentence about this system.
    pub text: String,
    /// Catalogue ids.
    pub maps: Vec<String>,
    /// File and place that make it possible.
    pub place: Option<(String, Option<Location>)>,
    /// Whether that place was declared or discovered.
    pub origin: Option<&'static str>,
    /// Controls that stand in its way.
    pub controls: Vec<String>,
}

/// How much of the answer rests on numbers of each provenance; they sum to 1.
///
/// Every uncontrolled path to a loss is weighed by what it would cost; the numbers that decide how
/// much of it remains (how often, how likely each step, how good each control, how costly) count
/// equally along it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shares {
    /// From trials.
    pub measured: f64,
    /// From the owner of the system.
    pub elicited: f64,
    /// From the catalogue.
    pub default: f64,
}

impl Options {
    /// The usual effort on one thread.
    #[must_use]
    pub const fn new(seed: u64, at: Timestamp) -> Self {
        Self {
            seed,
            at,
            threads: NonZeroUsize::MIN,
            effort: Effort {
                draws: 256,
                words: 16,
                years: 400,
                path_draws: 64,
            },
        }
    }

    /// The same on up to `threads` threads.
    #[must_use]
    pub const fn threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = threads;
        self
    }
}

/// Analyses a system.
#[must_use]
pub fn analyse(
    system: &System,
    seen: &Observation,
    records: &[TrialRecord],
    options: &Options,
) -> Analysis {
    let facts = Facts::new(system, seen);
    let trials = Trials::new(records, options.at, system.demonstration);
    let model = Model::new(system, &facts, &trials);
    let philox = Philox::new(options.seed);
    let effort = options.effort;
    let values = parallel::map(model.inputs.len(), options.threads, |input| {
        let input = model.inputs.get(input);
        input.map_or_else(Vec::new, |input| {
            input.draws(philox.domain(key("inputs")), effort.draws)
        })
    });
    let draws: Vec<Draw> = parallel::map(effort.draws, options.threads, |number| {
        draw(&model, &values, effort, philox, number)
    });
    let mut analysis = figures::gather(&model, &draws, options, trials);
    analysis.drift = drift(system, seen);
    analysis.size = figures::size(&model, &facts);
    let general = MODEL
        .iter()
        .map(|(subject, text)| Assumption::new(*subject, *text, "the model"));
    analysis.assumptions.extend(general);
    analysis
}

#[cfg(test)]
mod tests;
