//! The facts graph: what threat rules are matched against, each fact with its origin and place.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use seawall_base::{Digest, Location};
use seawall_catalog::Relation;

use crate::model::{System, WorkloadRef};
use crate::observation::{Observation, Workload};

/// One thing that is known of the system.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fact {
    /// What it says.
    pub relation: Relation,
    /// Of what: ids, and words of the vocabulary.
    pub arguments: Vec<String>,
    /// How it is known.
    pub origin: Origin,
    /// Path of the file it was read from.
    pub path: String,
    /// Place in that file.
    pub location: Option<Location>,
    /// Digest of that file.
    pub digest: Digest,
}

/// How a fact is known.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Origin {
    /// Someone wrote it into `seawall.yaml`.
    Declared,
    /// It was read from a manifest.
    Discovered,
}

/// Every fact, sorted, without duplicates; a discovered fact wins over the same declared one, since
/// its place is the line to change.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    facts: BTreeMap<(Relation, Vec<String>), Fact>,
}

/// A difference between what is declared and what is discovered.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Drift {
    /// What it is about: a component id or a workload.
    pub subject: String,
    /// The difference, in one sentence.
    pub message: String,
    /// Path of the file to look at.
    pub path: String,
    /// Place in it.
    pub location: Option<Location>,
}

impl Facts {
    /// The facts that a system declares, and those that manifests add for its components.
    #[must_use]
    pub fn new(system: &System, seen: &Observation) -> Self {
        let mut facts = Self::default();
        facts.declare(system);
        facts.discover(system, seen);
        facts
    }

    /// Facts of one relation, in order.
    pub fn of(&self, relation: Relation) -> impl Iterator<Item = &Fact> {
        self.facts
            .range((relation, Vec::new())..)
            .take_while(move |((found, _), _)| *found == relation)
            .map(|(_, fact)| fact)
    }

    /// Facts of one relation whose first argument is `first`, in order.
    pub fn about<'a, 'b>(
        &'a self,
        relation: Relation,
        first: &'b str,
    ) -> impl Iterator<Item = &'a Fact> + use<'a, 'b> {
        self.facts
            .range((relation, vec![first.to_owned()])..)
            .map(|(_, fact)| fact)
            .take_while(move |fact| {
                fact.relation == relation && fact.arguments.first().is_some_and(|id| id == first)
            })
    }

    /// The fact with these arguments.
    #[must_use]
    pub fn find(&self, relation: Relation, arguments: &[String]) -> Option<&Fact> {
        self.facts.get(&(relation, arguments.to_vec()))
    }

    /// How many facts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    /// How many facts have an origin.
    #[must_use]
    pub fn count(&self, origin: Origin) -> usize {
        self.facts
            .values()
            .filter(|fact| fact.origin == origin)
            .count()
    }

    fn declare(&mut self, system: &System) {
        let mut add = |relation, arguments: &[&str], location| {
            self.add(Fact {
                relation,
                arguments: arguments.iter().map(|&text| text.to_owned()).collect(),
                origin: Origin::Declared,
                path: system.path.clone(),
                location: Some(location),
                digest: system.digest,
            });
        };
        for asset in &system.assets {
            add(Relation::Asset, &[&asset.id, &asset.kind], asset.location);
        }
        for component in &system.components {
            let (id, place) = (component.id.as_str(), component.location);
            add(Relation::Kind, &[id, &component.kind], place);
            let lists = [
                (Relation::Exposed, &component.exposed),
                (Relation::Holds, &component.holds),
                (Relation::TrainedOn, &component.trained_on),
                (Relation::Weak, &component.weaknesses),
            ];
            let words = lists
                .into_iter()
                .flat_map(|(relation, words)| words.iter().map(move |word| (relation, word)));
            for (relation, word) in words {
                add(relation, &[id, word], place);
            }
            if let Some(boundary) = &component.boundary {
                add(Relation::Inside, &[id, boundary], place);
            }
            if let Some(cluster) = &component.cluster {
                add(Relation::InCluster, &[id, cluster], place);
            }
        }
        for flow in &system.flows {
            for word in &flow.carries {
                let arguments = [flow.id.as_str(), &flow.from, &flow.to, word];
                add(Relation::Flow, &arguments, flow.location);
            }
        }
    }

    fn discover(&mut self, system: &System, seen: &Observation) {
        let namespaces: BTreeSet<&str> = system
            .components
            .iter()
            .filter_map(|component| Some(component.workload.as_ref()?.namespace.as_str()))
            .collect();
        for component in &system.components {
            let Some(reference) = &component.workload else {
                continue;
            };
            for workload in seen.of(reference) {
                self.discover_workload(&component.id, reference, workload, &namespaces);
            }
        }
    }

    fn discover_workload(
        &mut self,
        component: &str,
        reference: &WorkloadRef,
        workload: &Workload,
        namespaces: &BTreeSet<&str>,
    ) {
        let mut add = |relation, rest: &[&str], path: &str, location| {
            let rest = rest.iter().map(|&text| text.to_owned());
            self.add(Fact {
                relation,
                arguments: [component.to_owned()].into_iter().chain(rest).collect(),
                origin: Origin::Discovered,
                path: path.to_owned(),
                location,
                digest: workload.digest,
            });
        };
        let (path, place) = (workload.path.as_str(), workload.location);
        let namespace = reference.namespace.as_str();
        add(Relation::InNamespace, &[namespace], path, place);
        for weakness in &workload.weaknesses {
            let location = weakness.location.or(place);
            add(Relation::Weak, &[weakness.word], path, location);
        }
        if let Some((path, place)) = &workload.exposed {
            add(Relation::Exposed, &["internet"], path, *place);
        }
        for power in &workload.powers {
            // What holds for the cluster holds for each of its namespaces.
            let own = power.scope.as_deref();
            let wide = namespaces.iter().copied().chain(["cluster"]);
            let scopes = own.into_iter().chain(wide.filter(|_| own.is_none()));
            for scope in scopes {
                let words = [power.word, scope];
                add(Relation::May, &words, &power.path, power.location);
            }
        }
    }

    fn add(&mut self, fact: Fact) {
        let key = (fact.relation, fact.arguments.clone());
        // Manifests may name the same setting twice: the first by path and place stays.
        let keep = match self.facts.get(&key) {
            None => true,
            Some(old) => {
                let rank = |fact: &Fact| (Reverse(fact.origin), fact.path.clone(), fact.location);
                rank(&fact) < rank(old)
            }
        };
        if keep {
            self.facts.insert(key, fact);
        }
    }
}

/// What is declared but not in the manifests, and what is in the manifests but not declared.
///
/// Without any manifest there is nothing to compare with, and nothing is reported.
#[must_use]
pub fn drift(system: &System, seen: &Observation) -> Vec<Drift> {
    if seen.workloads.is_empty() {
        return Vec::new();
    }
    let mut found = BTreeSet::new();
    for component in &system.components {
        let Some(reference) = &component.workload else {
            continue;
        };
        if seen.of(reference).next().is_none() {
            found.insert(Drift {
                subject: component.id.clone(),
                message: format!("declares the workload {reference}, which no manifest holds"),
                path: system.path.clone(),
                location: Some(component.location),
            });
        }
    }
    for workload in &seen.workloads {
        let mut declared = system
            .components
            .iter()
            .filter_map(|item| item.workload.as_ref());
        if !declared.any(|reference| is_same(reference, workload)) {
            found.insert(Drift {
                subject: workload.reference.to_string(),
                message: "runs according to its manifest, but no component declares it".to_owned(),
                path: workload.path.clone(),
                location: workload.location,
            });
        }
    }
    found.into_iter().collect()
}

/// A manifest that leaves the namespace open fits any.
fn is_same(declared: &WorkloadRef, found: &Workload) -> bool {
    let found = &found.reference;
    declared.kind == found.kind
        && declared.name == found.name
        && (found.namespace.is_empty() || declared.namespace == found.namespace)
}

impl Observation {
    /// The manifests of a declared workload.
    pub fn of<'a>(&'a self, declared: &'a WorkloadRef) -> impl Iterator<Item = &'a Workload> {
        let workloads = self.workloads.iter();
        workloads.filter(move |workload| is_same(declared, workload))
    }
}

impl std::fmt::Display for WorkloadRef {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}/{}", self.kind, self.namespace, self.name)
    }
}

impl Origin {
    /// The word in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Discovered => "discovered",
        }
    }
}
