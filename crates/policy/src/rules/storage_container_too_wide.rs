//! A cluster-wide storage container handles any URL.
//!
//! ## What it detects
//!
//! A KServe `ClusterStorageContainer` whose image is not pinned by digest or whose URI pattern
//! takes any web address.
//!
//! ## Why it matters
//!
//! It runs inside every model pod of the cluster and sees every model credential; its image is
//! worth as much as all models together.
//!
//! ## What it misses
//!
//! Who may edit the object: that is a matter of RBAC.
//!
//! ## Example
//!
//! ```yaml
//! supportedUriFormats: [{regex: "https?://(.+)/(.+)"}]
//! ```
//!
//! ## Remediation
//!
//! Pin the image by digest and name the hosts that models may come from.
//!
//! ## References
//!
//! - AIK-MS-012

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use seawall_config::yaml::Node;

use crate::context::{Context, Found, Out};
use crate::object::Object;

pub(super) static META: RuleMeta = RuleMeta {
    id: "storage-container-too-wide",
    title: "A cluster-wide storage container handles any URL",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0010.004", "MS-TA9011", "LLM03:2025"],
};

const FIX: &str = "Pin the image by digest and name the hosts that models may come from.";

pub(super) fn check(_ctx: &Context<'_>, object: &Object, out: &mut Out) {
    if object.kind != "ClusterStorageContainer" {
        return;
    }
    let spec = object.node.get("spec");
    let container = spec.and_then(|spec| spec.get("container"));
    if let Some(image) = container.and_then(|container| container.get("image"))
        && !image.text().unwrap_or_default().contains("@sha256:")
    {
        let message = format!(
            "{} runs an image that is not pinned by digest",
            object.title()
        );
        out.report(&META, Found::new(object, image.location(), message, FIX));
    }
    let formats = spec
        .and_then(|spec| spec.get("supportedUriFormats"))
        .map(Node::items);
    for format in formats.unwrap_or_default() {
        if let Some(regex) = format.get("regex")
            && regex.text().unwrap_or_default().contains("://(.+)")
        {
            let message = format!("{} takes any web address", object.title());
            out.report(&META, Found::new(object, regex.location(), message, FIX));
        }
    }
}
