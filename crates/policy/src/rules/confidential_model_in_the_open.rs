//! A confidential model is decrypted outside of a confidential machine.
//!
//! ## What it detects
//!
//! `confidential.enabled: true` at a model whose pod names no runtime class of a confidential
//! machine.
//!
//! ## Why it matters
//!
//! The key is released into a pod whose memory the node and its administrators read.
//!
//! ## What it misses
//!
//! Runtime classes whose names do not tell; whether the key broker checks the evidence.
//!
//! ## Example
//!
//! ```yaml
//! model: {confidential: {enabled: true, resourceId: "kbs:///a/b/c"}}
//! ```
//!
//! ## Remediation
//!
//! Name a runtime class of a confidential machine, such as `kata-qemu-nvidia-gpu-snp`.
//!
//! ## References
//!
//! - AIK-CC-003
//! - <https://confidentialcontainers.org/docs/>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::expression::{Covers, Each, Expression, part};

pub(super) static META: RuleMeta = RuleMeta {
    id: "confidential-model-in-the-open",
    title: "A confidential model is decrypted outside of a confidential machine",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0048.004", "AML.T0037", "AIR-PREV-014"],
};

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Part(&[
        part("InferenceService", "spec.predictor"),
        part("LLMInferenceService", "spec"),
    ]),
    anchors: &[],
    holds: "!has(spec.model) || !has(spec.model.confidential) || !has(spec.model.confidential.enabled) || !spec.model.confidential.enabled || \
            (has(spec.runtimeClassName) && spec.runtimeClassName.matches('(snp|tdx|sev|coco|confidential|cc-)')) || \
            (has(spec.template) && has(spec.template.runtimeClassName) && spec.template.runtimeClassName.matches('(snp|tdx|sev|coco|confidential|cc-)'))",
    what: "decrypts a confidential model outside of a confidential machine",
    place: &["confidential"],
    fix: "Name a runtime class of a confidential machine, such as `kata-qemu-nvidia-gpu-snp`.",
    covers: Covers::All,
};
