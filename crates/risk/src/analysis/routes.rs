//! The surviving paths as readers see them.

use super::{Options, Path, PathStep};
use crate::ground::State;
use crate::model::{Model, ModelStep};
use crate::path::{PathKey, gather as gather_paths};
use crate::simulate::Draw;

/// Paths that are kept.
const PATHS_MAX: usize = 20;

pub(super) fn paths(model: &Model<'_>, draws: &[Draw], options: &Options, total: f64) -> Vec<Path> {
    let count = options.effort.details.min(draws.len());
    let samples = draws.iter().flat_map(|draw| &draw.paths_with);
    let mut found = gather_paths(samples, count);
    found.truncate(PATHS_MAX);
    found
        .into_iter()
        .filter_map(|(key, annual)| path(model, &key, annual, total))
        .collect()
}

fn path(model: &Model<'_>, key: &PathKey, annual: f64, total: f64) -> Option<Path> {
    let (actor, loss, steps) = key;
    let mut ordered: Vec<&ModelStep> = Vec::new();
    let mut left: Vec<&ModelStep> = steps
        .iter()
        .filter_map(|step| model.steps.get(*step as usize))
        .collect();
    // A step comes after those that give what it requires; ties keep the order of the rules.
    while !left.is_empty() {
        let ready = left.iter().position(|step| {
            let given = |state: &State| left.iter().any(|other| other.ground.gives == *state);
            !step.ground.requires.iter().any(given)
        });
        ordered.push(left.remove(ready.unwrap_or(0)));
    }
    Some(Path {
        actor: model.actors.get(*actor)?.actor.id.clone(),
        loss: model.losses.get(*loss)?.id.clone(),
        annual,
        share: if total > 0.0 {
            (annual / total).min(1.0)
        } else {
            0.0
        },
        steps: ordered
            .into_iter()
            .map(|step| path_step(model, step))
            .collect(),
    })
}

fn path_step(model: &Model<'_>, step: &ModelStep) -> PathStep {
    let ground = &step.ground;
    let place = ground.place.as_ref();
    PathStep {
        threat: ground.threat.id.clone(),
        text: ground.sentence(model.system),
        maps: ground.threat.maps.clone(),
        place: place.map(|place| (place.path.clone(), place.location)),
        origin: place.map(|place| place.origin.as_str()),
        controls: step
            .guards
            .iter()
            // One that manifests show to cover nothing stands in nobody's way.
            .filter(|guard| guard.coverage > 0.0)
            .filter_map(|guard| model.controls.get(guard.control))
            .map(|item| item.control.id.clone())
            .collect(),
    }
}
