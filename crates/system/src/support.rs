//! How much of a declared control the manifests bear out, site by site.

use seawall_base::Location;

use crate::model::{Control, System};
use crate::observation::{Aspect, Observation, Standing};

/// What manifests say of a control at one place where it is declared to stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Support {
    /// The share of the traffic there that the control can cover; nothing where manifests cannot
    /// tell, so that the declaration stands alone.
    pub share: Option<f64>,
    /// Why.
    pub reason: String,
    /// Path of the manifest that shows it.
    pub path: String,
    /// Place in it.
    pub location: Option<Location>,
}

/// The way in which an attack meets a control.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Way {
    /// It comes to the component.
    In,
    /// It leaves the component.
    Out,
}

/// What manifests show of `control` at `site`, one of the ids it stands at.
#[must_use]
pub fn support(
    system: &System,
    seen: &Observation,
    control: &Control,
    site: &str,
    way: Way,
) -> Support {
    let Some(aspect) = aspect(system, control, site, way) else {
        return unknown("manifests cannot show this kind of control at such a place");
    };
    if aspect == Aspect::Guarded {
        let worst = least(seen.gateways.iter());
        return worst.map_or_else(
            || unknown("no gateway configuration is among the manifests"),
            known,
        );
    }
    let components = concerned(system, control, site);
    let workloads = components.iter().filter_map(|id| {
        let component = system.component(id)?;
        component.workload.as_ref()
    });
    let standings = workloads
        .flat_map(|reference| seen.of(reference))
        .flat_map(|workload| &workload.standings)
        .filter(|standing| standing.aspect == aspect);
    // A boundary is as good as its worst component.
    least(standings).map_or_else(|| unknown("no manifest shows it"), known)
}

fn unknown(reason: &str) -> Support {
    Support {
        share: None,
        reason: reason.to_owned(),
        path: String::new(),
        location: None,
    }
}

fn known(standing: &Standing) -> Support {
    Support {
        share: Some(standing.share),
        reason: standing.reason.clone(),
        path: standing.path.clone(),
        location: standing.location,
    }
}

fn least<'a>(standings: impl Iterator<Item = &'a Standing>) -> Option<&'a Standing> {
    standings.min_by(|left, right| left.share.total_cmp(&right.share))
}

/// What has to be looked at for a kind of control at a place.
fn aspect(system: &System, control: &Control, site: &str, way: Way) -> Option<Aspect> {
    let carries = |word: &str| {
        let flow = system.flow(site);
        flow.is_some_and(|flow| flow.carries.iter().any(|own| own == word))
    };
    match control.kind.as_str() {
        "admission-policy" => Some(Aspect::Admission),
        "egress-allow-list" => Some(Aspect::Egress),
        "network-policy" if way == Way::Out => Some(Aspect::Egress),
        "network-policy" => Some(Aspect::Ingress),
        "pod-security" => Some(Aspect::PodProfile),
        "artifact-pinning" if carries("model-weights") => Some(Aspect::Models),
        "artifact-pinning" if carries("images") || system.component(site).is_some() => {
            Some(Aspect::Images)
        }
        "model-scan" => Some(Aspect::Scanned),
        "model-signature" => Some(Aspect::Verified),
        "context-inspection"
        | "output-inspection"
        | "prompt-inspection"
        | "tool-call-inspection" => Some(Aspect::Guarded),
        _ => None,
    }
}

/// The components whose manifests decide: of a flow the end that the control sits at.
fn concerned<'a>(system: &'a System, control: &Control, site: &'a str) -> Vec<&'a str> {
    if let Some(flow) = system.flow(site) {
        let leaves = control.kind == "egress-allow-list";
        return vec![if leaves { &flow.from } else { &flow.to }];
    }
    if system.component(site).is_some() {
        return vec![site];
    }
    let inside = system.components.iter();
    inside
        .filter(|component| component.boundary.as_deref() == Some(site))
        .map(|component| component.id.as_str())
        .collect()
}
