//! A role may decide about the devices of others.
//!
//! ## What it detects
//!
//! Rights to change the status, binding or driver part of resource claims, resource slices or
//! device classes, in a role that is not one of a scheduler or driver by its name.
//!
//! ## Why it matters
//!
//! Whoever writes the allocation of a claim gives devices to pods that were not granted them.
//!
//! ## What it misses
//!
//! Roles whose names pretend to be those of a driver.
//!
//! ## Example
//!
//! ```yaml
//! rules: [{apiGroups: [resource.k8s.io], resources: [resourceclaims/status], verbs: [update]}]
//! ```
//!
//! ## Remediation
//!
//! Leave these rights to the scheduler and the driver.
//!
//! ## References
//!
//! - AIK-GP-008
//! - <https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression, whole};

pub(super) static META: RuleMeta = RuleMeta {
    id: "device-claim-rights",
    title: "A role may decide about the devices of others",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-M9003", "AML.T0012"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Part(&[whole("Role"), whole("ClusterRole")]),
    anchors: &[],
    holds: "!has(spec.rules) || (has(spec.metadata) && has(spec.metadata.name) && spec.metadata.name.matches('(system:|scheduler|driver|dra-)')) || \
            spec.rules.all(rule, !has(rule.verbs) || !has(rule.resources) || !rule.verbs.exists(verb, verb in ['create', 'update', 'patch', 'delete', '*']) || \
            !rule.resources.exists(resource, resource in ['resourceclaims/status', 'resourceclaims/binding', 'resourceclaims/driver', 'resourceslices', 'deviceclasses', 'devicetaintrules']))",
    what: "may decide about the devices of others",
    place: &["resources"],
    fix: "Leave these rights to the scheduler and the driver.",
    covers: Covers::All,
};
