//! The configurations that register the webhook, made so that it cannot lock out the cluster or
//! itself.
//!
//! Excluded are `kube-system`, `kube-node-lease` and the webhook's own namespace, by the label that
//! the API server sets and nobody can change, and whatever nodes do. RBAC objects are left out: the
//! API server reconciles its own wildcard roles through admission when it starts.

/// Where the API server reaches the webhook.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Endpoint {
    /// A Service of the cluster.
    Service {
        /// Its namespace, which is excluded.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// An address outside the cluster.
    Url(String),
}

/// API groups and the resources in them that carry pods, models or network policy.
const RULES: &[(&str, &[&str])] = &[
    (
        "",
        &[
            "pods",
            "pods/ephemeralcontainers",
            "pods/resize",
            "replicationcontrollers",
        ],
    ),
    ("agents.x-k8s.io", &["*"]),
    (
        "apps",
        &["deployments", "daemonsets", "replicasets", "statefulsets"],
    ),
    (
        "argoproj.io",
        &[
            "workflows",
            "workflowtemplates",
            "clusterworkflowtemplates",
            "cronworkflows",
        ],
    ),
    ("batch", &["jobs", "cronjobs"]),
    ("jobset.x-k8s.io", &["jobsets"]),
    ("kubeflow.org", &["*"]),
    ("leaderworkerset.x-k8s.io", &["leaderworkersets"]),
    ("machinelearning.seldon.io", &["*"]),
    ("networking.k8s.io", &["networkpolicies"]),
    ("ray.io", &["*"]),
    (
        "resource.k8s.io",
        &["resourceclaims", "resourceclaimtemplates"],
    ),
    ("serving.knative.dev", &["services", "configurations"]),
    ("serving.kserve.io", &["*"]),
    ("trainer.kubeflow.org", &["*"]),
];

/// Resources whose new objects may be put behind the gate.
const GATED: &[(&str, &[&str])] = &[
    ("", &["pods"]),
    ("batch", &["jobs"]),
    ("jobset.x-k8s.io", &["jobsets"]),
    ("ray.io", &["rayclusters", "rayjobs"]),
    ("trainer.kubeflow.org", &["trainjobs"]),
];

/// Whether the webhook is asked about objects of this resource.
#[must_use]
pub fn asks(group: &str, resource: &str) -> bool {
    RULES.iter().any(|(known, resources)| {
        *known == group
            && resources
                .iter()
                .any(|name| *name == "*" || *name == resource)
    })
}

/// Renders both configurations: the one that may hold new objects back, and the one that decides.
#[must_use]
pub fn render(endpoint: &Endpoint, ca_bundle: &str) -> String {
    let validating = Hook {
        kind: "ValidatingWebhookConfiguration",
        name: "validate.seawall.dev",
        path: "validate",
        operations: "CREATE, UPDATE",
        rules: RULES,
        more: "",
    };
    let mutating = Hook {
        kind: "MutatingWebhookConfiguration",
        name: "hold.seawall.dev",
        path: "mutate",
        operations: "CREATE",
        rules: GATED,
        // What a later webhook adds may have to be held too; ours changes nothing twice.
        more: "  reinvocationPolicy: IfNeeded\n",
    };
    let hooks = [mutating, validating].map(|hook| hook.render(endpoint, ca_bundle));
    hooks.join("---\n")
}

/// One webhook configuration.
struct Hook {
    kind: &'static str,
    name: &'static str,
    path: &'static str,
    operations: &'static str,
    rules: &'static [(&'static str, &'static [&'static str])],
    more: &'static str,
}

impl Hook {
    fn render(&self, endpoint: &Endpoint, ca_bundle: &str) -> String {
        let Self {
            kind,
            name,
            path,
            operations,
            more,
            ..
        } = self;
        let (client, own_namespace) = match endpoint {
            Endpoint::Service { namespace, name } => (
                format!(
                    "    service: {{namespace: \"{namespace}\", name: \"{name}\", path: /{path}, port: 443}}\n"
                ),
                Some(namespace.as_str()),
            ),
            Endpoint::Url(url) => (format!("    url: \"{url}/{path}\"\n"), None),
        };
        let mut excluded = vec!["kube-system", "kube-node-lease"];
        excluded.extend(own_namespace.filter(|name| !excluded.contains(name)));
        let excluded = excluded.join(", ");
        let mut rules = String::new();
        for (group, resources) in self.rules {
            let resources: Vec<String> =
                resources.iter().map(|name| format!("\"{name}\"")).collect();
            rules.push_str(&format!(
                "  - {{apiGroups: [\"{group}\"], apiVersions: [\"*\"], operations: [{operations}], resources: [{}]}}\n",
                resources.join(", ")
            ));
        }
        format!(
            "apiVersion: admissionregistration.k8s.io/v1\n\
             kind: {kind}\n\
             metadata:\n  name: seawall\n\
             webhooks:\n\
             - name: {name}\n  \
               admissionReviewVersions: [v1]\n  \
               failurePolicy: Fail\n  \
               matchPolicy: Equivalent\n  \
               sideEffects: NoneOnDryRun\n  \
               timeoutSeconds: 5\n\
             {more}  \
               clientConfig:\n{client}    caBundle: {ca_bundle}\n  \
               namespaceSelector:\n    \
                 matchExpressions:\n    \
                 - {{key: kubernetes.io/metadata.name, operator: NotIn, values: [{excluded}]}}\n  \
               matchConditions:\n  \
               - {{name: not-nodes, expression: \"!('system:nodes' in request.userInfo.groups)\"}}\n  \
               rules:\n{rules}"
        )
    }
}

#[cfg(test)]
mod tests {
    use seawall_config::yaml::{Node, YamlLimits, parse};

    use super::*;

    #[test]
    fn the_webhook_excludes_itself_and_the_system() {
        let endpoint = Endpoint::Service {
            namespace: "seawall-system".into(),
            name: "admission".into(),
        };
        let text = render(&endpoint, "QUJD");
        let parsed = parse(text.as_bytes(), &YamlLimits::default());
        assert!(parsed.flaws.is_empty(), "{:?}\n{text}", parsed.flaws);
        assert_eq!(parsed.documents.len(), 2);
        let webhook = &parsed.documents[1].get("webhooks").unwrap().items()[0];
        let expression = &webhook
            .at(&["namespaceSelector", "matchExpressions"])
            .unwrap()
            .items()[0];
        assert_eq!(
            expression.text_at(&["key"]),
            Some("kubernetes.io/metadata.name")
        );
        let values: Vec<_> = expression
            .get("values")
            .unwrap()
            .items()
            .iter()
            .filter_map(Node::text)
            .collect();
        assert_eq!(values, ["kube-system", "kube-node-lease", "seawall-system"]);
        assert_eq!(webhook.text_at(&["clientConfig", "caBundle"]), Some("QUJD"));
        let rules = webhook.get("rules").unwrap().items();
        assert_eq!(rules.len(), RULES.len());
        assert!(!text.contains("rbac"));
    }

    #[test]
    fn an_address_takes_the_place_of_a_service() {
        let text = render(&Endpoint::Url("https://10.0.0.1:8443".into()), "QUJD");
        assert!(
            text.contains("url: \"https://10.0.0.1:8443/validate\""),
            "{text}"
        );
    }
}
