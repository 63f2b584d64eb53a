//! A container evaluates a variable as shell code.
//!
//! ## What it detects
//!
//! Start scripts that pass variables to `eval`.
//!
//! ## Why it matters
//!
//! Who can set the variable, through a configuration map or a patch, runs any command, and checks
//! of the arguments do not see it.
//!
//! ## What it misses
//!
//! Scripts inside the image.
//!
//! ## Example
//!
//! ```yaml
//! command: [bash, -c, 'eval "exec vllm serve ${VLLM_ADDITIONAL_ARGS}"']
//! ```
//!
//! ## Remediation
//!
//! Write the arguments out in `args`, or use `exec vllm serve "$@"`.
//!
//! ## References
//!
//! - AIK-SV-021

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "shell-eval-of-environment",
    title: "A container evaluates a variable as shell code",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0050", "MS-TA9007"],
};

const FIX: &str = "Write the arguments out in `args`, or use `exec vllm serve \"$@\"`.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    for container in &workload.containers {
        if let Some(node) = container.argv.evaluates {
            let location = workload.object.locate(node, "eval");
            let what = "evaluates a variable as shell code";
            out.report(
                &META,
                Found::container(workload, container, location, what, FIX),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{count, pod};

    #[test]
    fn constant_text_is_fine() {
        assert_eq!(
            count(META.id, &pod("command: [sh, -c, 'eval \"a $B\"']")),
            1
        );
        assert_eq!(count(META.id, &pod("command: [sh, -c, 'eval \"a b\"']")), 0);
    }
}
