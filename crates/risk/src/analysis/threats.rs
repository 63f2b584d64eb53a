//! What each threat rule comes to: it applies, something stands in its way, or it cannot happen
//! here; each with a proof that a person can read.

use std::collections::BTreeSet;

use seawall_catalog::{Argument, Atom, Relation, Threat, threats};
use seawall_system::Facts;

use super::{Outcome, ThreatOutcome};
use crate::ground::missing;
use crate::model::{Model, ModelStep};

/// The outcome of every threat rule, in the order of the life cycle, and of every declared step.
pub(super) fn outcomes(model: &Model<'_>, facts: &Facts) -> Vec<ThreatOutcome> {
    let taken: BTreeSet<u32> = model
        .actors
        .iter()
        .flat_map(|actor| actor.graph.steps())
        .map(|step| step.tag)
        .collect();
    let rules = threats().iter().filter(|threat| !threat.is_access);
    let rules = rules.map(|threat| (threat, Some(threat)));
    // A declared step is known by the first way to come to it.
    let mut seen = BTreeSet::new();
    let declared = model.steps.iter().filter(|step| step.ground.is_declared());
    let declared = declared.map(|step| &*step.ground.threat);
    let declared = declared.filter(|threat| seen.insert(threat.id.as_str()));
    let declared: Vec<(&Threat, Option<&'static Threat>)> =
        declared.map(|threat| (threat, None)).collect();
    rules
        .chain(declared)
        .map(|(threat, rule)| {
            let own = (0_u32..).zip(&model.steps);
            let own = own.filter(|(_, step)| step.ground.threat.id == threat.id);
            let (reached, idle): (Vec<_>, Vec<_>) =
                own.partition(|(position, _)| taken.contains(position));
            let (outcome, proof, shown) = match (reached.as_slice(), idle.as_slice()) {
                ([], []) => {
                    let atom = rule.and_then(|rule| missing(facts, rule));
                    let proof = atom.map_or_else(|| "nothing fits".to_owned(), lacking);
                    (Outcome::NotApplicable, proof, None)
                }
                ([], [(_, step), ..]) => {
                    let proof = format!(
                        "no actor comes so far that {}, or it leads to no declared loss",
                        step.ground.sentence(model.system)
                    );
                    (Outcome::NotApplicable, proof, Some(*step))
                }
                _ => applies(model, &reached),
            };
            ThreatOutcome {
                id: threat.id.clone(),
                title: threat.title.clone(),
                stage: threat.stage,
                maps: threat.maps.clone(),
                outcome,
                proof,
                steps: reached.len(),
                place: shown
                    .and_then(|step| step.ground.place.as_ref())
                    .map(|place| (place.path.clone(), place.location)),
                controls: shown.map_or_else(Vec::new, |step| guards(model, step)),
            }
        })
        .collect()
}

/// One step with nothing in its way is enough for a threat to apply.
fn applies<'m>(
    model: &Model<'_>,
    reached: &[(u32, &'m ModelStep)],
) -> (Outcome, String, Option<&'m ModelStep>) {
    let open = reached
        .iter()
        .find(|(_, step)| guards(model, step).is_empty());
    let outcome = if open.is_some() {
        Outcome::Applies
    } else {
        Outcome::Mitigated
    };
    let shown = open.or_else(|| reached.first()).map(|(_, step)| *step);
    let sentence = shown.map_or_else(String::new, |step| step.ground.sentence(model.system));
    (outcome, sentence, shown)
}

/// Controls that really stand in the way of a step.
fn guards(model: &Model<'_>, step: &ModelStep) -> Vec<String> {
    let covering = step.guards.iter().filter(|guard| guard.coverage > 0.0);
    let items = covering.filter_map(|guard| model.controls.get(guard.control));
    items.map(|item| item.control.id.clone()).collect()
}

/// What a system would have to have for a rule to apply.
fn lacking(atom: &Atom) -> String {
    let words: Vec<String> = atom
        .arguments
        .iter()
        .filter_map(|argument| match argument {
            Argument::OneOf(words) => Some(words.join(" or ")),
            Argument::Variable(_) => None,
        })
        .collect();
    let words = words.join(" in ");
    match atom.relation {
        Relation::Asset => format!("no asset of kind {words} lies where it would have to"),
        Relation::Exposed => format!("nothing that fits is exposed to {words}"),
        Relation::Flow => format!("no flow that fits carries {words}"),
        Relation::Kind => format!("there is no {words} where it would have to be"),
        Relation::May => format!("no account that fits may use {words}"),
        Relation::Weak => format!("nothing that fits is known to be {words}"),
        _ => format!("nothing fits {atom}"),
    }
}
