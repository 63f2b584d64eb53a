//! A model server without authentication is reachable from outside.
//!
//! ## What it detects
//!
//! A Service of type `LoadBalancer` or `NodePort`, an Ingress or an `HTTPRoute` that leads straight
//! to the pods of a model server, vector database or tracking server that asks nobody who they are.
//!
//! ## Why it matters
//!
//! Everyone on the network spends the accelerators, extracts the model and reaches its
//! administrative endpoints. An API key of vLLM covers only some of its paths.
//!
//! ## What it misses
//!
//! Gateways that authenticate before the route; clusters whose load balancers are internal.
//!
//! ## Example
//!
//! ```yaml
//! kind: Service
//! spec: {type: LoadBalancer, selector: {app: llm}}
//! ```
//!
//! ## Remediation
//!
//! Make the Service a `ClusterIP` and put the gateway in front of it.
//!
//! ## References
//!
//! - AIK-SV-002, AIK-SV-017, AIK-NW-003
//! - <https://docs.vllm.ai/en/latest/usage/security.html>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use seawall_config::yaml::Node;

use crate::context::{Context, Found, Out};
use crate::object::Object;
use crate::workload::{ServerKind, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "model-server-exposed",
    title: "A model server without authentication is reachable from outside",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0040", "AML.T0049", "MS-TA9005", "LLM10:2025"],
};

const FIX: &str = "Make the Service a ClusterIP and put the gateway in front of it.";

pub(super) fn check(ctx: &Context<'_>, out: &mut Out) {
    for service in ctx.lookup.kind("Service") {
        let Some(name) = exposed_server(ctx, service) else {
            continue;
        };
        let kind = service.node.at(&["spec", "type"]);
        if let Some(kind) =
            kind.filter(|node| matches!(node.text(), Some("LoadBalancer" | "NodePort")))
        {
            let message = format!(
                "{} offers {name} outside the cluster without authentication",
                service.title()
            );
            out.report(&META, Found::new(service, kind.location(), message, FIX));
        }
        for route in ["Ingress", "HTTPRoute"]
            .iter()
            .flat_map(|kind| ctx.lookup.kind(kind))
        {
            if route.namespace_key() != service.namespace_key() {
                continue;
            }
            if let Some(node) = route
                .node
                .get("spec")
                .and_then(|spec| backend(spec, &service.name, 0))
            {
                let message = format!("{} leads to {name} without authentication", route.title());
                out.report(&META, Found::new(route, node.location(), message, FIX));
            }
        }
    }
}

/// The open server behind a Service, by the labels of its pods.
fn exposed_server(ctx: &Context<'_>, service: &Object) -> Option<&'static str> {
    let selector = service.node.at(&["spec", "selector"])?;
    let labels: Vec<(&str, &str)> = selector
        .entries()
        .iter()
        .filter_map(|entry| Some((entry.key.as_str(), entry.value.text()?)))
        .collect();
    let servers = ctx
        .selected(service.namespace_key(), &labels)
        .filter_map(Workload::server);
    servers
        .map(|server| server.kind)
        .find(|kind| kind.is_open_by_default())
        .map(ServerKind::name)
}

/// The node of a route that names the Service as its backend (`service.name` or `backendRefs`).
fn backend<'a>(node: &'a Node, service: &str, depth: usize) -> Option<&'a Node> {
    if depth > 8 {
        return None;
    }
    for entry in node.entries() {
        let value = &entry.value;
        let named = match entry.key.as_str() {
            "service" => value.get("name"),
            "backendRefs" => value
                .items()
                .iter()
                .filter_map(|item| item.get("name"))
                .find(|name| name.text() == Some(service)),
            "serviceName" => Some(value),
            _ => None,
        };
        if let Some(name) = named.filter(|name| name.text() == Some(service)) {
            return Some(name);
        }
    }
    let children = node
        .entries()
        .iter()
        .map(|entry| &entry.value)
        .chain(node.items());
    children
        .into_iter()
        .find_map(|child| backend(child, service, depth + 1))
}
