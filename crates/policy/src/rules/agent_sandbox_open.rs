//! An agent sandbox without isolation.
//!
//! ## What it detects
//!
//! Sandbox and `SandboxTemplate` objects (agents.x-k8s.io) whose pods name no runtime class.
//!
//! ## Why it matters
//!
//! A sandbox runs what a model writes. On the shared kernel one kernel bug is the node.
//!
//! ## What it misses
//!
//! Clusters whose default runtime is a sandbox.
//!
//! ## Example
//!
//! ```yaml
//! kind: SandboxTemplate
//! spec: {podTemplate: {spec: {containers: []}}}
//! ```
//!
//! ## Remediation
//!
//! Name a sandboxed runtime class such as gVisor or Kata.
//!
//! ## References
//!
//! - AIK-AG-001, AIK-CC-001

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression, part};

pub(super) static META: RuleMeta = RuleMeta {
    id: "agent-sandbox-open",
    title: "An agent sandbox without isolation",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0105", "AML.T0053", "LLM06:2025", "AIR-PREV-022"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Part(&[
        part("Sandbox", "spec.podTemplate.spec"),
        part("SandboxTemplate", "spec.podTemplate.spec"),
        part("SandboxWarmPool", "spec.podTemplate.spec"),
    ]),
    anchors: &[],
    holds: "has(spec.runtimeClassName) && spec.runtimeClassName != ''",
    what: "runs what a model writes on the shared kernel",
    place: &["runtimeClassName"],
    fix: "Name a sandboxed runtime class such as gVisor or Kata.",
    covers: Covers::All,
};
