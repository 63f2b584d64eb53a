//! A Ray cluster without authentication.
//!
//! ## What it detects
//!
//! A `RayCluster`, `RayJob` or `RayService` whose `authOptions.mode` is not `token` and which does
//! not use Kubernetes tokens.
//!
//! ## Why it matters
//!
//! Every pod that reaches the head submits jobs, which run as the Ray service account.
//!
//! ## What it misses
//!
//! Meshes that authenticate in front of the head.
//!
//! ## Example
//!
//! ```yaml
//! kind: RayCluster
//! spec: {rayVersion: "2.53.0"}
//! ```
//!
//! ## Remediation
//!
//! Set `authOptions: {mode: token}` (Ray 2.52 and later) and allow the head's ports only to the
//! cluster's own pods.
//!
//! ## References
//!
//! - AIK-RY-002
//! - <https://docs.ray.io/en/latest/ray-security/index.html>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use seawall_config::yaml::Node;

use crate::context::{Context, Found, Out};
use crate::object::Object;

pub(super) static META: RuleMeta = RuleMeta {
    id: "ray-without-authentication",
    title: "A Ray cluster without authentication",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["AML.T0049", "MS-TA9034", "LLM03:2025"],
};

const FIX: &str = "Set `authOptions: {mode: token}` (Ray 2.52 and later) and allow the head's ports only to the cluster's own pods.";

use super::ray_dashboard_exposed::ray_clusters;

pub(super) fn check(_ctx: &Context<'_>, object: &Object, out: &mut Out) {
    for spec in ray_clusters(object) {
        let options = spec.get("authOptions");
        let token = options.and_then(|options| options.text_at(&["mode"])) == Some("token");
        let kubernetes = options
            .and_then(|options| options.get("enableK8sTokenAuth"))
            .and_then(Node::as_bool)
            == Some(true);
        if !token && !kubernetes {
            let location = options.unwrap_or(spec).location();
            let message = format!(
                "{} takes jobs from whoever reaches its head",
                object.title()
            );
            out.report(&META, Found::new(object, location, message, FIX));
        }
    }
}
