//! What must be verified: denied where it failed or names no content, held where nobody looked yet.

use std::collections::BTreeSet;

use seawall_policy::Reading;

use super::{Decision, Ground, WARNING_CHARS_MAX};
use crate::facts::{Guardrail, Unverified};
use crate::gate::{self, Assessment, Reference};
use crate::review::{Operation, Request};

/// Adds to the decision what the verdicts say about the artifacts of the object.
pub(super) fn add(
    decision: &mut Decision,
    request: &Request,
    (reading, guardrail): (&Reading, &Guardrail),
    ground: &Ground<'_>,
) {
    let Some(object) = reading.objects.first() else {
        return;
    };
    let references = gate::references(&reading.objects, &guardrail.verified);
    let before = before(request, guardrail);
    let is_update = request.operation == Operation::Update;
    let was_held = request.old_object.as_ref().is_some_and(|old| {
        let old = seawall_policy::read_node("object", old.clone(), &request.source);
        old.objects.first().is_some_and(gate::is_held)
    });
    let held = gate::is_held(object);
    // An object that runs already is judged by what it adds; one that is let go, by everything.
    let released = is_update && was_held && !held;
    let judged = references
        .iter()
        .filter(|reference| !is_update || released || !before.contains(*reference));
    let assessment = gate::assess(judged, ground.facts, ground.now);
    let Assessment { waiting, refused } = &assessment;
    if !refused.is_empty() {
        decision.deny("artifact-refused", &format!("{}.", refused.join("; ")));
    }
    if waiting.is_empty() {
        return;
    }
    let list = waiting.join(", ");
    let denies =
        guardrail.unverified == Unverified::Deny || (gate::can_wait(object) && !held) || released;
    if denies {
        let reason = format!("nobody has verified {list}. Verify it and publish the verdict.");
        decision.deny("artifact-unverified", &reason);
    } else {
        let text = format!("seawall: it waits until there is a verdict about {list}");
        decision
            .warnings
            .push(text.chars().take(WARNING_CHARS_MAX).collect());
    }
}

fn before(request: &Request, guardrail: &Guardrail) -> BTreeSet<Reference> {
    let Some(old) = &request.old_object else {
        return BTreeSet::new();
    };
    let reading = seawall_policy::read_node("object", old.clone(), &request.source);
    gate::references(&reading.objects, &guardrail.verified)
}
