//! The declared system as values. Built only by [`crate::read()`], so what exists is sound.

use seawall_base::{Date, Digest, Location};
use seawall_stats::ParameterError;
use seawall_stats::dist::{Beta, Gamma, LogNormal, Pert};

/// What is protected.
#[derive(Clone, Debug, PartialEq)]
pub struct System {
    /// Kebab-case name.
    pub name: String,
    /// One paragraph for readers of reports.
    pub description: String,
    /// Currency of every amount, such as `EUR`.
    pub currency: String,
    /// Whether it exists for demonstration only: practice trials move no other system.
    pub demonstration: bool,
    /// Who answers for it.
    pub owner: Option<String>,
    /// How much loss is accepted how often.
    pub appetite: Option<Appetite>,
    /// What is worth protecting.
    pub assets: Vec<Asset>,
    /// Its parts.
    pub components: Vec<Component>,
    /// What moves between the parts.
    pub flows: Vec<Flow>,
    /// What separates the parts.
    pub boundaries: Vec<Boundary>,
    /// Who may attack.
    pub actors: Vec<Actor>,
    /// What reduces the risk.
    pub controls: Vec<Control>,
    /// What an effect on an asset costs.
    pub losses: Vec<Loss>,
    /// Steps of attacks that the owner declares beside the rules of the catalogue.
    pub attacks: Vec<Attack>,
    /// What others found out about controls like these.
    pub imported_trials: Vec<ImportedTrials>,
    /// What may become of it: named what-ifs.
    pub scenarios: Vec<Scenario>,
    /// How much a year's frequencies move together: the coefficient of variation of a factor that
    /// all actors share.
    pub dependence: Option<f64>,
    /// Factors on the odds of the threats of a stage, for what-ifs; none as declared.
    pub odds: Vec<(String, f64)>,
    /// Path of the file it was read from.
    pub path: String,
    /// Digest of that file.
    pub digest: Digest,
}

/// Trials that another party made: evidence of its own stratum.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedTrials {
    /// Kind of the control.
    pub kind: String,
    /// Family of the attacks.
    pub family: String,
    /// Attacks that succeed without the control.
    pub trials: u64,
    /// Those that the control stopped, by the word of the judge.
    pub blocked: u64,
    /// How often the judge sees a success that was one, and one that was none.
    pub judge: Option<[f64; 2]>,
    /// Who made them.
    pub source: String,
    /// Where it is declared.
    pub location: Location,
}

/// A what-if over years. Growth is by the year; every figure of 1 leaves things as they are.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its id.
    pub id: String,
    /// What happens.
    pub name: String,
    /// Growth of the tries that an attacker has for each control.
    pub tries: f64,
    /// Growth of the campaigns of everyone.
    pub campaigns: f64,
    /// Growth of the campaigns of suppliers, beyond that of everyone.
    pub supply: f64,
    /// Share of code that models write: now, and in the last year.
    pub code_by_ai: Option<[f64; 2]>,
    /// Share of tool calls that agents make without asking: now, and in the last year.
    pub autonomy: Option<[f64; 2]>,
    /// Growth of what reviewers are asked.
    pub review_load: f64,
    /// How busy reviewers are now: 1 is all of their time.
    pub review_use: f64,
    /// Kinds of control that do not work at all.
    pub without: Vec<String>,
}

/// The loss that may be exceeded with at most this probability in a year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Appetite {
    /// The loss.
    pub loss: f64,
    /// The probability.
    pub probability: f64,
}

/// Something of value.
#[derive(Clone, Debug, PartialEq)]
pub struct Asset {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// One of [`crate::vocabulary::ASSET_KINDS`].
    pub kind: String,
    /// What it is worth, where someone said so.
    pub value: Option<f64>,
    /// How much its confidentiality, integrity and availability matter.
    pub needs: [Need; 3],
    /// Where it is declared.
    pub location: Location,
}

/// How much a property of an asset matters.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Need {
    /// Not at all.
    #[default]
    None,
    /// A little.
    Low,
    /// Noticeably.
    Medium,
    /// The business depends on it.
    High,
}

/// A part of the system.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// One of [`crate::vocabulary::COMPONENT_KINDS`].
    pub kind: String,
    /// Id of the boundary it stands in.
    pub boundary: Option<String>,
    /// Id of the cluster component it runs on.
    pub cluster: Option<String>,
    /// Who reaches it from outside.
    pub exposed: Vec<String>,
    /// Ids of the assets it holds.
    pub holds: Vec<String>,
    /// Ids of the assets it was trained on.
    pub trained_on: Vec<String>,
    /// Declared weaknesses.
    pub weaknesses: Vec<String>,
    /// The Kubernetes workload that it is.
    pub workload: Option<WorkloadRef>,
    /// Where it is declared.
    pub location: Location,
}

/// A Kubernetes workload by kind, namespace and name.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct WorkloadRef {
    /// Kind, such as `Deployment`.
    pub kind: String,
    /// Namespace, empty where manifests leave it open.
    pub namespace: String,
    /// Name.
    pub name: String,
}

/// Something that moves from one component to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// Its id.
    pub id: String,
    /// Where it begins.
    pub from: String,
    /// Where it ends.
    pub to: String,
    /// What it carries, of [`crate::vocabulary::CARRIES`].
    pub carries: Vec<String>,
    /// Where it is declared.
    pub location: Location,
}

/// A line that separates components.
#[derive(Clone, Debug, PartialEq)]
pub struct Boundary {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub location: Location,
}

/// Who may attack, from where and how often.
#[derive(Clone, Debug, PartialEq)]
pub struct Actor {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// One of [`crate::vocabulary::POSITIONS`].
    pub position: String,
    /// Campaigns a year: 90 % range.
    pub campaigns: Range90,
    /// Tries per step before a campaign gives up, where someone said so.
    pub tries: Option<u32>,
    /// Share of its campaigns that adapt to the controls, where someone said so.
    pub adapts: Option<f64>,
    /// Routes of the gateway at which its campaigns are seen.
    pub seen_at: Vec<String>,
    /// Who answers for the estimate, and until when.
    pub estimate: Estimate,
    /// Where it is declared.
    pub location: Location,
}

/// Something that reduces the risk.
#[derive(Clone, Debug, PartialEq)]
pub struct Control {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Id of a control kind of the catalogue.
    pub kind: String,
    /// Ids of the components, flows and boundaries it stands at.
    pub stands_at: Vec<String>,
    /// Share of the traffic there that passes through it.
    pub coverage: Option<f64>,
    /// Elicited share of the time that it works: 90 % range.
    pub reliability: Option<Range90>,
    /// Elicited efficacy: 90 % range.
    pub efficacy: Option<Range90>,
    /// What fails together with it: a shared host or supplier.
    pub fails_with: Option<String>,
    /// What bypasses it bypasses every control of the same mechanism.
    pub mechanism: Option<String>,
    /// What it costs in a year.
    pub cost: Option<f64>,
    /// What its false alarms cost the business.
    pub friction: Option<Friction>,
    /// Who answers for what is declared of it, and until when.
    pub estimate: Estimate,
    /// Where it is declared.
    pub location: Location,
}

/// What it costs that a control also stops what is harmless.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Friction {
    /// Harmless requests that pass it in a year.
    pub requests: f64,
    /// What one that is stopped costs.
    pub cost: f64,
    /// Elicited share that it stops: 90 % range. Trials with harmless requests replace it.
    pub rate: Option<Range90>,
}

/// What an effect on an asset costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Loss {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Id of the asset.
    pub asset: String,
    /// Which property is lost.
    pub effect: Effect,
    /// The amount per event.
    pub severity: Severity,
    /// What may follow from it: fines, customers who leave.
    pub secondary: Vec<Secondary>,
    /// Who answers for the amount, from what, and until when.
    pub estimate: Estimate,
    /// Where it is declared.
    pub location: Location,
}

/// A loss that follows another with some chance.
#[derive(Clone, Debug, PartialEq)]
pub struct Secondary {
    /// What it is.
    pub name: String,
    /// Chance that it follows: 90 % range.
    pub chance: Range90,
    /// The amount when it does.
    pub severity: Severity,
}

/// Who stands behind an estimate.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Estimate {
    /// From what it was made.
    pub basis: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The last day on which it may be used unseen.
    pub until: Option<Date>,
    /// Nobody said so: a placeholder.
    pub assumed: bool,
}

/// One step of an attack that the owner declares.
#[derive(Clone, Debug, PartialEq)]
pub struct Attack {
    /// Its id.
    pub id: String,
    /// What happens.
    pub name: String,
    /// Other steps that come before.
    pub needs: Vec<String>,
    /// Whether all of them must be taken, rather than any.
    pub all: bool,
    /// Positions from which it can be the first step.
    pub from: Vec<String>,
    /// Where it happens: controls of the kinds that stop it guard it there.
    pub at: Vec<String>,
    /// Kinds of control that stop it.
    pub stopped_by: Vec<String>,
    /// Controls that guard it wherever they stand, by id.
    pub controls: Vec<String>,
    /// Chance that it succeeds in a campaign without controls: 90 % range, where someone said so.
    pub success: Option<Range90>,
    /// Catalogue ids.
    pub maps: Vec<String>,
    /// The asset and the property that it harms.
    pub causes: Option<(String, Effect)>,
    /// Where it is declared.
    pub location: Location,
}

/// What an attack does to an asset.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Effect {
    /// It becomes known.
    Confidentiality,
    /// It becomes false.
    Integrity,
    /// It is gone or stands still.
    Availability,
    /// It is spent.
    Money,
}

/// A range between the 5 % and the 95 % quantile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range90 {
    /// The 5 % quantile.
    pub low: f64,
    /// The 95 % quantile.
    pub high: f64,
}

/// The distribution of one loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Severity {
    /// Given as a 90 % range.
    LogNormal(LogNormal),
    /// Given as least, likely, most.
    Pert(Pert),
}

impl Effect {
    /// Every effect.
    pub const ALL: [Self; 4] = [
        Self::Confidentiality,
        Self::Integrity,
        Self::Availability,
        Self::Money,
    ];

    /// The word in files, rules and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confidentiality => "confidentiality",
            Self::Integrity => "integrity",
            Self::Availability => "availability",
            Self::Money => "money",
        }
    }
}

impl Severity {
    /// The mean loss of one event.
    #[must_use]
    pub fn mean(self) -> f64 {
        match self {
            Self::LogNormal(loss) => loss.mean(),
            Self::Pert(loss) => loss.mean(),
        }
    }

    /// Draws the loss of one event.
    pub fn sample(self, stream: &mut seawall_stats::Stream) -> f64 {
        match self {
            Self::LogNormal(loss) => loss.sample(stream),
            Self::Pert(loss) => loss.sample(stream),
        }
    }
}

impl Range90 {
    /// The beta distribution with these quantiles.
    ///
    /// # Errors
    /// When the range does not ascend strictly inside 0 to 1.
    pub fn beta(self) -> Result<Beta, ParameterError> {
        Beta::from_range90(self.low, self.high)
    }

    /// The gamma distribution with these quantiles.
    ///
    /// # Errors
    /// When the range does not ascend within the positive numbers.
    pub fn gamma(self) -> Result<Gamma, ParameterError> {
        Gamma::from_range90(self.low, self.high)
    }
}

impl System {
    /// The asset with an id.
    #[must_use]
    pub fn asset(&self, id: &str) -> Option<&Asset> {
        self.assets.iter().find(|asset| asset.id == id)
    }

    /// The component with an id.
    #[must_use]
    pub fn component(&self, id: &str) -> Option<&Component> {
        self.components.iter().find(|component| component.id == id)
    }

    /// The flow with an id.
    #[must_use]
    pub fn flow(&self, id: &str) -> Option<&Flow> {
        self.flows.iter().find(|flow| flow.id == id)
    }

    /// The name that readers know an id by, or the id itself.
    #[must_use]
    pub fn name_of<'a>(&'a self, id: &'a str) -> &'a str {
        let component = self.component(id).map(|item| item.name.as_str());
        let asset = || self.asset(id).map(|item| item.name.as_str());
        let boundary = || {
            let found = self.boundaries.iter().find(|item| item.id == id);
            found.map(|item| item.name.as_str())
        };
        component.or_else(asset).or_else(boundary).unwrap_or(id)
    }
}
