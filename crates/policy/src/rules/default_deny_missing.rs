//! A namespace with AI workloads has no default-deny network policy.
//!
//! ## What it detects
//!
//! A namespace of the set that holds AI workloads and no `NetworkPolicy` that selects every pod and
//! denies ingress and egress by default. Where the Namespace object itself is not in the set, the
//! finding is medium with low confidence: the policy may live elsewhere.
//!
//! ## Why it matters
//!
//! Whatever gets into a model server, a notebook or a training job can reach everything and send
//! everything out.
//!
//! ## What it misses
//!
//! Policies of the network plug-in's own kinds; whether the plug-in enforces any.
//!
//! ## Example
//!
//! ```yaml
//! kind: Namespace
//! metadata: {name: ml}
//! ```
//!
//! ## Remediation
//!
//! Add a `NetworkPolicy` with an empty pod selector and both policy types, then allow each flow
//! that is needed.
//!
//! ## References
//!
//! - AIK-NW-001, AIK-NB-005
//! - <https://kubernetes.io/docs/concepts/services-networking/network-policies/>

use std::collections::BTreeSet;

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use seawall_config::yaml::Node;

use crate::context::{Context, Found, Out, Scope};
use crate::object::printable;

pub(super) static META: RuleMeta = RuleMeta {
    id: "default-deny-missing",
    title: "A namespace with AI workloads has no default-deny network policy",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9034", "MS-M9014", "AML.T0025", "AIR-PREV-017"],
};

const FIX: &str = "Add a NetworkPolicy with an empty pod selector and both policy types, then allow each flow that is needed.";

pub(super) fn check(ctx: &Context<'_>, out: &mut Out) {
    if ctx.scope == Scope::Single {
        return;
    }
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for workload in ctx
        .workloads
        .iter()
        .filter(|workload| workload.is_ai() && !workload.containers.is_empty())
    {
        let namespace = workload.object.namespace_key();
        if !done.insert(namespace) {
            continue;
        }
        let (ingress, egress) = denied(ctx, namespace);
        let missing = match (ingress, egress) {
            (true, true) => continue,
            (true, false) => "egress",
            (false, true) => "ingress",
            (false, false) => "ingress and egress",
        };
        let owner = ctx.lookup.named("Namespace", "", namespace);
        let (object, severity, confidence) = match owner {
            Some(owner) => (owner, META.severity, META.confidence),
            None => (workload.object, Severity::Medium, Confidence::Low),
        };
        let message = format!(
            "namespace `{}` runs AI workloads without denying {missing} by default",
            printable(if namespace.is_empty() {
                "default"
            } else {
                namespace
            })
        );
        let found = Found::new(object, object.node.location(), message, FIX);
        out.report_as(&META, severity, confidence, found);
    }
}

/// Whether the policies of a namespace deny ingress and egress for every pod.
fn denied(ctx: &Context<'_>, namespace: &str) -> (bool, bool) {
    let mut both = (false, false);
    for policy in ctx.lookup.kind("NetworkPolicy") {
        let Some(spec) = policy
            .node
            .get("spec")
            .filter(|_| policy.namespace_key() == namespace)
        else {
            continue;
        };
        let selector = spec.get("podSelector");
        let all = selector.is_none_or(|selector| {
            selector
                .get("matchLabels")
                .is_none_or(|labels| labels.entries().is_empty())
                && selector
                    .get("matchExpressions")
                    .is_none_or(|list| list.items().is_empty())
        });
        if !all {
            continue;
        }
        let types = spec.get("policyTypes").map(Node::items).unwrap_or_default();
        let names = |wanted: &str| types.iter().any(|item| item.text() == Some(wanted));
        // A rule that is one empty item allows everything, which denies nothing.
        let open = |key: &str| {
            let rules = spec.get(key).map(Node::items).unwrap_or_default();
            rules.iter().any(|rule| rule.entries().is_empty())
        };
        both.0 |= (types.is_empty() || names("Ingress")) && !open("ingress");
        both.1 |= names("Egress") && !open("egress");
    }
    both
}
