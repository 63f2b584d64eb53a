//! TorchServe lets others manage its models.
//!
//! ## What it detects
//!
//! TorchServe with token authorisation switched off, with its model API switched on, or with its
//! management address on all interfaces.
//!
//! ## Why it matters
//!
//! Registering a model is running its handler: remote code execution for whoever reaches the port.
//! The project no longer gets security patches.
//!
//! ## What it misses
//!
//! Settings in a `config.properties` file of the image.
//!
//! ## Example
//!
//! ```yaml
//! args: [torchserve, --start, --disable-token-auth]
//! ```
//!
//! ## Remediation
//!
//! Move to a maintained server; until then keep token authorisation on, the model API off and
//! management on 127.0.0.1.
//!
//! ## References
//!
//! - AIK-SV-015
//! - CVE-2023-43654

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::{ServerKind, Workload};

pub(super) static META: RuleMeta = RuleMeta {
    id: "torchserve-open-management",
    title: "TorchServe lets others manage its models",
    severity: Severity::Critical,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0049", "AML.T0018.002", "LLM03:2025"],
};

const FIX: &str = "Move to a maintained server; until then keep token authorisation on, the model API off and management on 127.0.0.1.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const VARIABLES: &[&str] = &["TS_DISABLE_TOKEN_AUTHORIZATION", "TS_ENABLE_MODEL_API"];
    const WHAT: &str = "lets whoever reaches TorchServe register models, which is running code";
    for container in &workload.containers {
        let flags = [
            "--disable-token-auth",
            "--disable-token",
            "--enable-model-api",
        ];
        let word = container.argv.switched_on(&flags);
        let var = VARIABLES
            .iter()
            .find_map(|name| container.var_on(name))
            .or_else(|| {
                let wide = container
                    .value("TS_MANAGEMENT_ADDRESS")
                    .is_some_and(|text| text.contains("0.0.0.0"));
                container.var("TS_MANAGEMENT_ADDRESS").filter(|_| wide)
            });
        let is_torchserve = container
            .server
            .as_ref()
            .is_some_and(|server| server.kind == ServerKind::TorchServe);
        let location = word
            .filter(|_| is_torchserve)
            .map(|word| word.location(workload.object))
            .or_else(|| var.map(|var| var.node.location()));
        if let Some(location) = location {
            out.report(
                &META,
                Found::container(workload, container, location, WHAT, FIX),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{count, pod};

    #[test]
    fn flags_and_variables_count() {
        assert_eq!(
            count(
                META.id,
                &pod("command: [torchserve, --start, --enable-model-api]")
            ),
            1
        );
        assert_eq!(
            count(
                META.id,
                &pod("env: [{name: TS_DISABLE_TOKEN_AUTHORIZATION, value: 'true'}]")
            ),
            1
        );
        assert_eq!(
            count(
                META.id,
                &pod("env: [{name: TS_MANAGEMENT_ADDRESS, value: 'http://127.0.0.1:8081'}]")
            ),
            0
        );
    }
}
