//! Models are fetched from storage without encryption.
//!
//! ## What it detects
//!
//! Annotations of a Secret or service account of KServe that switch HTTPS or the check of
//! certificates off (`serving.kserve.io/s3-usehttps: "0"`, `s3-verifyssl: "0"`).
//!
//! ## Why it matters
//!
//! Every model that uses the credentials is fetched in clear text or from whoever answers.
//!
//! ## What it misses
//!
//! Storage that is reached through a mesh which encrypts.
//!
//! ## Example
//!
//! ```yaml
//! annotations: {serving.kserve.io/s3-usehttps: "0"}
//! ```
//!
//! ## Remediation
//!
//! Set both annotations to `"1"`, and name the certificate authority with
//! `serving.kserve.io/s3-cabundle`.
//!
//! ## References
//!
//! - AIK-MS-004
//! - <https://kserve.github.io/website/>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use seawall_config::yaml::Node;

use crate::context::{Context, Found, Out};
use crate::object::Object;

pub(super) static META: RuleMeta = RuleMeta {
    id: "storage-not-encrypted",
    title: "Models are fetched from storage without encryption",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.003", "AML.T0055"],
};

const FIX: &str = "Set both annotations to `\"1\"`, and name the certificate authority with `serving.kserve.io/s3-cabundle`.";

pub(super) fn check(_ctx: &Context<'_>, object: &Object, out: &mut Out) {
    let annotations = object
        .node
        .at(&["metadata", "annotations"])
        .map(Node::entries);
    for entry in annotations.unwrap_or_default() {
        let name = entry.key.strip_prefix("serving.kserve.io/");
        let name = name.or_else(|| entry.key.strip_prefix("serving.kubeflow.org/"));
        let switches = matches!(name, Some("s3-usehttps" | "s3-verifyssl"));
        let off = matches!(entry.value.text(), Some("0" | "false" | "False"));
        if switches && off {
            let message = format!(
                "{} gives access to storage without encryption",
                object.title()
            );
            out.report(
                &META,
                Found::new(object, entry.value.location(), message, FIX),
            );
        }
    }
}
