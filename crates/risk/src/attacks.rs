//! The steps that the owner of a system declares beside the rules of the catalogue.

use std::borrow::Cow;
use std::collections::BTreeMap;

use seawall_catalog::{Relation, Threat};
use seawall_system::{Attack, Origin, System};

use crate::ground::{GroundStep, Place, State};

/// The chance of a step of which nobody gave one: wide, and listed as assumed.
const SUCCESS_DEFAULT: [f64; 2] = [0.05, 0.6];

/// Every declared step, and the harm that some of them do.
pub(crate) fn steps(system: &System) -> Vec<GroundStep> {
    system
        .attacks
        .iter()
        .flat_map(|attack| {
            let ways = ways(attack);
            let own = ways.into_iter().map(|requires| GroundStep {
                requires,
                gives: attained(&attack.id),
                ..step(system, attack, success(attack))
            });
            own.chain(harm(system, attack)).collect::<Vec<_>>()
        })
        .collect()
}

/// What must be there before: one list for each way to come to the step. All of them share the draws
/// of the step, since they lead to the same one.
fn ways(attack: &Attack) -> Vec<Vec<State>> {
    let needs = attack.needs.iter().map(|need| attained(need));
    let mut ways: Vec<Vec<State>> = if attack.all {
        vec![needs.collect()]
    } else {
        needs.map(|need| vec![need]).collect()
    };
    let from = attack.from.iter();
    ways.extend(from.map(|position| vec![(Relation::Position, vec![position.clone()])]));
    ways
}

fn harm(system: &System, attack: &Attack) -> Option<GroundStep> {
    let (asset, effect) = attack.causes.as_ref()?;
    let mut harm = step(system, attack, [1.0, 1.0]);
    harm.controls.clear();
    harm.sites.clear();
    harm.binding = BTreeMap::from([("A", asset.clone())]);
    Some(GroundStep {
        requires: vec![attained(&attack.id)],
        gives: (
            Relation::Lost,
            vec![asset.clone(), effect.as_str().to_owned()],
        ),
        ..harm
    })
}

fn step(system: &System, attack: &Attack, success: [f64; 2]) -> GroundStep {
    let mut threat = Threat::declared(&attack.id, &attack.name, &attack.maps, success);
    threat.stopped_by.clone_from(&attack.stopped_by);
    GroundStep {
        threat: Cow::Owned(threat),
        binding: BTreeMap::new(),
        requires: Vec::new(),
        gives: attained(&attack.id),
        sites: attack.at.iter().cloned().collect(),
        controls: attack.controls.iter().cloned().collect(),
        is_elicited: attack.success.is_some(),
        place: Some(Place {
            path: system.path.clone(),
            location: Some(attack.location),
            origin: Origin::Declared,
        }),
    }
}

fn success(attack: &Attack) -> [f64; 2] {
    let given = attack.success.map(|range| [range.low, range.high]);
    given.unwrap_or(SUCCESS_DEFAULT)
}

fn attained(id: &str) -> State {
    (Relation::Attained, vec![id.to_owned()])
}

impl GroundStep {
    /// Whether it is declared rather than a rule of the catalogue.
    pub(crate) fn is_declared(&self) -> bool {
        matches!(self.threat, Cow::Owned(_))
    }
}
