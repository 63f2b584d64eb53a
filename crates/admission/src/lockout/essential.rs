//! What a cluster must be able to do without any webhook: start, and be repaired.

use serde_json::{Value, json};

/// One request.
#[derive(Clone, Debug, PartialEq)]
pub struct Essential {
    /// What it is for, as a person says it.
    pub what: String,
    pub(super) group: &'static str,
    pub(super) version: &'static str,
    pub(super) resource: &'static str,
    pub(super) subresource: &'static str,
    pub(super) operation: &'static str,
    pub(super) namespace: Option<String>,
    pub(super) user: &'static str,
    pub(super) groups: &'static [&'static str],
    /// The labels of the object, as far as they are known.
    pub(super) labels: Value,
}

const NODES: &[&str] = &["system:nodes", "system:authenticated"];
const CONTROLLERS: &[&str] = &["system:serviceaccounts", "system:authenticated"];
const ADMINISTRATORS: &[&str] = &["system:masters", "system:authenticated"];

/// The requests of a cold start and of a repair, where `own` is the namespace of the webhooks' own
/// workloads.
#[must_use]
pub fn essentials(own: &[&str]) -> Vec<Essential> {
    let mut all = vec![
        at(
            "a node reports that it is alive",
            "coordination.k8s.io",
            "leases",
        )
        .doing("UPDATE")
        .within("kube-node-lease")
        .by("system:node:n1", NODES),
        at("a node joins", "", "nodes")
            .doing("CREATE")
            .by("system:node:n1", NODES),
        at("a node reports its state", "", "nodes")
            .part("status")
            .doing("UPDATE")
            .by("system:node:n1", NODES),
        at("a node reports a pod's state", "", "pods")
            .part("status")
            .doing("UPDATE")
            .within("kube-system")
            .by("system:node:n1", NODES),
        at(
            "leaders of the control plane are elected",
            "coordination.k8s.io",
            "leases",
        )
        .doing("UPDATE")
        .within("kube-system")
        .by("system:kube-controller-manager", &["system:authenticated"]),
        at("names are resolved again (cluster DNS pods)", "", "pods")
            .doing("CREATE")
            .within("kube-system")
            .by(
                "system:serviceaccount:kube-system:replicaset-controller",
                CONTROLLERS,
            ),
        at("the network comes up (a daemon set's pods)", "", "pods")
            .doing("CREATE")
            .within("kube-system")
            .by(
                "system:serviceaccount:kube-system:daemon-set-controller",
                CONTROLLERS,
            ),
        at("a pod of the system is placed", "", "pods")
            .part("binding")
            .doing("CREATE")
            .within("kube-system")
            .by("system:kube-scheduler", &["system:authenticated"]),
        at("events are written", "", "events")
            .doing("CREATE")
            .within("kube-system")
            .by("system:kube-controller-manager", &["system:authenticated"]),
        at(
            "tokens are checked",
            "authentication.k8s.io",
            "tokenreviews",
        )
        .doing("CREATE")
        .by("system:node:n1", NODES),
        at(
            "rights are checked",
            "authorization.k8s.io",
            "subjectaccessreviews",
        )
        .doing("CREATE")
        .by("system:node:n1", NODES),
        at(
            "an aggregated API is registered",
            "apiregistration.k8s.io",
            "apiservices",
        )
        .doing("UPDATE")
        .by("system:apiserver", ADMINISTRATORS),
        at(
            "the server repairs its own roles",
            "rbac.authorization.k8s.io",
            "clusterroles",
        )
        .doing("UPDATE")
        .by("system:apiserver", ADMINISTRATORS),
        at("an administrator makes a namespace", "", "namespaces")
            .doing("CREATE")
            .by("administrator", ADMINISTRATORS),
        at(
            "an administrator changes a deployment of the system",
            "apps",
            "deployments",
        )
        .doing("UPDATE")
        .within("kube-system")
        .by("administrator", ADMINISTRATORS),
    ];
    for namespace in own {
        for (what, group, resource, user) in [
            ("its pods start again", "", "pods", "replicaset-controller"),
            (
                "its replica sets are made",
                "apps",
                "replicasets",
                "deployment-controller",
            ),
        ] {
            let user = match user {
                "replicaset-controller" => {
                    "system:serviceaccount:kube-system:replicaset-controller"
                }
                _ => "system:serviceaccount:kube-system:deployment-controller",
            };
            all.push(
                at(&format!("{what} in {namespace}"), group, resource)
                    .doing("CREATE")
                    .within(namespace)
                    .by(user, CONTROLLERS),
            );
        }
        all.push(
            at(
                &format!("an administrator repairs its deployment in {namespace}"),
                "apps",
                "deployments",
            )
            .doing("UPDATE")
            .within(namespace)
            .by("administrator", ADMINISTRATORS),
        );
    }
    all
}

fn at(what: &str, group: &'static str, resource: &'static str) -> Essential {
    Essential {
        what: what.to_owned(),
        group,
        version: "v1",
        resource,
        subresource: "",
        operation: "CREATE",
        namespace: None,
        user: "",
        groups: &[],
        labels: json!({}),
    }
}

impl Essential {
    fn doing(self, operation: &'static str) -> Self {
        Self { operation, ..self }
    }

    fn part(self, subresource: &'static str) -> Self {
        Self {
            subresource,
            ..self
        }
    }

    fn within(self, namespace: &str) -> Self {
        let namespace = Some(namespace.to_owned());
        Self { namespace, ..self }
    }

    fn by(self, user: &'static str, groups: &'static [&'static str]) -> Self {
        Self {
            user,
            groups,
            ..self
        }
    }

    /// The request as match conditions see it.
    pub(super) fn request(&self) -> Value {
        json!({
            "uid": "proof",
            "kind": { "group": self.group, "version": self.version, "kind": "" },
            "resource": { "group": self.group, "version": self.version, "resource": self.resource },
            "subResource": self.subresource,
            "requestResource":
                { "group": self.group, "version": self.version, "resource": self.resource },
            "name": "",
            "namespace": self.namespace.as_deref().unwrap_or_default(),
            "operation": self.operation,
            "userInfo": { "username": self.user, "groups": self.groups, "uid": "", "extra": {} },
            "dryRun": false,
        })
    }
}
