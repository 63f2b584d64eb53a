//! What the service account of a workload may do to other workloads, from roles and bindings.

use std::collections::BTreeMap;

use seawall_base::Location;
use seawall_config::yaml::Node;
use seawall_policy::Object;

use crate::observation::Power;

/// Powers of an account, each with the role that gives it.
pub(super) struct Accounts<'a> {
    /// By namespace and name of the account.
    powers: BTreeMap<(String, String), Vec<Power>>,
    /// By namespace of the accounts; the empty one is every namespace.
    groups: BTreeMap<String, Vec<Power>>,
    accounts: BTreeMap<(&'a str, &'a str), &'a Object>,
}

/// What the default roles of Kubernetes allow, as far as it matters here.
const BUILT_IN: &[(&str, &[&str])] = &[
    ("admin", &["exec", "impersonate", "pods", "secrets"]),
    ("cluster-admin", &["wildcard"]),
    ("edit", &["exec", "impersonate", "pods", "secrets"]),
    ("kubeflow-admin", &["exec", "pods", "secrets"]),
    ("kubeflow-edit", &["exec", "pods", "secrets"]),
];

/// Resources whose creation starts pods.
const PODS: &[&str] = &[
    "cronjobs",
    "daemonsets",
    "deployments",
    "inferenceservices",
    "jobs",
    "notebooks",
    "pods",
    "pytorchjobs",
    "rayclusters",
    "rayjobs",
    "replicasets",
    "statefulsets",
    "trainjobs",
    "workflows",
];

impl<'a> Accounts<'a> {
    pub(super) fn new(objects: &'a [Object]) -> Self {
        let mut found = Self {
            powers: BTreeMap::new(),
            groups: BTreeMap::new(),
            accounts: BTreeMap::new(),
        };
        let mut roles: BTreeMap<(&str, &str, &str), &Object> = BTreeMap::new();
        for object in objects {
            let key = (object.namespace_key(), object.name.as_str());
            match object.kind.as_str() {
                "Role" => roles.insert(("Role", key.0, key.1), object),
                "ClusterRole" => roles.insert(("ClusterRole", "", key.1), object),
                "ServiceAccount" => found.accounts.insert(key, object),
                _ => None,
            };
        }
        for binding in objects {
            if matches!(binding.kind.as_str(), "RoleBinding" | "ClusterRoleBinding") {
                found.bind(binding, &roles);
            }
        }
        found
    }

    /// The powers of a pod; none where no token of its account is mounted.
    pub(super) fn powers(&self, namespace: &str, account: &str, pod: &Node) -> Vec<Power> {
        let mounts = |node: &Node| node.get("automountServiceAccountToken")?.as_bool();
        let own = self.accounts.get(&(namespace, account));
        let is_mounted = mounts(pod).or_else(|| mounts(&own?.node)).unwrap_or(true);
        if !is_mounted {
            return Vec::new();
        }
        let key = (namespace.to_owned(), account.to_owned());
        let groups = [namespace, ""].map(|group| self.groups.get(group));
        let lists = groups.into_iter().chain([self.powers.get(&key)]).flatten();
        lists.flatten().cloned().collect()
    }

    fn bind(&mut self, binding: &Object, roles: &BTreeMap<(&str, &str, &str), &Object>) {
        let powers = powers_of(binding, roles);
        let subjects = binding.node.get("subjects").map(Node::items);
        for subject in subjects.unwrap_or_default() {
            let name = subject.text_at(&["name"]).unwrap_or_default();
            let namespace = subject
                .text_at(&["namespace"])
                .unwrap_or_else(|| binding.namespace_key());
            let list = match subject.text_at(&["kind"]) {
                Some("ServiceAccount") => {
                    let key = (namespace.to_owned(), name.to_owned());
                    self.powers.entry(key).or_default()
                }
                Some("Group") => match group(name) {
                    Some(group) => self.groups.entry(group.to_owned()).or_default(),
                    None => continue,
                },
                _ => continue,
            };
            list.extend(powers.iter().cloned());
        }
    }
}

/// The namespace whose accounts a group holds, empty for all.
fn group(name: &str) -> Option<&str> {
    match name {
        "system:authenticated" | "system:serviceaccounts" => Some(""),
        _ => name.strip_prefix("system:serviceaccounts:"),
    }
}

fn powers_of(binding: &Object, roles: &BTreeMap<(&str, &str, &str), &Object>) -> Vec<Power> {
    let Some(reference) = binding.node.get("roleRef") else {
        return Vec::new();
    };
    let kind = reference.text_at(&["kind"]).unwrap_or_default();
    let name = reference.text_at(&["name"]).unwrap_or_default();
    let is_wide = binding.kind == "ClusterRoleBinding";
    let scope = if is_wide {
        None
    } else {
        Some(binding.namespace_key().to_owned())
    };
    let power = |word, object: &Object, place: Location| Power {
        word,
        scope: scope.clone(),
        role: name.to_owned(),
        path: object.path.to_string(),
        location: Some(place),
    };
    let namespace = if kind == "Role" {
        binding.namespace_key()
    } else {
        ""
    };
    if let Some(role) = roles.get(&(kind, namespace, name)) {
        let rules = role.node.get("rules").map(Node::items).unwrap_or_default();
        let words = rules.iter().flat_map(|rule| {
            let words = words(rule).into_iter();
            words.map(move |word| (word, rule.location()))
        });
        return words
            .map(|(word, place)| power(word, role, place))
            .collect();
    }
    let built_in = BUILT_IN
        .iter()
        .find(|(own, _)| kind == "ClusterRole" && *own == name);
    let words = built_in.map(|(_, words)| *words).unwrap_or_default();
    words
        .iter()
        .map(|word| power(word, binding, reference.location()))
        .collect()
}

/// What one rule of a role amounts to.
fn words(rule: &Node) -> Vec<&'static str> {
    let has = |key: &str, wanted: &[&str]| {
        let items = rule.get(key).map(Node::items).unwrap_or_default();
        let mut texts = items.iter().filter_map(Node::text);
        texts.any(|text| text == "*" || wanted.contains(&text))
    };
    let core = has("apiGroups", &[""]);
    // A rule that names its objects is a decision about those.
    let is_named = rule
        .get("resourceNames")
        .is_some_and(|names| !names.items().is_empty());
    let is_any = |key: &str| has(key, &[]);
    let grants = has("verbs", &["bind", "escalate"])
        && has(
            "resources",
            &[
                "clusterroles",
                "roles",
                "clusterrolebindings",
                "rolebindings",
            ],
        );
    if core && is_any("resources") && is_any("verbs") || grants && !is_named {
        return vec!["wildcard"];
    }
    if is_named {
        return Vec::new();
    }
    let found = [
        (
            "exec",
            core && has(
                "resources",
                &["pods/exec", "pods/attach", "pods/ephemeralcontainers"],
            ) && has("verbs", &["create", "get", "patch", "update"]),
        ),
        (
            "impersonate",
            has("verbs", &["impersonate"])
                && has("resources", &["users", "groups", "serviceaccounts"]),
        ),
        (
            "pods",
            has("resources", PODS) && has("verbs", &["create", "patch", "update"]),
        ),
        (
            "secrets",
            core && has("resources", &["secrets"]) && has("verbs", &["get", "list", "watch"]),
        ),
    ];
    found
        .into_iter()
        .filter(|(_, holds)| *holds)
        .map(|(word, _)| word)
        .collect()
}
