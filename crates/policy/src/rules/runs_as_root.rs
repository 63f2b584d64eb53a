//! A container may run as root.
//!
//! ## What it detects
//!
//! Containers for which neither the pod nor the container sets `runAsNonRoot: true`, or which set
//! user 0.
//!
//! ## Why it matters
//!
//! Root in the container is one kernel bug or one mounted folder away from root on the node.
//!
//! ## What it misses
//!
//! Images that switch users themselves: without the field nothing holds them to it.
//!
//! ## Example
//!
//! ```yaml
//! securityContext: {runAsUser: 0}
//! ```
//!
//! ## Remediation
//!
//! Set `runAsNonRoot: true` and a user other than 0.
//!
//! ## References
//!
//! - AIK-SV-014
//! - Pod Security Standards, restricted

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use seawall_config::yaml::Node;

use crate::context::{Context, Found, Out};
use crate::expression::{Covers, Each, Expression};
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "runs-as-root",
    title: "A container may run as root",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9018", "AML.T0105"],
};

const FIX: &str = "Set `runAsNonRoot: true` and a user other than 0.";

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Pod,
    anchors: &[],
    holds: "(!has(pod.containers) || pod.containers.all(c, \
            ((has(c.securityContext) && has(c.securityContext.runAsNonRoot)) ? c.securityContext.runAsNonRoot : \
            (has(pod.securityContext) && has(pod.securityContext.runAsNonRoot) && pod.securityContext.runAsNonRoot)) && \
            ((has(c.securityContext) && has(c.securityContext.runAsUser)) ? c.securityContext.runAsUser != 0 : \
            (!has(pod.securityContext) || !has(pod.securityContext.runAsUser) || pod.securityContext.runAsUser != 0))))",
    what: "may run as root",
    place: &[],
    fix: FIX,
    covers: Covers::Part,
};

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    let pod = |key: &str| workload.pod.at(&["securityContext", key]);
    for container in &workload.containers {
        let user = container.security("runAsUser").or_else(|| pod("runAsUser"));
        let refused = container
            .security("runAsNonRoot")
            .or_else(|| pod("runAsNonRoot"));
        let is_root = user.and_then(Node::as_i64) == Some(0);
        let refused = refused.and_then(Node::as_bool) == Some(true);
        if is_root || !refused {
            let what = if is_root {
                "runs as root"
            } else {
                "may run as root"
            };
            let place = user
                .filter(|_| is_root)
                .unwrap_or(container.node)
                .location();
            out.report(
                &META,
                Found::container(workload, container, place, what, FIX),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::count;

    #[test]
    fn the_pod_speaks_for_its_containers() {
        let text = |pod: &str| {
            format!(
                "apiVersion: v1\nkind: Pod\nspec: {{securityContext: {{{pod}}}, containers: [{{name: c}}]}}\n"
            )
        };
        assert_eq!(count(META.id, &text("runAsNonRoot: true")), 0);
        assert_eq!(count(META.id, &text("runAsNonRoot: true, runAsUser: 0")), 1);
        assert_eq!(count(META.id, &text("fsGroup: 1")), 1);
    }
}
