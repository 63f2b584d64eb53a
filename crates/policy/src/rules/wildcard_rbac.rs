//! A role with wildcards.
//!
//! ## What it detects
//!
//! Roles whose rules allow any verb on any resource, and bindings of `cluster-admin` to service
//! accounts.
//!
//! ## Why it matters
//!
//! Whoever holds the role owns the cluster or the namespace, and every kind that is added later.
//!
//! ## What it misses
//!
//! Long lists of verbs and resources that amount to the same.
//!
//! ## Example
//!
//! ```yaml
//! rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]
//! ```
//!
//! ## Remediation
//!
//! Name the API groups, resources and verbs that are needed.
//!
//! ## References
//!
//! - AIK-AG-002
//! - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use seawall_config::yaml::Node;

use crate::context::{Context, Found, Out};
use crate::object::Object;

pub(super) static META: RuleMeta = RuleMeta {
    id: "wildcard-rbac",
    title: "A role with wildcards",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-TA9019", "MS-M9003", "LLM06:2025"],
};

const FIX: &str = "Name the API groups, resources and verbs that are needed.";

pub(super) fn check(_ctx: &Context<'_>, object: &Object, out: &mut Out) {
    match object.kind.as_str() {
        "Role" | "ClusterRole" => {
            for rule in object
                .node
                .get("rules")
                .map(Node::items)
                .unwrap_or_default()
            {
                let any = |key: &str| {
                    let items = rule.get(key).map(Node::items).unwrap_or_default();
                    items.iter().any(|item| item.text() == Some("*"))
                };
                if any("resources") && any("verbs") {
                    let message = format!("{} allows any verb on any resource", object.title());
                    out.report(&META, Found::new(object, rule.location(), message, FIX));
                }
            }
        }
        "RoleBinding" | "ClusterRoleBinding" => {
            let role = object.node.at(&["roleRef", "name"]);
            let subjects = object
                .node
                .get("subjects")
                .map(Node::items)
                .unwrap_or_default();
            let account = subjects
                .iter()
                .any(|subject| subject.text_at(&["kind"]) == Some("ServiceAccount"));
            if let Some(role) = role.filter(|role| account && role.text() == Some("cluster-admin"))
            {
                let message = format!(
                    "{} makes a service account an administrator",
                    object.title()
                );
                out.report(&META, Found::new(object, role.location(), message, FIX));
            }
        }
        _ => {}
    }
}
