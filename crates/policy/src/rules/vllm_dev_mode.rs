//! vLLM serves its development endpoints.
//!
//! ## What it detects
//!
//! `VLLM_SERVER_DEV_MODE` switched on.
//!
//! ## Why it matters
//!
//! It opens `/collective_rpc` and alike, which call any method of the engine without a key: remote
//! code execution for whoever reaches the port.
//!
//! ## What it misses
//!
//! Images that set the variable themselves.
//!
//! ## Example
//!
//! ```yaml
//! env: [{name: VLLM_SERVER_DEV_MODE, value: "1"}]
//! ```
//!
//! ## Remediation
//!
//! Remove the variable.
//!
//! ## References
//!
//! - AIK-SV-001
//! - <https://docs.vllm.ai/en/latest/usage/security.html>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::expression::{Covers, Each, Expression};
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "vllm-dev-mode",
    title: "vLLM serves its development endpoints",
    severity: Severity::Critical,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0049", "MS-TA9005", "LLM03:2025"],
};

const FIX: &str = "Remove the variable.";

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Container,
    anchors: &["env"],
    holds: "!has(container.env) || !container.env.exists(e, e.name == 'VLLM_SERVER_DEV_MODE' && has(e.value) && \
            !(e.value.lowerAscii() in ['', '0', 'false', 'no', 'off', 'none']))",
    what: "serves the development endpoints of vLLM",
    place: &[],
    fix: FIX,
    covers: Covers::Part,
};

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const WHAT: &str = "serves the development endpoints of vLLM, which run any engine method";
    for container in &workload.containers {
        if let Some(var) = container.var_on("VLLM_SERVER_DEV_MODE") {
            let found = Found::container(workload, container, var.node.location(), WHAT, FIX);
            out.report(&META, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{count, pod};

    #[test]
    fn the_value_decides() {
        assert_eq!(
            count(
                META.id,
                &pod("env: [{name: VLLM_SERVER_DEV_MODE, value: 'true'}]")
            ),
            1
        );
        assert_eq!(
            count(
                META.id,
                &pod("env: [{name: VLLM_SERVER_DEV_MODE, value: '0'}]")
            ),
            0
        );
    }
}
