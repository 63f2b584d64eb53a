//! Where controls really stand: a declaration counts no further than manifests bear it out.

use std::collections::BTreeSet;

use seawall_base::Location;
use seawall_catalog::Relation;
use seawall_system::{Control, Observation, Support, System, Way, support};

use crate::book::Book;
use crate::ground::GroundStep;

/// What is declared and what is found of one control at one place.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteCoverage {
    /// Id of the component, flow or boundary.
    pub site: String,
    /// The share that is declared; 1 where nothing was said.
    pub declared: f64,
    /// The share that manifests bear out; nothing where they cannot tell.
    pub found: Option<f64>,
    /// Why.
    pub reason: String,
    /// Path of the manifest that shows it; empty where its absence does.
    pub path: String,
    /// Place in it.
    pub location: Option<Location>,
}

impl SiteCoverage {
    /// The share that counts: the smaller of the two.
    #[must_use]
    pub fn effective(&self) -> f64 {
        self.found
            .map_or(self.declared, |found| found.min(self.declared))
    }

    /// Whether manifests show less than is declared.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.effective() < self.declared
    }
}

/// What is found of a control at each of its places. Where a control limits traffic both ways, the
/// worse way is shown; each step is weighed by its own.
pub(crate) fn sites(system: &System, seen: &Observation, control: &Control) -> Vec<SiteCoverage> {
    let declared = control.coverage.unwrap_or(1.0);
    let sites: BTreeSet<&String> = control.stands_at.iter().collect();
    let share = |found: &Support| found.share.unwrap_or(f64::INFINITY);
    sites
        .into_iter()
        .map(|site| {
            let inward = support(system, seen, control, site, Way::In);
            let outward = support(system, seen, control, site, Way::Out);
            let found = if share(&outward) < share(&inward) {
                outward
            } else {
                inward
            };
            SiteCoverage {
                site: site.clone(),
                declared,
                found: found.share,
                reason: found.reason,
                path: found.path,
                location: found.location,
            }
        })
        .collect()
}

/// The coverage of a control at a step: the best of the places of the step where it stands, so that
/// standing at one more place never covers less.
pub(crate) fn at_step(
    system: &System,
    seen: &Observation,
    control: &Control,
    step: &GroundStep,
) -> f64 {
    let declared = control.coverage.unwrap_or(1.0);
    let way = match step.threat.gives.relation {
        Relation::Roams => Way::Out,
        _ => Way::In,
    };
    let sites = control.stands_at.iter();
    sites
        .filter(|site| step.sites.contains(*site))
        .map(|site| {
            let found = support(system, seen, control, site, way).share;
            found.map_or(declared, |found| found.min(declared))
        })
        .fold(0.0, f64::max)
}

/// Lists what is taken on trust.
pub(crate) fn assume(control: &Control, sites: &[SiteCoverage], book: &mut Book) {
    if control.coverage.is_none() {
        let text = "covers all traffic where it stands, as far as manifests do not show otherwise";
        book.assume(&control.id, text, "no coverage given");
    }
    let unseen: Vec<&str> = sites
        .iter()
        .filter(|site| site.found.is_none())
        .map(|site| site.site.as_str())
        .collect();
    if !unseen.is_empty() {
        let text = format!("stands as declared at {}", unseen.join(", "));
        book.assume(&control.id, text, "no manifest shows whether it does");
    }
}
