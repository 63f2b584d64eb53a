//! The cluster that manifests are meant for: its version, and the pod security of its namespaces.

use seawall_base::{Confidence, Finding, RuleMeta, RuleStatus, Severity};

use crate::object::{Object, printable};
use crate::pod_security::{self, Level, Version};

/// What a cluster serves and enforces.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Target {
    /// The version of the cluster.
    pub version: Version,
    /// The level that namespaces without a label enforce; none where nobody asked.
    pub level: Option<Level>,
}

/// What is said about a pod that the Pod Security Standards refuse.
pub static POD_SECURITY: RuleMeta = RuleMeta {
    id: "pod-security",
    title: "A pod that its namespace will not admit",
    severity: Severity::High,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &["MS-M9017", "MS-TA9018"],
};

/// What is said about an object that the cluster does not serve.
pub static NOT_SERVED: RuleMeta = RuleMeta {
    id: "version-not-served",
    title: "An object of a version that the cluster does not serve",
    severity: Severity::Medium,
    confidence: Confidence::High,
    since: "0.1.0",
    status: RuleStatus::Stable,
    maps: &[],
};

/// A version of built-in kinds: the minor version of Kubernetes that brought it, and the one that
/// took it away.
struct Served {
    api_version: &'static str,
    kinds: &'static [&'static str],
    first: u16,
    removed: u16,
}

const NEVER: u16 = u16::MAX;

const fn served(
    api_version: &'static str,
    kinds: &'static [&'static str],
    first: u16,
    removed: u16,
) -> Served {
    Served {
        api_version,
        kinds,
        first,
        removed,
    }
}

/// From the deprecation guide and the release notes of Kubernetes. Versions that every supported
/// release serves are not listed.
const SERVED: &[Served] = &[
    served(
        "admissionregistration.k8s.io/v1",
        &["MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"],
        36,
        NEVER,
    ),
    served(
        "admissionregistration.k8s.io/v1",
        &[
            "ValidatingAdmissionPolicy",
            "ValidatingAdmissionPolicyBinding",
        ],
        30,
        NEVER,
    ),
    served(
        "admissionregistration.k8s.io/v1beta1",
        &[
            "MutatingWebhookConfiguration",
            "ValidatingWebhookConfiguration",
        ],
        9,
        22,
    ),
    served("apps/v1beta1", &[], 6, 16),
    served("apps/v1beta2", &[], 8, 16),
    served("autoscaling/v2beta1", &["HorizontalPodAutoscaler"], 8, 25),
    served("autoscaling/v2beta2", &["HorizontalPodAutoscaler"], 12, 26),
    served("batch/v1beta1", &["CronJob"], 8, 25),
    served("discovery.k8s.io/v1beta1", &["EndpointSlice"], 17, 25),
    served(
        "extensions/v1beta1",
        &[
            "Deployment",
            "DaemonSet",
            "ReplicaSet",
            "NetworkPolicy",
            "PodSecurityPolicy",
        ],
        1,
        16,
    ),
    served("extensions/v1beta1", &["Ingress"], 1, 22),
    served(
        "networking.k8s.io/v1",
        &["Ingress", "IngressClass"],
        19,
        NEVER,
    ),
    served(
        "networking.k8s.io/v1beta1",
        &["Ingress", "IngressClass"],
        14,
        22,
    ),
    served(
        "policy/v1beta1",
        &["PodDisruptionBudget", "PodSecurityPolicy"],
        5,
        25,
    ),
    served("rbac.authorization.k8s.io/v1beta1", &[], 6, 22),
    served("resource.k8s.io/v1", &[], 34, NEVER),
    served("resource.k8s.io/v1alpha2", &[], 27, 31),
    served("scheduling.k8s.io/v1beta1", &["PriorityClass"], 11, 22),
    served(
        "storage.k8s.io/v1beta1",
        &["CSIDriver", "CSINode", "StorageClass", "VolumeAttachment"],
        6,
        22,
    ),
];

/// What the target has against the objects.
#[must_use]
pub fn check_target(objects: &[Object], target: Target) -> Vec<Finding> {
    let mut findings = Vec::new();
    for object in objects {
        findings.extend(not_served(object, target.version));
        if let Some(level) = target.level {
            pods(objects, object, level, target.version, &mut findings);
        }
    }
    findings.sort();
    findings
}

fn not_served(object: &Object, version: Version) -> Option<Finding> {
    let own = SERVED.iter().find(|served| {
        let kind = object.kind.as_str();
        served.api_version == object.api_version
            && (served.kinds.is_empty() || served.kinds.contains(&kind))
    })?;
    let minor = version.minor();
    let why = if minor < own.first {
        format!("comes with 1.{}", own.first)
    } else if minor >= own.removed {
        format!("was removed with 1.{}", own.removed)
    } else {
        return None;
    };
    let node = object.node.get("apiVersion").unwrap_or(&object.node);
    let api_version = printable(&object.api_version);
    Some(Finding {
        path: object.path.to_string(),
        location: Some(node.location()),
        rule: NOT_SERVED.id,
        severity: NOT_SERVED.severity,
        confidence: NOT_SERVED.confidence,
        message: format!(
            "{} has the version `{api_version}`, which {why}",
            object.title()
        ),
        remediation: "Write the object in a version that the cluster serves.".to_owned(),
        maps: NOT_SERVED.maps,
    })
}

/// Judges the pods of an object by the level that its namespace enforces: its label, where the
/// namespace is in the set, else the level of the target.
fn pods(
    objects: &[Object],
    object: &Object,
    level: Level,
    version: Version,
    findings: &mut Vec<Finding>,
) {
    const PREFIX: &str = "pod-security.kubernetes.io/";
    let mut spaces = objects.iter().filter(|own| own.kind == "Namespace");
    let own = spaces.find(|own| own.name == object.namespace_key());
    let label = |name: &str| own?.metadata("labels", &format!("{PREFIX}{name}"));
    let level = label("enforce").and_then(Level::parse).unwrap_or(level);
    let labelled = label("enforce-version").and_then(Version::parse);
    let version = labelled.map_or(version, |labelled| labelled.min(version));
    for violation in pod_security::evaluate(object, level, version) {
        let (level, minor) = (level.name(), version.minor());
        findings.push(Finding {
            path: object.path.to_string(),
            location: Some(violation.location),
            rule: POD_SECURITY.id,
            severity: POD_SECURITY.severity,
            confidence: POD_SECURITY.confidence,
            message: format!(
                "{} is refused at the level {level} of 1.{minor}: {} ({})",
                object.title(),
                violation.reason,
                printable(&violation.detail)
            ),
            remediation: "Change the pod, or move it to a namespace for it; do not lower the level of a namespace with models.".to_owned(),
            maps: POD_SECURITY.maps,
        });
    }
}

#[cfg(test)]
mod tests {
    use seawall_base::Limits;

    use super::*;

    fn found(text: &str, version: &str, level: Option<Level>) -> Vec<(&'static str, String)> {
        let reading = crate::read("m.yaml", text.as_bytes(), &Limits::default());
        let version = Version::parse(version).unwrap();
        let findings = check_target(&reading.objects, Target { version, level });
        findings
            .into_iter()
            .map(|own| (own.rule, own.message))
            .collect()
    }

    #[test]
    fn a_version_is_served_from_one_release_to_another() {
        let job = "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: c}\n";
        assert!(found(job, "v1.24", None).is_empty());
        assert!(found(job, "v1.25", None)[0].1.contains("removed with 1.25"));
        let policy = "apiVersion: admissionregistration.k8s.io/v1\nkind: MutatingAdmissionPolicy\nmetadata: {name: p}\n";
        assert!(
            found(policy, "v1.35", None)[0]
                .1
                .contains("comes with 1.36")
        );
        assert!(found(policy, "v1.36", None).is_empty());
    }

    #[test]
    fn the_label_of_a_namespace_counts_before_the_level_that_was_asked_for() {
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: ml}\nspec: {hostPID: true, containers: [{name: c}]}\n";
        assert!(found(pod, "latest", None).is_empty());
        let refused = found(pod, "v1.30", Some(Level::Baseline));
        assert_eq!(refused.len(), 1);
        assert!(refused[0].1.contains("baseline of 1.30: host namespaces"));
        let open = format!(
            "{pod}---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: ml, labels: {{pod-security.kubernetes.io/enforce: privileged}}}}\n"
        );
        assert!(found(&open, "v1.30", Some(Level::Baseline)).is_empty());
    }
}
