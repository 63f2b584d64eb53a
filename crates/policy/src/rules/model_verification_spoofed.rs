//! A pod looks verified without being so.
//!
//! ## What it detects
//!
//! A pod that asks for verification of its model (`validation.ml.sigstore.dev/ml`) and brings a
//! container of the name of the verifier with an image of its own.
//!
//! ## Why it matters
//!
//! The operator skips pods that have such a container already: nothing is verified, and
//! everything looks as if it were.
//!
//! ## What it misses
//!
//! Images whose names pretend to be those of the verifier.
//!
//! ## Example
//!
//! ```yaml
//! labels: {validation.ml.sigstore.dev/ml: policy}
//! initContainers: [{name: model-validation, image: busybox}]
//! ```
//!
//! ## Remediation
//!
//! Remove the container and let the operator add its own.
//!
//! ## References
//!
//! - AIK-MS-016
//! - <https://github.com/sigstore/model-validation-operator>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};

use crate::context::{Context, Found, Out};
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "model-verification-spoofed",
    title: "A pod looks verified without being so",
    severity: Severity::High,
    confidence: Confidence::Medium,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0074", "AML.T0010.003"],
};

const FIX: &str = "Remove the container and let the operator add its own.";

pub(super) fn check(_ctx: &Context<'_>, workload: &Workload<'_>, out: &mut Out) {
    const LABEL: &str = "validation.ml.sigstore.dev/ml";
    const WHAT: &str = "stands in for the verification of the model";
    if !workload.labels.iter().any(|(name, _)| *name == LABEL) {
        return;
    }
    for container in workload
        .containers
        .iter()
        .filter(|own| own.name == "model-validation")
    {
        let own = container.image.is_some_and(|image| {
            let name = image.repository;
            name.contains("model-validation") || name.contains("model-transparency")
        });
        if !own {
            let location = container.node.location();
            out.report(
                &META,
                Found::container(workload, container, location, WHAT, FIX),
            );
        }
    }
}
