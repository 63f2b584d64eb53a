//! A notebook, agent or training job may create pods or read secrets.
//!
//! ## What it detects
//!
//! Bindings that give the service account of an AI workload the right to create pods or AI jobs, to
//! execute in pods, or to read secrets, through a role of the set or the built-in `admin`, `edit`
//! and `cluster-admin`.
//!
//! ## Why it matters
//!
//! Code that a person, a model or a dependency brings into the workload acts with that account: it
//! becomes every other account of the namespace.
//!
//! ## What it misses
//!
//! Roles that are not in the set; rights that come with groups.
//!
//! ## Example
//!
//! ```yaml
//! roleRef: {kind: ClusterRole, name: edit}
//! subjects: [{kind: ServiceAccount, name: notebook}]
//! ```
//!
//! ## Remediation
//!
//! Give the workload an account of its own with only the verbs it needs, on named resources.
//!
//! ## References
//!
//! - AIK-NB-002, AIK-AG-002, AIK-ID-001
//! - <https://kubernetes.io/docs/concepts/security/rbac-good-practices/>

use seawall_base::{Confidence, RuleMeta, RuleStatus, Severity};
use seawall_config::yaml::Node;

use crate::context::{Context, Found, Out};
use crate::object::{Object, printable};
use crate::workload::Workload;

pub(super) static META: RuleMeta = RuleMeta {
    id: "workload-can-take-over",
    title: "A notebook, agent or training job may create pods or read secrets",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &[
        "MS-TA9016",
        "MS-TA9025",
        "AML.T0012",
        "LLM06:2025",
        "AIR-PREV-018",
    ],
};

const FIX: &str =
    "Give the workload an account of its own with only the verbs it needs, on named resources.";

pub(super) fn check(ctx: &Context<'_>, out: &mut Out) {
    for kind in ["RoleBinding", "ClusterRoleBinding"] {
        for binding in ctx.lookup.kind(kind) {
            check_binding(ctx, binding, out);
        }
    }
}

fn check_binding(ctx: &Context<'_>, binding: &Object, out: &mut Out) {
    let Some(power) = power(ctx, binding) else {
        return;
    };
    for subject in binding
        .node
        .get("subjects")
        .map(Node::items)
        .unwrap_or_default()
    {
        let account = subject.text_at(&["name"]).unwrap_or_default();
        let namespace = subject
            .text_at(&["namespace"])
            .unwrap_or_else(|| binding.namespace_key());
        if subject.text_at(&["kind"]) != Some("ServiceAccount") {
            continue;
        }
        let user = ctx.in_namespace(namespace).find(|workload| {
            workload.service_account() == account && acts_on_foreign_code(workload)
        });
        if let Some(user) = user {
            let message = format!(
                "{} lets {} {power} through the service account `{}`",
                binding.title(),
                user.object.title(),
                printable(account)
            );
            out.report(&META, Found::new(binding, subject.location(), message, FIX));
        }
    }
}

/// Notebooks, agents and whatever trains or serves: code from people, models and dependencies.
fn acts_on_foreign_code(workload: &Workload<'_>) -> bool {
    workload.is_ai()
        || workload.object.name.contains("agent")
        || workload.object.name.contains("notebook")
}

/// What the bound role can do that amounts to taking over the namespace.
fn power(ctx: &Context<'_>, binding: &Object) -> Option<&'static str> {
    let reference = binding.node.get("roleRef")?;
    let kind = reference.text_at(&["kind"])?;
    let name = reference.text_at(&["name"])?;
    if kind == "ClusterRole"
        && matches!(
            name,
            "cluster-admin" | "admin" | "edit" | "kubeflow-edit" | "kubeflow-admin"
        )
    {
        return Some("create pods and read secrets");
    }
    let namespace = if kind == "ClusterRole" {
        ""
    } else {
        binding.namespace_key()
    };
    let role = ctx.lookup.named(kind, namespace, name)?;
    role.node
        .get("rules")
        .map(Node::items)?
        .iter()
        .find_map(rule_power)
}

fn rule_power(rule: &Node) -> Option<&'static str> {
    let has = |key: &str, wanted: &[&str]| {
        let items = rule.get(key).map(Node::items).unwrap_or_default();
        items
            .iter()
            .filter_map(Node::text)
            .any(|text| text == "*" || wanted.contains(&text))
    };
    const CREATED: &[&str] = &[
        "pods",
        "deployments",
        "jobs",
        "inferenceservices",
        "rayjobs",
        "trainjobs",
        "notebooks",
        "workflows",
        "pytorchjobs",
    ];
    if has("resources", CREATED) && has("verbs", &["create", "patch", "update"]) {
        return Some("create pods");
    }
    if has("resources", &["pods/exec", "pods/attach"]) && has("verbs", &["create", "get"]) {
        return Some("execute commands in pods");
    }
    // A rule that names its secrets is a decision about those.
    if rule.get("resourceNames").is_none()
        && has("resources", &["secrets"])
        && has("verbs", &["get", "list", "watch"])
    {
        return Some("read secrets");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::count;

    #[test]
    fn named_secrets_are_a_decision() {
        let text = |names: &str| {
            format!(
                "apiVersion: kubeflow.org/v1\nkind: Notebook\nmetadata: {{name: nb, namespace: ml}}\nspec: {{template: {{spec: {{serviceAccountName: nb, containers: [{{name: nb, image: jupyter}}]}}}}}}\n---\n\
             apiVersion: v1\nkind: RoleBinding\nmetadata: {{name: b, namespace: ml}}\nroleRef: {{kind: Role, name: r}}\nsubjects: [{{kind: ServiceAccount, name: nb}}]\n---\n\
             apiVersion: v1\nkind: Role\nmetadata: {{name: r, namespace: ml}}\nrules: [{{resources: [secrets], verbs: [get]{names}}}]\n"
            )
        };
        assert_eq!(count(META.id, &text("")), 1);
        assert_eq!(count(META.id, &text(", resourceNames: [own]")), 0);
    }
}
