//! A pod configures the hypervisor that isolates it.
//!
//! ## What it detects
//!
//! Annotations under `io.katacontainers.config.` at a pod or its template.
//!
//! ## Why it matters
//!
//! They choose the kernel, the devices and the sharing of memory of the virtual machine that
//! keeps the pod away from the host.
//!
//! ## What it misses
//!
//! Annotations that the runtime does not let through.
//!
//! ## Example
//!
//! ```yaml
//! annotations: {io.katacontainers.config.hypervisor.kernel_params: "agent.log=debug"}
//! ```
//!
//! ## Remediation
//!
//! Put the setting into a runtime class of its own.
//!
//! ## References
//!
//! - AIK-CC-005

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression, part};

pub(super) static META: RuleMeta = RuleMeta {
    id: "hypervisor-annotation",
    title: "A pod configures the hypervisor that isolates it",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0105", "AML.T0107"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Part(&[
        part("Pod", "metadata.annotations"),
        part("Deployment", "spec.template.metadata.annotations"),
        part("StatefulSet", "spec.template.metadata.annotations"),
        part("DaemonSet", "spec.template.metadata.annotations"),
        part("Job", "spec.template.metadata.annotations"),
        part(
            "CronJob",
            "spec.jobTemplate.spec.template.metadata.annotations",
        ),
        part("InferenceService", "metadata.annotations"),
        part("InferenceService", "spec.predictor.annotations"),
        part("Notebook", "metadata.annotations"),
    ]),
    anchors: &[],
    holds: "!spec.exists(key, key.startsWith('io.katacontainers.config.'))",
    what: "configures the hypervisor that isolates it",
    place: &[],
    fix: "Put the setting into a runtime class of its own.",
    covers: Covers::All,
};
