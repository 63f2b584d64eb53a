//! A model or dataset travels without transport security.
//!
//! ## What it detects
//!
//! References with `http://`, and S3 settings that switch TLS or its verification off.
//!
//! ## Why it matters
//!
//! Who sits on the path can replace the weights or the data, and a replaced pickle is code.
//!
//! ## What it misses
//!
//! Proxies that end TLS before the source.
//!
//! ## Example
//!
//! ```yaml
//! storageUri: http://models.internal/m.tar.gz
//! ```
//!
//! ## Remediation
//!
//! Use `https://` or an OCI reference with a digest, and leave certificate verification on.
//!
//! ## References
//!
//! - AIK-MS-004
//! - <https://kserve.github.io/website/docs/model-serving/storage/overview>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::object::printable;
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "model-over-http",
    title: "A model or dataset travels without transport security",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.003", "AML.T0020", "LLM03:2025"],
};

const FIX: &str =
    "Use `https://` or an OCI reference with a digest, and leave certificate verification on.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    for model in workload
        .models
        .iter()
        .filter(|model| model.uri.starts_with("http://"))
    {
        let message = format!(
            "{} fetches `{}` without transport security",
            workload.object.title(),
            printable(&model.uri)
        );
        out.report(
            &META,
            Found::new(workload.object, model.node.location(), message, FIX),
        );
    }
    for container in &workload.containers {
        for name in ["S3_USE_HTTPS", "S3_VERIFY_SSL"] {
            let off = container
                .value(name)
                .is_some_and(|value| matches!(value, "0" | "false" | "False"));
            if let Some(var) = container.var(name).filter(|_| off) {
                let location = var.node.location();
                let what = format!("switches transport security of its storage off (`{name}`)");
                out.report(
                    &META,
                    Found::container(workload, container, location, &what, FIX),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{count, pod};

    #[test]
    fn storage_without_verification_is_found() {
        assert_eq!(
            count(META.id, &pod("env: [{name: S3_VERIFY_SSL, value: '0'}]")),
            1
        );
        assert_eq!(
            count(META.id, &pod("env: [{name: S3_VERIFY_SSL, value: '1'}]")),
            0
        );
    }
}
