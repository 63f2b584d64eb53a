//! A container adds Linux capabilities.
//!
//! ## What it detects
//!
//! `capabilities.add` beyond what the baseline of the Pod Security Standards allows.
//!
//! ## Why it matters
//!
//! Capabilities such as `SYS_ADMIN`, `SYS_RAWIO` or `NET_RAW` are parts of root; presets for fast
//! networks add them without saying so.
//!
//! ## What it misses
//!
//! What the default set already allows; dropping it is the restricted level.
//!
//! ## Example
//!
//! ```yaml
//! securityContext: {capabilities: {add: [IPC_LOCK, SYS_RAWIO]}}
//! ```
//!
//! ## Remediation
//!
//! Remove the capability; for RDMA use a device plugin and, at most, `IPC_LOCK` in a reviewed
//! profile.
//!
//! ## References
//!
//! - AIK-GP-009
//! - Pod Security Standards, baseline

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use seawall_config::yaml::Node;

use crate::context::{Context, Found, Out};
use crate::expression::{Covers, Each, Expression};
use crate::object::printable;
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "capabilities-added",
    title: "A container adds Linux capabilities",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9018", "AML.T0105"],
};

const FIX: &str = "Remove the capability; for RDMA use a device plugin and, at most, IPC_LOCK in a reviewed profile.";

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Container,
    anchors: &["add"],
    holds: "!has(container.securityContext) || !has(container.securityContext.capabilities) || \
            !has(container.securityContext.capabilities.add) || \
            container.securityContext.capabilities.add.all(name, name in ['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', \
            'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', \
            'SYS_CHROOT'])",
    what: "adds Linux capabilities",
    place: &[],
    fix: FIX,
    covers: Covers::All,
};

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const BASELINE: &[&str] = &[
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    ];
    for container in &workload.containers {
        let added = container
            .node
            .at(&["securityContext", "capabilities", "add"])
            .map(Node::items);
        for item in added.unwrap_or_default() {
            let name = item.text().unwrap_or_default();
            let bare = name.strip_prefix("CAP_").unwrap_or(name);
            if BASELINE.contains(&bare) {
                continue;
            }
            // Locking memory is a limit lifted, not a door opened.
            let severity = if bare == "IPC_LOCK" {
                Severity::Medium
            } else {
                META.severity
            };
            let what = format!("adds the capability {}", printable(bare));
            let found = Found::container(workload, container, item.location(), &what, FIX);
            out.report_as(&META, severity, META.confidence, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{of, pod};

    #[test]
    fn memory_locking_weighs_less() {
        let found = of(
            META.id,
            &pod("securityContext: {capabilities: {add: [IPC_LOCK, CAP_SYS_ADMIN, CHOWN]}}"),
        );
        let severities: Vec<_> = found.iter().map(|finding| finding.severity).collect();
        assert_eq!(severities, [Severity::Medium, Severity::High]);
    }
}
