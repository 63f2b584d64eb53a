//! What a rule may look at, and where it puts what it finds.

use std::collections::{BTreeMap, BTreeSet};

use seawall_base::{Confidence, Finding, Limits, Location, RuleMeta, Severity};

use crate::expression::Anchors;
use crate::lookup::Lookup;
use crate::object::Object;
use crate::workload::{self, Container, Workload};

/// Whether the objects are all there is, as in a folder of manifests, or one of many, as in an
/// admission request. Rules about what is missing speak only about sets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scope {
    /// The objects belong together; what is not there is missing.
    Set,
    /// One object; the rest of the cluster is not shown.
    Single,
}

/// Objects as their controllers act on them, by their positions in the set; those that refer to no
/// parent of the set are not here.
#[derive(Debug, Default)]
pub(crate) struct Rendered {
    objects: BTreeMap<usize, Object>,
}

impl Rendered {
    pub(crate) fn new(objects: &[Object]) -> Self {
        // Most sets have none of the parents, and need no look at every object.
        let is_parent = |object: &Object| PARENTS.contains(&object.kind.as_str());
        if !objects.iter().any(is_parent) {
            return Self::default();
        }
        let lookup = Lookup::new(objects);
        let rendered = objects.iter().enumerate();
        let rendered = rendered.filter_map(|(at, own)| Some((at, workload::render(own, &lookup)?)));
        Self {
            objects: rendered.collect(),
        }
    }
}

/// Kinds that others take pod specs from.
const PARENTS: &[&str] = &[
    "ClusterServingRuntime",
    "ClusterTrainingRuntime",
    "LLMInferenceServiceConfig",
    "PodDefault",
    "ServingRuntime",
    "TrainingRuntime",
];

/// The objects of a check and what was worked out about them.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    /// The workloads of the objects.
    pub(crate) workloads: Vec<Workload<'a>>,
    /// The keys that expressions need, as far as each workload has them.
    pub(crate) anchors: Vec<Anchors>,
    /// Positions of the workloads of each namespace.
    by_namespace: BTreeMap<&'a str, Vec<usize>>,
    /// Objects by kind.
    pub(crate) lookup: Lookup<'a>,
    /// Whether the set is complete.
    pub(crate) scope: Scope,
}

impl<'a> Context<'a> {
    pub(crate) fn new(objects: &'a [Object], rendered: &'a Rendered, scope: Scope) -> Self {
        let lookup = Lookup::new(objects);
        let acting = objects.iter().enumerate();
        let acting = acting.map(|(at, object)| rendered.objects.get(&at).unwrap_or(object));
        let workloads: Vec<Workload<'_>> = acting
            .flat_map(|object| workload::of_object(object, &lookup))
            .collect();
        let mut by_namespace: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (position, workload) in workloads.iter().enumerate() {
            let namespace = workload.object.namespace_key();
            by_namespace.entry(namespace).or_default().push(position);
        }
        let anchors = workloads.iter().map(|own| Anchors::present(own.pod));
        Self {
            anchors: anchors.collect(),
            workloads,
            by_namespace,
            lookup,
            scope,
        }
    }

    /// The workloads of a namespace.
    pub(crate) fn in_namespace(&self, namespace: &str) -> impl Iterator<Item = &Workload<'a>> {
        let positions = self
            .by_namespace
            .get(namespace)
            .map(Vec::as_slice)
            .unwrap_or_default();
        positions
            .iter()
            .filter_map(|position| self.workloads.get(*position))
    }

    /// The workloads that a label selector of a namespace selects. An empty selector of a Service
    /// selects nothing.
    pub(crate) fn selected(
        &self,
        namespace: &str,
        selector: &[(&str, &str)],
    ) -> impl Iterator<Item = &Workload<'a>> {
        self.in_namespace(namespace).filter(move |workload| {
            !selector.is_empty() && selector.iter().all(|label| workload.labels.contains(label))
        })
    }
}

/// What a rule found: the place, the sentence, and what to do.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    object: &'a Object,
    location: Location,
    message: String,
    remediation: &'static str,
}

impl<'a> Found<'a> {
    /// Something about an object.
    pub(crate) const fn new(
        object: &'a Object,
        location: Location,
        message: String,
        remediation: &'static str,
    ) -> Self {
        Self {
            object,
            location,
            message,
            remediation,
        }
    }

    /// Something about a container: `what` goes on after its name.
    pub(crate) fn container(
        workload: &Workload<'a>,
        container: &Container<'_>,
        location: Location,
        what: &str,
        remediation: &'static str,
    ) -> Self {
        let message = format!("{} {what}", workload.title(container));
        Self::new(workload.object, location, message, remediation)
    }
}

/// Collects findings, within a limit.
#[derive(Debug)]
pub(crate) struct Out {
    findings: Vec<Finding>,
    seen: BTreeSet<(&'static str, Location, String)>,
    findings_max: usize,
    /// Findings that the limit left out.
    pub(crate) dropped: usize,
}

impl Out {
    pub(crate) const fn new(limits: &Limits) -> Self {
        Self {
            findings: Vec::new(),
            seen: BTreeSet::new(),
            findings_max: limits.findings_max.saturating_mul(100),
            dropped: 0,
        }
    }

    /// Notes a finding with the severity and confidence of the rule.
    pub(crate) fn report(&mut self, meta: &'static RuleMeta, found: Found<'_>) {
        self.report_as(meta, meta.severity, meta.confidence, found);
    }

    /// Notes a finding with a severity or confidence of its own.
    pub(crate) fn report_as(
        &mut self,
        meta: &'static RuleMeta,
        severity: Severity,
        confidence: Confidence,
        found: Found<'_>,
    ) {
        let path = found.object.path.to_string();
        // One place is named once per rule: aliases and shared templates would repeat it.
        if !self.seen.insert((meta.id, found.location, path.clone())) {
            return;
        }
        if self.findings.len() >= self.findings_max {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        self.findings.push(Finding {
            path,
            location: Some(found.location),
            rule: meta.id,
            severity,
            confidence,
            message: found.message,
            remediation: found.remediation.to_owned(),
            maps: meta.maps,
        });
    }

    pub(crate) fn into_findings(self) -> Vec<Finding> {
        let mut findings = self.findings;
        findings.sort();
        findings
    }
}
