//! A privileged container.
//!
//! ## What it detects
//!
//! `privileged: true` in any container, init and ephemeral ones included.
//!
//! ## Why it matters
//!
//! A privileged container is root on the node, with every other pod's models, data and credentials.
//!
//! ## What it misses
//!
//! Equivalent sums of capabilities and host paths; they have rules of their own.
//!
//! ## Example
//!
//! ```yaml
//! securityContext: {privileged: true}
//! ```
//!
//! ## Remediation
//!
//! Remove `privileged`; accelerators come through the device plugin.
//!
//! ## References
//!
//! - AIK-NB-003
//! - Pod Security Standards, baseline

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "privileged-container",
    title: "A privileged container",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9018", "AML.T0105"],
};

const FIX: &str = "Remove `privileged`; accelerators come through the device plugin.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    for container in &workload.containers {
        if let Some(node) = container
            .security("privileged")
            .filter(|node| node.as_bool() == Some(true))
        {
            let found =
                Found::container(workload, container, node.location(), "is privileged", FIX);
            out.report(&META, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::count;

    #[test]
    fn init_containers_count() {
        let text = "apiVersion: v1\nkind: Pod\nspec:\n  initContainers: [{name: i, securityContext: {privileged: true}}]\n  containers: [{name: c}]\n";
        assert_eq!(count(META.id, text), 1);
    }
}
