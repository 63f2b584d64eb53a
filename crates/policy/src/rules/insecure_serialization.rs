//! Workers exchange pickled objects.
//!
//! ## What it detects
//!
//! `VLLM_ALLOW_INSECURE_SERIALIZATION` switched on.
//!
//! ## Why it matters
//!
//! Workers then unpickle what other processes send: who reaches the worker port runs code in the
//! server.
//!
//! ## What it misses
//!
//! Servers that always exchange pickles; see the rule about vulnerable versions.
//!
//! ## Example
//!
//! ```yaml
//! env: [{name: VLLM_ALLOW_INSECURE_SERIALIZATION, value: "1"}]
//! ```
//!
//! ## Remediation
//!
//! Remove the variable.
//!
//! ## References
//!
//! - AIK-SV-005
//! - CVE-2025-32444

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::expression::{Covers, Each, Expression};
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "insecure-serialization",
    title: "Workers exchange pickled objects",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.001", "AML.T0049", "LLM03:2025"],
};

const FIX: &str = "Remove the variable.";

pub(super) static EXPRESSION: Expression = Expression {
    each: Each::Container,
    anchors: &["env"],
    holds: "!has(container.env) || !container.env.exists(e, e.name == 'VLLM_ALLOW_INSECURE_SERIALIZATION' && has(e.value) && \
            !(e.value.lowerAscii() in ['', '0', 'false', 'no', 'off', 'none']))",
    what: "unpickles what other processes send",
    place: &[],
    fix: FIX,
    covers: Covers::Part,
};

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const WHAT: &str = "unpickles what other processes send";
    for container in &workload.containers {
        let names = ["VLLM_ALLOW_INSECURE_SERIALIZATION", "SGLANG_USE_PICKLE_IPC"];
        if let Some(var) = names.iter().find_map(|name| container.var_on(name)) {
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
                &pod("env: [{name: VLLM_ALLOW_INSECURE_SERIALIZATION, value: 'true'}]")
            ),
            1
        );
        assert_eq!(
            count(
                META.id,
                &pod("env: [{name: VLLM_ALLOW_INSECURE_SERIALIZATION, value: '0'}]")
            ),
            0
        );
    }
}
