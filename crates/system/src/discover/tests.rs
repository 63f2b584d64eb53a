//! What is discovered, and what it says of controls.

use seawall_base::Limits;
use seawall_catalog::Relation;

use super::*;
use crate::{Facts, Origin, Way, drift, read, support};

const MANIFESTS: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: bot, namespace: desk}
spec:
  selector: {matchLabels: {app: bot}}
  template:
    metadata: {labels: {app: bot}}
    spec:
      containers:
        - name: bot
          image: registry.example/bot:1
          securityContext: {privileged: true}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: stranger, namespace: desk}
spec:
  selector: {matchLabels: {app: s}}
  template:
    metadata: {labels: {app: s}}
    spec: {containers: [{name: s, image: registry.example/s:1}]}
";

const SYSTEM: &str = "\
schema: seawall.system/v1
name: desk
currency: EUR
assets: [{id: files, kind: personal-data}]
components:
  - {id: bot, kind: agent, holds: [files], workload: Deployment/desk/bot}
  - {id: gone, kind: agent, workload: Deployment/desk/gone}
actors: [{id: anyone, position: outsider, campaigns: [1, 2]}]
losses: [{id: leak, asset: files, effect: confidentiality, range: [1, 2]}]
";

#[test]
fn weaknesses_of_manifests_become_facts_and_differences_drift() {
    let limits = Limits::default();
    let reading = seawall_policy::read("k8s/all.yaml", MANIFESTS.as_bytes(), &limits);
    let (findings, _) = seawall_policy::check(&reading.objects, &limits);
    let seen = discover(&reading.objects, &findings);
    assert_eq!(seen.workloads.len(), 2);
    let (system, problems) = read("seawall.yaml", SYSTEM.as_bytes());
    let system = system.unwrap_or_else(|| panic!("{problems:?}"));
    let facts = Facts::new(&system, &seen);
    let privileged = ["bot".to_owned(), "privileged".to_owned()];
    let fact = facts.find(Relation::Weak, &privileged).unwrap();
    assert_eq!(fact.origin, Origin::Discovered);
    assert_eq!(
        (fact.path.as_str(), fact.location.unwrap().line),
        ("k8s/all.yaml", 12)
    );
    let drift = drift(&system, &seen);
    let subjects: Vec<&str> = drift.iter().map(|item| item.subject.as_str()).collect();
    assert_eq!(subjects, ["Deployment/desk/stranger", "gone"]);
}

#[test]
fn every_rule_that_is_named_exists() {
    for (rule, word) in WEAKNESSES {
        let known = seawall_policy::RULES.iter().any(|own| own.meta.id == *rule);
        assert!(known, "{rule}");
        assert!(crate::vocabulary::WEAKNESSES.contains(word), "{word}");
    }
}

fn observe(text: &str) -> Observation {
    let limits = Limits::default();
    let reading = seawall_policy::read("k8s/all.yaml", text.as_bytes(), &limits);
    let (findings, _) = seawall_policy::check(&reading.objects, &limits);
    discover(&reading.objects, &findings)
}

fn desk(controls: &str) -> crate::System {
    let text = format!(
        "{SYSTEM}flows: [{{id: out, from: bot, to: gone, carries: [requests]}}]\ncontrols:\n{controls}"
    );
    let (system, problems) = read("seawall.yaml", text.as_bytes());
    system.unwrap_or_else(|| panic!("{problems:?}"))
}

fn share(text: &str, control: &str, site: &str, way: Way) -> Option<f64> {
    let system = desk(&format!(
        "  - {{id: c, kind: {control}, stands-at: [bot, out]}}\n"
    ));
    support(&system, &observe(text), &system.controls[0], site, way).share
}

fn policy(name: &str, spec: &str) -> String {
    format!(
        "{MANIFESTS}---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n\
         metadata: {{name: {name}, namespace: desk}}\nspec: {spec}\n"
    )
}

#[test]
fn open_egress_takes_an_egress_control_away() {
    let deny = "{podSelector: {}, policyTypes: [Ingress, Egress]}";
    let closed = policy("deny", deny);
    for site in ["bot", "out"] {
        assert_eq!(
            share(&closed, "egress-allow-list", site, Way::In),
            Some(1.0),
            "{site}"
        );
        assert_eq!(
            share(MANIFESTS, "egress-allow-list", site, Way::In),
            Some(0.0),
            "{site}"
        );
    }
    for open in [
        "[{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]",
        "[{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [169.254.169.254/32]}}]}]",
        "[{}]",
        "[{ports: [{port: 443}]}]",
    ] {
        let spec = format!(
            "{{podSelector: {{matchLabels: {{app: bot}}}}, policyTypes: [Egress], egress: {open}}}"
        );
        let text = policy("open", &spec);
        assert_eq!(
            share(&text, "egress-allow-list", "bot", Way::In),
            Some(0.0),
            "{open}"
        );
    }
    let names =
        "{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 53, protocol: UDP}]}]}";
    let names = policy("names", names);
    assert_eq!(
        share(&names, "egress-allow-list", "bot", Way::In),
        Some(1.0)
    );
}

#[test]
fn network_policies_count_by_direction_and_selector() {
    let others = "{podSelector: {matchLabels: {app: other}}, policyTypes: [Ingress]}";
    assert_eq!(
        share(&policy("p", others), "network-policy", "bot", Way::In),
        Some(0.0)
    );
    let inward = "{podSelector: {matchExpressions: [{key: app, operator: In, values: [bot, x]}]}}";
    let inward = policy("p", inward);
    assert_eq!(share(&inward, "network-policy", "bot", Way::In), Some(1.0));
    assert_eq!(share(&inward, "network-policy", "bot", Way::Out), Some(0.0));
    let anyone = "{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}";
    assert_eq!(
        share(&policy("p", anyone), "network-policy", "bot", Way::In),
        Some(0.0)
    );
    let foreign = format!(
        "{MANIFESTS}---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {{name: c, namespace: desk}}\nspec: {{}}\n"
    );
    assert_eq!(share(&foreign, "network-policy", "bot", Way::In), None);
}

#[test]
fn profiles_pins_and_admission_count_as_manifests_show_them() {
    assert_eq!(share(MANIFESTS, "pod-security", "bot", Way::In), Some(0.0));
    assert_eq!(
        share(MANIFESTS, "artifact-pinning", "bot", Way::In),
        Some(0.0)
    );
    assert_eq!(
        share(MANIFESTS, "admission-policy", "bot", Way::In),
        Some(0.0)
    );
    let digest = format!("bot@sha256:{}", "a".repeat(64));
    let pinned = MANIFESTS.replace("bot:1", &digest);
    assert_eq!(
        share(&pinned, "artifact-pinning", "bot", Way::In),
        Some(1.0)
    );
    let binding = format!(
        "{MANIFESTS}---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {{name: b}}\nspec: {{policyName: p}}\n"
    );
    assert_eq!(
        share(&binding, "admission-policy", "bot", Way::In),
        Some(1.0)
    );
    // Nothing that manifests could show.
    assert_eq!(share(MANIFESTS, "human-review", "bot", Way::In), None);
    assert_eq!(share(MANIFESTS, "model-signature", "bot", Way::In), None);
}

fn bound(role: &str, binding: &str) -> String {
    format!(
        "{}---\napiVersion: rbac.authorization.k8s.io/v1\n{role}---\napiVersion: rbac.authorization.k8s.io/v1\n{binding}",
        MANIFESTS.replace(
            "spec:\n      containers:",
            "spec:\n      serviceAccountName: bot\n      containers:"
        )
    )
}

#[test]
fn powers_of_an_account_reach_its_component() {
    let role = |rule: &str| format!("kind: ClusterRole\nmetadata: {{name: r}}\nrules: [{rule}]\n");
    let binding = "kind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef: {kind: ClusterRole, name: r}\nsubjects: [{kind: ServiceAccount, name: bot, namespace: desk}]\n";
    let words = |rule: &str| -> Vec<&'static str> {
        let seen = observe(&bound(&role(rule), binding));
        let bot = seen
            .workloads
            .iter()
            .find(|item| item.reference.name == "bot");
        bot.unwrap().powers.iter().map(|power| power.word).collect()
    };
    for (rule, expected) in [
        (
            "{apiGroups: [\"*\"], resources: [\"*\"], verbs: [\"*\"]}",
            vec!["wildcard"],
        ),
        (
            "{apiGroups: [\"\"], resources: [secrets], verbs: [list]}",
            vec!["secrets"],
        ),
        (
            "{apiGroups: [\"\"], resources: [secrets], verbs: [\"*\"]}",
            vec!["secrets"],
        ),
        (
            "{apiGroups: [\"\"], resources: [pods/exec], verbs: [create]}",
            vec!["exec"],
        ),
        (
            "{apiGroups: [\"\"], resources: [serviceaccounts], verbs: [impersonate]}",
            vec!["impersonate"],
        ),
        (
            "{apiGroups: [apps], resources: [deployments], verbs: [patch]}",
            vec!["pods"],
        ),
        (
            "{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [escalate]}",
            vec!["wildcard"],
        ),
        (
            "{apiGroups: [\"\"], resources: [secrets], verbs: [get], resourceNames: [own]}",
            vec![],
        ),
        (
            "{apiGroups: [\"\"], resources: [configmaps], verbs: [get]}",
            vec![],
        ),
    ] {
        assert_eq!(words(rule), expected, "{rule}");
    }
    let text = bound(
        &role("{apiGroups: [\"\"], resources: [secrets], verbs: [list]}"),
        binding,
    );
    let system = desk("  []\n").clone();
    let facts = Facts::new(&system, &observe(&text));
    let may = |scope: &str| ["bot", "secrets", scope].map(str::to_owned);
    assert!(facts.find(Relation::May, &may("cluster")).is_some());
    assert!(facts.find(Relation::May, &may("desk")).is_some());
    let unmounted = text.replace(
        "serviceAccountName: bot",
        "serviceAccountName: bot\n      automountServiceAccountToken: false",
    );
    assert!(
        observe(&unmounted)
            .workloads
            .iter()
            .all(|item| item.powers.is_empty())
    );
}

#[test]
fn a_load_balancer_exposes_what_no_policy_closes() {
    let service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: desk}\nspec: {type: LoadBalancer, selector: {app: bot}}\n";
    let exposed = |text: &str| {
        let seen = observe(text);
        let bot = seen
            .workloads
            .iter()
            .find(|item| item.reference.name == "bot");
        bot.unwrap().exposed.is_some()
    };
    assert!(!exposed(MANIFESTS));
    assert!(exposed(&format!("{MANIFESTS}{service}")));
    let closed = policy("deny", "{podSelector: {}, policyTypes: [Ingress]}");
    assert!(!exposed(&format!("{closed}{service}")));
}
