//! A container may gain privileges.
//!
//! ## What it detects
//!
//! Containers without `allowPrivilegeEscalation: false`.
//!
//! ## Why it matters
//!
//! A setuid program in the image lifts the process above the user it was given.
//!
//! ## What it misses
//!
//! Nothing that the field covers.
//!
//! ## Example
//!
//! ```yaml
//! securityContext: {}
//! ```
//!
//! ## Remediation
//!
//! Set `allowPrivilegeEscalation: false`.
//!
//! ## References
//!
//! - Pod Security Standards, restricted

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use seawall_config::yaml::Node;

use crate::context::{Context, Found, Out};
use crate::expression::{Covers, Each, Expression};
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "privilege-escalation-allowed",
    title: "A container may gain privileges",
    severity: Severity::Low,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9018"],
};

const FIX: &str = "Set `allowPrivilegeEscalation: false`.";

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Container,
    anchors: &[],
    holds: "has(container.securityContext) && has(container.securityContext.allowPrivilegeEscalation) && \
            !container.securityContext.allowPrivilegeEscalation",
    what: "may gain privileges beyond its user",
    place: &[],
    fix: FIX,
    covers: Covers::All,
};

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    for container in &workload.containers {
        let node = container.security("allowPrivilegeEscalation");
        if node.and_then(Node::as_bool) != Some(false) {
            let location = node.unwrap_or(container.node).location();
            let what = "may gain privileges beyond its user";
            out.report(
                &META,
                Found::container(workload, container, location, what, FIX),
            );
        }
    }
}
