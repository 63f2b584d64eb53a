//! A model server of a version with a known remote attack.
//!
//! ## What it detects
//!
//! vLLM, Triton, Ollama, Ray, SGLang, MLflow and TorchServe images whose tag falls into a range
//! with a published remote code execution or missing authentication, together with the flag that
//! exposes it where one is needed.
//!
//! ## Why it matters
//!
//! Model servers parse attacker input in native code and pickles; these versions have public
//! exploits.
//!
//! ## What it misses
//!
//! Images by digest alone, vendor builds with their own numbers, and `latest`: there the version is
//! unknown, which is not the same as safe.
//!
//! ## Example
//!
//! ```yaml
//! image: nvcr.io/nvidia/tritonserver:24.12-py3
//! ```
//!
//! ## Remediation
//!
//! Move to a version after the range that the message names.
//!
//! ## References
//!
//! - AIK-SV-003, AIK-SV-013, AIK-SV-017, AIK-SV-019, AIK-RY-003
//! - CVE-2025-23319, CVE-2025-32444, CVE-2024-37032, CVE-2025-62593, CVE-2023-43654

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::{ServerKind, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "vulnerable-model-server",
    title: "A model server of a version with a known remote attack",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.001", "MS-TA9004", "LLM03:2025"],
};

const FIX: &str = "Move to a version after the range that the message names.";

/// One published weakness: versions from `first` on and before `fixed`.
struct Range {
    kind: ServerKind,
    first: &'static [u32],
    fixed: &'static [u32],
    /// A word that must stand in the arguments for the weakness to be reachable.
    needs: Option<&'static str>,
    severity: Severity,
    cve: &'static str,
}

const RANGES: &[Range] = &[
    Range {
        kind: ServerKind::Vllm,
        first: &[0, 6, 5],
        fixed: &[0, 8, 5],
        needs: Some("Mooncake"),
        severity: Severity::Critical,
        cve: "CVE-2025-32444",
    },
    Range {
        kind: ServerKind::Vllm,
        first: &[0, 10, 2],
        fixed: &[0, 13, 0],
        needs: Some("--enable-prompt-embeds"),
        severity: Severity::High,
        cve: "CVE-2025-62164",
    },
    Range {
        kind: ServerKind::Vllm,
        first: &[0, 10, 1],
        fixed: &[0, 14, 0],
        needs: None,
        severity: Severity::High,
        cve: "CVE-2026-22807",
    },
    Range {
        kind: ServerKind::Triton,
        first: &[0],
        fixed: &[25, 7],
        needs: None,
        severity: Severity::Critical,
        cve: "CVE-2025-23319",
    },
    Range {
        kind: ServerKind::Triton,
        first: &[25, 7],
        fixed: &[25, 8],
        needs: None,
        severity: Severity::High,
        cve: "CVE-2025-23316",
    },
    Range {
        kind: ServerKind::Ollama,
        first: &[0],
        fixed: &[0, 1, 47],
        needs: None,
        severity: Severity::Critical,
        cve: "CVE-2024-37032 and CVE-2024-45436",
    },
    Range {
        kind: ServerKind::Ollama,
        first: &[0, 1, 47],
        fixed: &[0, 12, 4],
        needs: None,
        severity: Severity::High,
        cve: "CVE-2025-63389",
    },
    Range {
        kind: ServerKind::SgLang,
        first: &[0],
        fixed: &[0, 5, 10],
        needs: None,
        severity: Severity::High,
        cve: "CVE-2026-3059",
    },
    Range {
        kind: ServerKind::Ray,
        first: &[0],
        fixed: &[2, 52],
        needs: None,
        severity: Severity::High,
        cve: "CVE-2025-62593",
    },
    Range {
        kind: ServerKind::MlFlow,
        first: &[0],
        fixed: &[2, 12, 1],
        needs: None,
        severity: Severity::High,
        cve: "CVE-2024-3848",
    },
    Range {
        kind: ServerKind::TorchServe,
        first: &[0],
        fixed: &[0, 8, 2],
        needs: None,
        severity: Severity::Critical,
        cve: "CVE-2023-43654",
    },
];

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    for container in &workload.containers {
        let Some((server, image)) = container.server.as_ref().zip(container.image) else {
            continue;
        };
        let Some(version) = &server.version else {
            continue;
        };
        // The worst weakness speaks for the image; the rest is in its own advisories.
        let worst = RANGES
            .iter()
            .filter(|range| range.kind == server.kind && range.covers(version))
            .filter(|range| {
                range
                    .needs
                    .is_none_or(|word| container.argv.words().any(|own| own.text.contains(word)))
            })
            .max_by_key(|range| range.severity);
        if let Some(range) = worst {
            let fixed: Vec<String> = range.fixed.iter().map(u32::to_string).collect();
            let what = format!(
                "runs {} with {}, fixed in {}",
                server.kind.name(),
                range.cve,
                fixed.join(".")
            );
            let found = Found::container(workload, container, image.node.location(), &what, FIX);
            out.report_as(&META, range.severity, META.confidence, found);
        }
    }
}

impl Range {
    fn covers(&self, version: &[u32]) -> bool {
        // Slices compare number by number; a missing last number counts as before any.
        version >= self.first && version < self.fixed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{of, pod};

    #[test]
    fn version_and_flag_decide_together() {
        let severity = |container: &str| {
            of(META.id, &pod(container))
                .first()
                .map(|finding| finding.severity)
        };
        assert_eq!(
            severity("image: 'nvcr.io/nvidia/tritonserver:24.12-py3'"),
            Some(Severity::Critical)
        );
        assert_eq!(
            severity("image: 'nvcr.io/nvidia/tritonserver:25.08-py3'"),
            None
        );
        assert_eq!(severity("image: 'vllm/vllm-openai:v0.8.4'"), None);
        assert_eq!(
            severity(
                "image: 'vllm/vllm-openai:v0.8.4', args: [--kv-transfer-config, '{\"kv_connector\":\"MooncakeConnector\"}']"
            ),
            Some(Severity::Critical)
        );
        assert_eq!(severity("image: 'vllm/vllm-openai:latest'"), None);
        assert_eq!(severity("image: 'ollama/ollama:0.35.0'"), None);
    }
}
