//! What the answer rests on without evidence: the assumption register of the report.

use seawall_base::Date;

/// One assumption that was used.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Assumption {
    /// What it is about: an input, a control, the model itself.
    pub subject: String,
    /// What is assumed, with the figures.
    pub text: String,
    /// Where it comes from.
    pub basis: String,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The last day on which it may be used unseen.
    pub until: Option<Date>,
    /// Whether that day has passed.
    pub is_expired: bool,
}

impl Assumption {
    pub(crate) fn new(
        subject: impl Into<String>,
        text: impl Into<String>,
        basis: impl Into<String>,
    ) -> Self {
        Self {
            subject: subject.into(),
            text: text.into(),
            basis: basis.into(),
            owner: None,
            until: None,
            is_expired: false,
        }
    }
}

/// What the model itself assumes, whatever the system.
pub(crate) const MODEL: &[(&str, &str)] = &[
    (
        "independence",
        "Steps, and controls of different mechanisms, fail independently once outages are drawn.",
    ),
    (
        "persistence",
        "Tries against one probabilistic control succeed independently; real tries are alike, so \
         many tries are overstated.",
    ),
    (
        "efficacy",
        "Trials from a fixed suite bound efficacy against an adaptive attacker from above; adaptive \
         trials are a stratum of their own and count for attackers who adapt.",
    ),
    (
        "age of evidence",
        "Evidence counts half after 180 days, and half again for each of target, controls and suite \
         that changed since.",
    ),
    (
        "likeness of trials",
        "Outcomes of variations of one probe correlate by 0.1, so that many variations count less \
         than as many probes.",
    ),
    (
        "detection",
        "A failed try that is noticed ends the campaign; one that is not leaves the attacker free to \
         try again.",
    ),
    (
        "frequency",
        "Campaigns arrive independently (Poisson) at a rate that is uncertain (gamma).",
    ),
    (
        "severity",
        "Losses of one event are independent of each other.",
    ),
];
