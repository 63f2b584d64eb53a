//! A resource claim asks for administrative access to devices.
//!
//! ## What it detects
//!
//! `adminAccess: true` in a `ResourceClaim` or `ResourceClaimTemplate`.
//!
//! ## Why it matters
//!
//! The claim gives access to devices that others use, their memory included.
//!
//! ## What it misses
//!
//! Whether the namespace is labelled for it, where the label is not in the set.
//!
//! ## Example
//!
//! ```yaml
//! devices: {requests: [{name: gpu, exactly: {adminAccess: true}}]}
//! ```
//!
//! ## Remediation
//!
//! Remove `adminAccess`; monitoring agents that need it belong into a namespace labelled for it.
//!
//! ## References
//!
//! - AIK-GP-007
//! - <https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use seawall_config::yaml::Node;

use crate::context::{Context, Found, Out};
use crate::object::Object;

pub(super) static META: RuleMeta = RuleMeta {
    id: "dra-admin-access",
    title: "A resource claim asks for administrative access to devices",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0105", "MS-TA9018"],
};

const FIX: &str =
    "Remove `adminAccess`; monitoring agents that need it belong into a namespace labelled for it.";

pub(super) fn check(_ctx: &Context<'_>, object: &Object, out: &mut Out) {
    let spec = match object.kind.as_str() {
        "ResourceClaim" => object.node.get("spec"),
        "ResourceClaimTemplate" => object.node.at(&["spec", "spec"]),
        _ => None,
    };
    let requests = spec
        .and_then(|spec| spec.at(&["devices", "requests"]))
        .map(Node::items);
    for request in requests.unwrap_or_default() {
        let direct = request.get("adminAccess");
        let access = request.at(&["exactly", "adminAccess"]).or(direct);
        if let Some(node) = access.filter(|node| node.as_bool() == Some(true)) {
            let message = format!(
                "{} asks for administrative access to devices",
                object.title()
            );
            out.report(&META, Found::new(object, node.location(), message, FIX));
        }
    }
}
