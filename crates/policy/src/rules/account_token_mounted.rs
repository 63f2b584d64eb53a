//! An AI workload mounts a service account token that it may not need.
//!
//! ## What it detects
//!
//! AI workloads whose pod or service account does not set `automountServiceAccountToken: false`.
//!
//! ## Why it matters
//!
//! Code that runs in a model server, a notebook or a training job finds a credential of the cluster
//! waiting for it.
//!
//! ## What it misses
//!
//! Workloads that need the API and say so by mounting a projected token themselves.
//!
//! ## Example
//!
//! ```yaml
//! spec: {serviceAccountName: server, containers: []}
//! ```
//!
//! ## Remediation
//!
//! Set `automountServiceAccountToken: false` in the pod or on its service account.
//!
//! ## References
//!
//! - AIK-TR-008

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use seawall_config::yaml::Node;

use crate::context::{Context, Found, Out, Scope};
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "account-token-mounted",
    title: "An AI workload mounts a service account token that it may not need",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9016", "MS-M9025", "AML.T0055"],
};

const FIX: &str = "Set `automountServiceAccountToken: false` in the pod or on its service account.";

pub(super) fn check(ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    if !workload.is_ai() || workload.containers.is_empty() {
        return;
    }
    let pod = workload.pod.get("automountServiceAccountToken");
    let namespace = workload.object.namespace_key();
    let account = ctx
        .lookup
        .named("ServiceAccount", namespace, workload.service_account());
    let account = account.and_then(|account| account.node.get("automountServiceAccountToken"));
    // At admission the service account is not shown; only what the pod says itself counts there.
    if ctx.scope == Scope::Single && pod.is_none() {
        return;
    }
    if pod.or(account).and_then(Node::as_bool) != Some(false) {
        let location = pod.unwrap_or(workload.pod).location();
        let message = format!(
            "{} mounts a token of its service account",
            workload.object.title()
        );
        out.report(&META, Found::new(workload.object, location, message, FIX));
    }
}
