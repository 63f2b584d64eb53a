//! The values that an analysis is made of.

use seawall_base::{Location, Timestamp};
use seawall_catalog::ControlGroup;
use seawall_stats::Estimate;
use seawall_system::{Appetite, Drift, Effect};

use crate::assumption::Assumption;
use crate::backtest::Backtest;
use crate::coverage::SiteCoverage;
use crate::evidence::Trials;
use crate::inputs::Provenance;

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
    /// Expected annual loss with all controls in each posterior draw. Draws of the same seed belong
    /// together, so that the difference of two systems is the systems and not the noise.
    pub draws: Vec<f64>,
    /// Expected annual loss without any control.
    pub without: Estimate,
    /// Chance in a year to lose more than some amounts, ascending by amount.
    pub exceedance: Vec<ExceedancePoint>,
    /// The worst years, by level.
    pub tails: Vec<Tail>,
    /// The losses of each property apart.
    pub effects: Vec<EffectTail>,
    /// The declared appetite, the chance to exceed its loss, and the 90 % interval of that chance.
    pub appetite: Option<(Appetite, f64, [f64; 2])>,
    /// The controls, the most valuable first.
    pub controls: Vec<ControlValue>,
    /// Common controls against controls for AI systems: Shapley shares.
    pub families: Vec<Family>,
    /// Pairs of controls that back each other up, or need each other.
    pub interactions: Vec<Interaction>,
    /// The expected annual loss with every number at its mean: what the tornado turns around.
    pub middle: f64,
    /// The numbers whose uncertainty moves the answer most.
    pub tornado: Vec<Sway>,
    /// What more trials would teach, the most telling first.
    pub next_trials: Vec<NextTrials>,
    /// The losses, by id.
    pub losses: Vec<LossValue>,
    /// Surviving paths, the costliest first.
    pub paths: Vec<Path>,
    /// What every threat rule comes to.
    pub threats: Vec<ThreatOutcome>,
    /// What the answer rests on.
    pub shares: Shares,
    /// How many inputs are measured, elicited and default.
    pub inputs: [usize; 3],
    /// Everything that was assumed.
    pub assumptions: Vec<Assumption>,
    /// What the trials say, counted.
    pub trials: Trials,
    /// What was predicted of attempts and blocks, and what came.
    pub backtest: Backtest,
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
    /// The 90 % interval of that chance: what is not known about the system.
    pub band: [f64; 2],
    /// The chance without any control.
    pub without: f64,
    /// The 90 % interval of that chance.
    pub band_without: [f64; 2],
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
    /// By how much the loss of each property would rise without it, in the order of
    /// [`Effect::ALL`].
    pub heat: [f64; Effect::ALL.len()],
    /// By how much the expected annual loss would fall with it alone, from no control at all.
    pub alone: Estimate,
    /// Its fair share of what all controls prevent together (Shapley).
    pub shapley: Estimate,
    /// Where its efficacy comes from; nothing where it guards no step.
    pub provenance: Option<Provenance>,
    /// Pairs that count, and those it blocked.
    pub trials: (u64, u64),
    /// What those pairs weigh after age, changes and likeness.
    pub weight: f64,
    /// Where it is declared to stand, and how far manifests bear that out.
    pub coverage: Vec<SiteCoverage>,
    /// Steps of the attack graph that it guards or watches.
    pub guarded: usize,
    /// What it costs in a year, and the chance that it is worth that.
    pub cost: Option<(f64, f64)>,
    /// What its false alarms cost in a year.
    pub friction: Option<Estimate>,
    /// Value less friction and cost, and the chance that this is more than nothing.
    pub net: Option<(Estimate, f64)>,
    /// Why it is worth nothing, where it is.
    pub note: Option<String>,
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

/// The worst years at one level.
#[derive(Clone, Debug, PartialEq)]
pub struct Tail {
    /// The level, such as 0.99.
    pub level: f64,
    /// Value at risk: the loss that only the share beyond the level exceeds.
    pub at_risk: Estimate,
    /// Expected shortfall: the mean of the years beyond the level.
    pub shortfall: Estimate,
    /// Expected shortfall of each posterior draw, ascending.
    pub draws: Vec<f64>,
}

impl Tail {
    /// The chance that the expected shortfall is at most `loss`.
    #[must_use]
    pub fn confidence(&self, loss: f64) -> f64 {
        let within = self.draws.partition_point(|draw| *draw <= loss);
        within as f64 / self.draws.len().max(1) as f64
    }
}

/// What is lost of one property.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EffectTail {
    /// The property.
    pub effect: Effect,
    /// Expected annual loss with all controls.
    pub with: Estimate,
    /// Expected annual loss without any.
    pub without: Estimate,
    /// The loss that one year in twenty exceeds.
    pub var95: f64,
    /// The loss that one year in a hundred exceeds.
    pub var99: f64,
    /// The mean of the worst hundredth of years.
    pub es99: f64,
}

/// What a family of controls is worth together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Family {
    /// The family.
    pub group: ControlGroup,
    /// How many controls it has.
    pub controls: usize,
    /// The sum of their Shapley shares.
    pub value: Estimate,
}

/// What two controls are worth beyond what each is worth last.
#[derive(Clone, Debug, PartialEq)]
pub struct Interaction {
    /// One control.
    pub first: String,
    /// The other.
    pub second: String,
    /// By how much more the annual loss rises without both than without each summed up: above zero
    /// where they back each other up, below where each needs the other.
    pub value: f64,
}

/// How one uncertain number moves the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Sway {
    /// The number.
    pub what: String,
    /// Where it comes from.
    pub provenance: Provenance,
    /// Expected annual loss with the number at its 5 % quantile, all others at their mean.
    pub at_low: f64,
    /// The same at its 95 % quantile.
    pub at_high: f64,
}

/// What more trials of one control would teach.
#[derive(Clone, Debug, PartialEq)]
pub struct NextTrials {
    /// The control.
    pub control: String,
    /// Families of attacks to try.
    pub families: Vec<String>,
    /// How many more trials.
    pub trials: u32,
    /// The share of the answer's variance that they are expected to remove.
    pub narrows: f64,
    /// What deciding on the control after them rather than before is worth, where it has a cost.
    pub worth: Option<f64>,
}

/// What a threat rule comes to.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Outcome {
    /// It can happen, somewhere with nothing in its way.
    Applies,
    /// It can happen, and wherever it can a control stands in its way.
    Mitigated,
    /// It cannot happen here, or nobody comes so far.
    NotApplicable,
}

impl Outcome {
    /// The word in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applies => "applies",
            Self::Mitigated => "mitigated",
            Self::NotApplicable => "not applicable",
        }
    }
}

/// One threat rule with its outcome.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ThreatOutcome {
    /// Id of the rule.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Stage of the life cycle.
    pub stage: &'static str,
    /// Catalogue ids.
    pub maps: Vec<String>,
    /// What it comes to.
    pub outcome: Outcome,
    /// Why, in a sentence about this system.
    pub proof: String,
    /// How many steps of the attack graph it is.
    pub steps: usize,
    /// File and place behind the proof.
    pub place: Option<(String, Option<Location>)>,
    /// Controls that stand in the way of the step of the proof.
    pub controls: Vec<String>,
}
