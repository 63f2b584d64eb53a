//! What manifests show: each workload with the unsafe settings that the policy rules found in it.

use std::collections::BTreeMap;

use seawall_base::{Digest, Finding, Location};
use seawall_policy::Object;

use crate::facts::{Observation, Weakness, Workload};
use crate::model::WorkloadRef;

/// Policy rules whose findings are weaknesses that threat rules ask for.
const WEAKNESSES: &[(&str, &str)] = &[
    ("host-namespaces", "host-namespace"),
    ("host-path-volume", "host-path"),
    ("image-not-pinned", "unpinned-image"),
    ("model-not-pinned", "unpinned-model"),
    ("notebook-without-authentication", "no-authentication"),
    ("privileged-container", "privileged"),
    ("ray-without-authentication", "no-authentication"),
    ("resource-limits-missing", "no-limits"),
    ("trust-remote-code", "trust-remote-code"),
    ("workload-can-take-over", "broad-rbac"),
];

/// Reads the workloads of a set of objects, with what `findings` say about each.
#[must_use]
pub fn discover(objects: &[Object], findings: &[Finding]) -> Observation {
    let mut workloads: BTreeMap<(String, u64), Workload> = BTreeMap::new();
    for workload in seawall_policy::workloads(objects) {
        let object = workload.object;
        let location = object.node.location();
        let key = (object.path.to_string(), location.byte);
        workloads.entry(key).or_insert_with(|| Workload {
            reference: WorkloadRef {
                kind: object.kind.clone(),
                namespace: object.namespace.clone().unwrap_or_default(),
                name: object.name.clone(),
            },
            path: object.path.to_string(),
            location: Some(location),
            digest: Digest::of(object.source.as_bytes()),
            weaknesses: weaknesses(object, findings),
        });
    }
    Observation {
        workloads: workloads.into_values().collect(),
    }
}

/// The findings that lie within an object, as the words of threat rules.
fn weaknesses(object: &Object, findings: &[Finding]) -> Vec<Weakness> {
    let span = object.node.span;
    let inside = |place: Option<Location>| {
        place.is_some_and(|place| {
            (u64::from(span.start)..=u64::from(span.end)).contains(&place.byte)
        })
    };
    findings
        .iter()
        .filter(|finding| *finding.path == *object.path && inside(finding.location))
        .filter_map(|finding| {
            let (_, word) = WEAKNESSES.iter().find(|(rule, _)| *rule == finding.rule)?;
            Some(Weakness {
                word,
                location: finding.location,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use seawall_base::Limits;
    use seawall_catalog::Relation;

    use super::*;
    use crate::{Facts, Origin, drift, read};

    const MANIFESTS: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: bot, namespace: desk}
spec:
  selector: {matchLabels: {app: bot}}
  template:
    metadata: {labels: {app: bot}}
    spec:
      containers:
        - name: bot
          image: registry.example/bot:1
          securityContext: {privileged: true}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: stranger, namespace: desk}
spec:
  selector: {matchLabels: {app: s}}
  template:
    metadata: {labels: {app: s}}
    spec: {containers: [{name: s, image: registry.example/s:1}]}
";

    const SYSTEM: &str = "\
schema: seawall.system/v1
name: desk
currency: EUR
assets: [{id: files, kind: personal-data}]
components:
  - {id: bot, kind: agent, holds: [files], workload: Deployment/desk/bot}
  - {id: gone, kind: agent, workload: Deployment/desk/gone}
actors: [{id: anyone, position: outsider, campaigns: [1, 2]}]
losses: [{id: leak, asset: files, effect: confidentiality, range: [1, 2]}]
";

    #[test]
    fn weaknesses_of_manifests_become_facts_and_differences_drift() {
        let limits = Limits::default();
        let reading = seawall_policy::read("k8s/all.yaml", MANIFESTS.as_bytes(), &limits);
        let (findings, _) = seawall_policy::check(&reading.objects, &limits);
        let seen = discover(&reading.objects, &findings);
        assert_eq!(seen.workloads.len(), 2);
        let (system, problems) = read("seawall.yaml", SYSTEM.as_bytes());
        let system = system.unwrap_or_else(|| panic!("{problems:?}"));
        let facts = Facts::new(&system, &seen);
        let privileged = ["bot".to_owned(), "privileged".to_owned()];
        let fact = facts.find(Relation::Weak, &privileged).unwrap();
        assert_eq!(fact.origin, Origin::Discovered);
        assert_eq!(
            (fact.path.as_str(), fact.location.unwrap().line),
            ("k8s/all.yaml", 12)
        );
        let drift = drift(&system, &seen);
        let subjects: Vec<&str> = drift.iter().map(|item| item.subject.as_str()).collect();
        assert_eq!(subjects, ["Deployment/desk/stranger", "gone"]);
    }

    #[test]
    fn every_rule_that_is_named_exists() {
        for (rule, word) in WEAKNESSES {
            let known = seawall_policy::RULES.iter().any(|own| own.meta.id == *rule);
            assert!(known, "{rule}");
            assert!(crate::vocabulary::WEAKNESSES.contains(word), "{word}");
        }
    }
}
