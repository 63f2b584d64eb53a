//! The whole analysis: from a system, what was seen of it and the trials so far, to figures.

mod curve;
mod figures;
mod next;
mod provenance;
mod routes;
mod scenarios;
mod threats;
mod values;
mod worth;

use std::num::NonZeroUsize;

use jiff::tz::Offset;
use seawall_base::Timestamp;
use seawall_report::format::percent;
use seawall_stats::Philox;
use seawall_system::{Drift, Facts, Observation, System, drift};

use crate::assumption::{Assumption, MODEL};
use crate::backtest::Backtest;
use crate::evidence::{TrialRecord, Trials};
use crate::inputs::key;
use crate::model::Model;
use crate::parallel;
use crate::simulate::{Draw, Effort, draw};

pub use self::scenarios::{Future, FutureYear, futures, futures_json};
pub use self::values::{
    Analysis, ControlValue, EffectTail, ExceedancePoint, Family, Interaction, LossValue,
    NextTrials, Outcome, Path, PathStep, Shares, Sway, Tail, ThreatOutcome,
};

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
                groups: 4,
                years: 1_000,
                details: 32,
                tornado: 8,
                values: true,
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
    let model = Model::new(system, &facts, seen, &trials);
    let (values, draws) = sample(&model, options);
    let known = (&facts, trials);
    let mut analysis = figures::gather(&model, &draws, &values, options, known);
    analysis.backtest = Backtest::new(system, seen, records);
    analysis.drift = drift(system, seen);
    analysis.drift.extend(shortfalls(&analysis));
    analysis.drift.sort();
    let general = MODEL
        .iter()
        .map(|(subject, text)| Assumption::new(*subject, *text, "the model"));
    analysis.assumptions.extend(general);
    let day = Offset::UTC.to_datetime(options.at).date();
    for assumption in &mut analysis.assumptions {
        assumption.is_expired = assumption.until.is_some_and(|until| until < day);
        if assumption.owner.is_none() && assumption.until.is_none() {
            assumption.owner.clone_from(&system.owner);
        }
    }
    analysis
}

/// The posterior draws of every input, and what each gives.
fn sample(model: &Model<'_>, options: &Options) -> (Vec<Vec<f64>>, Vec<Draw>) {
    let philox = Philox::new(options.seed);
    let effort = options.effort;
    let values = parallel::map(model.inputs.len(), options.threads, |input| {
        let input = model.inputs.get(input);
        input.map_or_else(Vec::new, |input| {
            input.draws(philox.domain(key("inputs")), effort.draws)
        })
    });
    let draws = parallel::map(effort.draws, options.threads, |number| {
        draw(model, &values, effort, philox, number)
    });
    (values, draws)
}

/// Where manifests show less of a control than is declared.
fn shortfalls(analysis: &Analysis) -> Vec<Drift> {
    let controls = analysis.controls.iter();
    let sites =
        controls.flat_map(|control| control.coverage.iter().map(move |site| (control, site)));
    sites
        .filter(|(_, site)| site.is_short())
        .map(|(control, site)| Drift {
            subject: control.id.clone(),
            message: format!(
                "is declared to cover {} of {}, but manifests bear out {}: {}",
                percent(site.declared),
                site.site,
                percent(site.effective()),
                site.reason
            ),
            path: site.path.clone(),
            location: site.location,
        })
        .collect()
}

#[cfg(test)]
mod tests;
