//! What must be verified before it runs: references to images, models and data, and the gate that
//! holds a workload back until there are verdicts about all of them.
//!
//! A pod waits behind a scheduling gate, a job by `suspend`. Nothing is asked of a registry here: who
//! verifies writes a verdict, and whoever lifts the gate is checked again against the verdicts.

use std::collections::BTreeSet;

use seawall_base::Timestamp;
use seawall_config::yaml::Node;
use seawall_policy::workload::{Pin, Use};
use seawall_policy::{Object, workloads};
use serde_json::{Value, json};

use crate::facts::{Demand, Facts, Standing};

/// The scheduling gate of a pod that waits.
pub const GATE: &str = "seawall.dev/verification";
/// The annotation of a job that we suspended, so that no other is resumed.
pub const SUSPENDED: &str = "guardrails.seawall.dev/suspended";

/// Kinds that wait by `spec.suspend`: their own controllers make no pods until then.
const SUSPENDABLE: &[(&str, &str)] = &[
    ("batch", "Job"),
    ("jobset.x-k8s.io", "JobSet"),
    ("ray.io", "RayCluster"),
    ("ray.io", "RayJob"),
    ("trainer.kubeflow.org", "TrainJob"),
];

/// A reference to an artifact.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Reference {
    /// What it is.
    pub demand: Demand,
    /// How it is written.
    pub text: String,
    /// What verdicts call it; none where it names no one content.
    pub subject: Option<String>,
}

/// Where the artifacts of an object stand.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Assessment {
    /// References that nobody has verified yet.
    pub waiting: Vec<String>,
    /// References that cannot pass, with the reason.
    pub refused: Vec<String>,
}

impl Assessment {
    /// Whether everything is verified.
    #[must_use]
    pub const fn passed(&self) -> bool {
        self.waiting.is_empty() && self.refused.is_empty()
    }
}

/// The references of an object that `demands` are about, each once.
#[must_use]
pub fn references(objects: &[Object], demands: &BTreeSet<Demand>) -> BTreeSet<Reference> {
    let mut found = BTreeSet::new();
    for workload in workloads(objects) {
        let images = workload
            .containers
            .iter()
            .filter_map(|container| container.image);
        found.extend(images.map(|image| {
            Reference {
                demand: Demand::Image,
                text: image.text.to_owned(),
                subject: image
                    .digest
                    .filter(|_| image.is_pinned())
                    .map(str::to_owned),
            }
        }));
        found.extend(workload.models.iter().map(|model| Reference {
            demand: match model.purpose {
                Use::Model | Use::Adapter => Demand::Model,
                Use::Dataset => Demand::Dataset,
            },
            text: model.uri.clone(),
            subject: subject(&model.uri).filter(|_| model.pin == Pin::Pinned),
        }));
    }
    found.retain(|reference| demands.contains(&reference.demand));
    found
}

/// A digest stands for itself; anything else that is pinned is named in full, with its revision.
fn subject(uri: &str) -> Option<String> {
    let (_, revision) = uri.rsplit_once('@')?;
    let is_digest = revision.starts_with("sha256:") || revision.starts_with("sha512:");
    Some(if is_digest { revision } else { uri }.to_owned())
}

/// Where `references` stand.
#[must_use]
pub fn assess<'a>(
    references: impl IntoIterator<Item = &'a Reference>,
    facts: &Facts,
    now: Timestamp,
) -> Assessment {
    let mut assessment = Assessment::default();
    for reference in references {
        let text = seawall_base::printable(&reference.text, 200);
        let Some(subject) = &reference.subject else {
            let why = format!("{text} names no digest, so nothing can be verified");
            assessment.refused.push(why);
            continue;
        };
        match facts.standing(subject, now) {
            Standing::Passed => {}
            Standing::Failed => assessment
                .refused
                .push(format!("{text} failed verification")),
            Standing::Unknown => assessment.waiting.push(text),
            Standing::Expired => assessment
                .waiting
                .push(format!("{text} (its verdict expired)")),
        }
    }
    assessment
}

/// Whether the object waits at our gate.
#[must_use]
pub fn waits(object: &Node) -> bool {
    let spec = object.get("spec");
    let gates = spec.and_then(|spec| spec.get("schedulingGates"));
    let mut gates = gates.map(Node::items).unwrap_or_default().iter();
    let suspended = spec
        .and_then(|spec| spec.get("suspend"))
        .and_then(Node::as_bool);
    let ours = object.text_at(&["metadata", "annotations", SUSPENDED]) == Some("true");
    gates.any(|gate| gate.text_at(&["name"]) == Some(GATE)) || (ours && suspended == Some(true))
}

/// Whether it starts nothing as it is, whoever arranged that.
#[must_use]
pub fn is_held(object: &Object) -> bool {
    let suspended = object.node.at(&["spec", "suspend"]).and_then(Node::as_bool);
    waits(&object.node) || (is_suspendable(object) && suspended == Some(true))
}

/// Whether objects of this kind can wait themselves; of others the pods do.
#[must_use]
pub fn can_wait(object: &Object) -> bool {
    is_pod(object) || is_suspendable(object)
}

/// The JSON Patch that puts a new object behind the gate; none where it stands there already or its
/// kind has no gate.
#[must_use]
pub fn close(object: &Object) -> Option<Value> {
    if waits(&object.node) {
        return None;
    }
    let spec = object.node.get("spec")?;
    if is_pod(object) {
        return Some(
            match spec.get("schedulingGates").filter(|gates| !gates.is_null()) {
                Some(_) => json!([
                    { "op": "add", "path": "/spec/schedulingGates/-", "value": { "name": GATE } },
                ]),
                None => json!([
                    { "op": "add", "path": "/spec/schedulingGates", "value": [{ "name": GATE }] },
                ]),
            },
        );
    }
    let suspended = spec.get("suspend").and_then(Node::as_bool) == Some(true);
    // One that its owner suspended is resumed by its owner, and looked at then.
    if !is_suspendable(object) || suspended {
        return None;
    }
    let annotations = object.node.at(&["metadata", "annotations"]);
    let annotate = match annotations.filter(|node| !node.is_null()) {
        Some(_) => json!({
            "op": "add",
            "path": format!("/metadata/annotations/{}", escaped(SUSPENDED)),
            "value": "true",
        }),
        None => json!({
            "op": "add", "path": "/metadata/annotations", "value": { SUSPENDED: "true" },
        }),
    };
    Some(json!([annotate, { "op": "add", "path": "/spec/suspend", "value": true }]))
}

/// The JSON Patch that lifts our gate from an object that waits. It says what it found, so that it
/// fails when somebody was faster.
#[must_use]
pub fn open(object: &Node) -> Option<Value> {
    if !waits(object) {
        return None;
    }
    let gates = object.at(&["spec", "schedulingGates"]);
    let gates = gates.map(Node::items).unwrap_or_default();
    let at = gates
        .iter()
        .position(|gate| gate.text_at(&["name"]) == Some(GATE));
    Some(match at {
        Some(index) => json!([
            { "op": "test", "path": format!("/spec/schedulingGates/{index}/name"), "value": GATE },
            { "op": "remove", "path": format!("/spec/schedulingGates/{index}") },
        ]),
        None => json!([
            { "op": "test", "path": "/spec/suspend", "value": true },
            { "op": "remove", "path": format!("/metadata/annotations/{}", escaped(SUSPENDED)) },
            { "op": "replace", "path": "/spec/suspend", "value": false },
        ]),
    })
}

/// [`open`] for an object as the API server writes it.
#[must_use]
pub fn open_json(object: &Value) -> Option<Value> {
    // Every pod of a cluster comes by here, and few wait.
    let suspended = object.pointer("/spec/suspend").and_then(Value::as_bool);
    if suspended != Some(true) && object.pointer("/spec/schedulingGates").is_none() {
        return None;
    }
    let limits = seawall_config::yaml::YamlLimits::default();
    let text = object.to_string();
    let parsed = seawall_config::yaml::parse_json(text.as_bytes(), &limits).ok()?;
    open(parsed.documents.first()?)
}

/// Whether objects of this kind can wait at the gate.
#[must_use]
pub fn is_gated_kind(group: &str, kind: &str) -> bool {
    (group, kind) == ("", "Pod") || SUSPENDABLE.contains(&(group, kind))
}

fn is_pod(object: &Object) -> bool {
    (object.group(), object.kind.as_str()) == ("", "Pod")
}

fn is_suspendable(object: &Object) -> bool {
    SUSPENDABLE.contains(&(object.group(), object.kind.as_str()))
}

/// A key as a JSON Pointer writes it (RFC 6901, section 3).
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests;
