//! What manifests show: each workload with the unsafe settings that the policy rules found in it,
//! what its account may do, who reaches it, and which controls stand at it.

mod account;
mod network;
mod standing;

use std::collections::BTreeMap;

use seawall_base::{Digest, Finding, Location, Severity};
use seawall_config::yaml::Node;
use seawall_policy::Object;

use self::account::Accounts;
use self::network::{Pod, Policies};
use crate::model::WorkloadRef;
use crate::observation::{Aspect, Observation, Standing, Weakness, Workload};

/// Policy rules whose findings are weaknesses that threat rules ask for.
const WEAKNESSES: &[(&str, &str)] = &[
    ("capabilities-added", "sys-admin"),
    ("gpu-isolation-bypass", "shared-accelerator"),
    ("host-namespaces", "host-namespace"),
    ("host-path-volume", "host-path"),
    ("image-not-pinned", "unpinned-image"),
    ("model-not-pinned", "unpinned-model"),
    ("notebook-without-authentication", "no-authentication"),
    ("privileged-container", "privileged"),
    ("ray-without-authentication", "no-authentication"),
    ("resource-limits-missing", "no-limits"),
    ("secret-in-environment", "secret-in-manifest"),
    ("trust-remote-code", "trust-remote-code"),
];
/// Kinds whose pods carry just the labels that the manifest shows.
const PLAIN: &[&str] = &[
    "CronJob",
    "DaemonSet",
    "Deployment",
    "Job",
    "Pod",
    "ReplicaSet",
    "StatefulSet",
];

/// Reads the workloads of a set of objects, with what `findings` say about each.
#[must_use]
pub fn discover(objects: &[Object], findings: &[Finding]) -> Observation {
    let policies = Policies::new(objects);
    let accounts = Accounts::new(objects);
    let admitting = standing::admitting(objects);
    let mut by_path: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in findings {
        by_path.entry(&finding.path).or_default().push(finding);
    }
    let mut workloads: BTreeMap<(String, u64), Workload> = BTreeMap::new();
    for workload in seawall_policy::workloads(objects) {
        let object = workload.object;
        let location = object.node.location();
        let own = by_path
            .get(&*object.path)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let own = inside(object, own);
        let labels = labels(&workload);
        let pod = Pod {
            namespace: object.namespace_key(),
            labels: &labels,
            may_have_more: !PLAIN.contains(&object.kind.as_str()),
        };
        let mut standings = Vec::new();
        policies.standings(&pod, &mut standings);
        standing::standings(&workload, &own, admitting, &mut standings);
        let powers = accounts.powers(pod.namespace, workload.service_account(), workload.pod);
        let exposed = exposed(objects, &pod).filter(|_| !is_closed(&standings));
        let key = (object.path.to_string(), location.byte);
        // An object with several pods (a job with workers) is as weak as the weakest of them.
        let known = workloads.entry(key).or_insert_with(|| Workload {
            reference: WorkloadRef {
                kind: object.kind.clone(),
                namespace: object.namespace.clone().unwrap_or_default(),
                name: object.name.clone(),
            },
            path: object.path.to_string(),
            location: Some(location),
            digest: Digest::of(object.source.as_bytes()),
            weaknesses: weaknesses(&own),
            powers: Vec::new(),
            exposed: None,
            standings: Vec::new(),
        });
        known.exposed = known.exposed.take().or(exposed);
        known.powers.extend(powers);
        known.powers.dedup();
        known.standings.extend(standings);
    }
    Observation {
        workloads: workloads.into_values().collect(),
        gateways: standing::guards(objects),
        attempts: BTreeMap::new(),
    }
}

/// The labels of the pods, with those that well-known operators add.
fn labels<'a>(workload: &seawall_policy::Workload<'a>) -> Vec<(&'a str, &'a str)> {
    let mut labels = workload.labels.clone();
    let name = workload.object.name.as_str();
    let added = match workload.object.kind.as_str() {
        "InferenceService" => Some("serving.kserve.io/inferenceservice"),
        "PyTorchJob" | "TFJob" | "MPIJob" | "XGBoostJob" => Some("training.kubeflow.org/job-name"),
        "Notebook" => Some("notebook-name"),
        _ => None,
    };
    labels.extend(added.map(|key| (key, name)));
    labels
}

fn is_closed(standings: &[Standing]) -> bool {
    let ingress = standings.iter().find(|item| item.aspect == Aspect::Ingress);
    ingress.is_some_and(|standing| standing.share > 0.0)
}

/// The Service that offers a pod outside the cluster.
fn exposed(objects: &[Object], pod: &Pod<'_>) -> Option<(String, Option<Location>)> {
    let mut services = objects
        .iter()
        .filter(|object| object.kind == "Service" && object.namespace_key() == pod.namespace);
    services.find_map(|service| {
        let kind = service.node.at(&["spec", "type"])?;
        let selector = service.node.at(&["spec", "selector"])?.entries();
        let selects = !selector.is_empty()
            && selector.iter().all(|label| {
                let value = label.value.text().unwrap_or_default();
                pod.labels.contains(&(label.key.as_str(), value))
            });
        let ranges = service.node.at(&["spec", "loadBalancerSourceRanges"]);
        let is_narrow = !ranges.map(Node::items).unwrap_or_default().is_empty();
        let outside = matches!(kind.text(), Some("LoadBalancer" | "NodePort"));
        (outside && selects && !is_narrow)
            .then(|| (service.path.to_string(), Some(kind.location())))
    })
}

/// The findings that lie within an object.
fn inside<'a>(object: &Object, findings: &[&'a Finding]) -> Vec<&'a Finding> {
    let span = object.node.span;
    let lies = |place: Option<Location>| {
        place.is_some_and(|place| {
            (u64::from(span.start)..=u64::from(span.end)).contains(&place.byte)
        })
    };
    let inside = findings.iter().filter(|finding| lies(finding.location));
    inside.copied().collect()
}

/// Findings as the words of threat rules.
fn weaknesses(findings: &[&Finding]) -> Vec<Weakness> {
    findings
        .iter()
        .filter_map(|finding| {
            let (_, word) = WEAKNESSES.iter().find(|(rule, _)| *rule == finding.rule)?;
            // Not every added capability opens the node; those that do weigh more.
            let opens = *word != "sys-admin" || finding.severity >= Severity::High;
            opens.then_some(Weakness {
                word,
                location: finding.location,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests;
