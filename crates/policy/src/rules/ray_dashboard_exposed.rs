//! The Ray head is offered outside its cluster.
//!
//! ## What it detects
//!
//! A Ray head Service of type `LoadBalancer` or `NodePort`, or `enableIngress`.
//!
//! ## Why it matters
//!
//! Submitting a job to the dashboard is running code on every node of the Ray cluster (the
//! `ShadowRay` campaign).
//!
//! ## What it misses
//!
//! Services and routes of the user's own that lead to the head.
//!
//! ## Example
//!
//! ```yaml
//! headGroupSpec: {serviceType: LoadBalancer}
//! ```
//!
//! ## Remediation
//!
//! Leave the head Service a `ClusterIP`, without an Ingress, and reach it through an authenticating
//! proxy.
//!
//! ## References
//!
//! - AIK-RY-001
//! - CVE-2023-48022
//! - ATLAS case study AML.CS0023

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use seawall_config::yaml::Node;

use crate::context::{Context, Found, Out};
use crate::object::Object;

pub(super) static META: RuleMeta = RuleMeta {
    id: "ray-dashboard-exposed",
    title: "The Ray head is offered outside its cluster",
    severity: Severity::Critical,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0049", "MS-TA9005", "LLM03:2025"],
};

const FIX: &str = "Leave the head Service a ClusterIP, without an Ingress, and reach it through an authenticating proxy.";

pub(super) fn check(_ctx: &Context<'_>, object: &Object, out: &mut Out) {
    for spec in ray_clusters(object) {
        let Some(head) = spec.get("headGroupSpec") else {
            continue;
        };
        let service = head
            .get("serviceType")
            .or_else(|| head.at(&["headService", "spec", "type"]));
        let wide = service.filter(|node| matches!(node.text(), Some("LoadBalancer" | "NodePort")));
        let ingress = head
            .get("enableIngress")
            .filter(|node| node.as_bool() == Some(true));
        if let Some(node) = wide.or(ingress) {
            let message = format!("{} offers the Ray head outside the cluster", object.title());
            out.report(&META, Found::new(object, node.location(), message, FIX));
        }
    }
}

/// The cluster specs of the Ray kinds.
pub(super) fn ray_clusters(object: &Object) -> impl Iterator<Item = &Node> {
    const PATHS: &[&[&str]] = &[
        &["spec"],
        &["spec", "rayClusterSpec"],
        &["spec", "rayClusterConfig"],
        &["spec", "jobTemplate", "rayClusterSpec"],
    ];
    PATHS
        .iter()
        .filter(|_| object.group() == "ray.io")
        .filter_map(|path| object.node.at(path))
        .filter(|spec| spec.get("headGroupSpec").is_some())
}
