//! The manifests are well-formed, complete, and pass our own rules.

use seawall_base::{Limits, Severity};

use super::*;

fn installation() -> Installation {
    Installation {
        namespace: "seawall-system".to_owned(),
        endpoint: Endpoint::Service {
            namespace: "seawall-system".to_owned(),
            name: "seawall-admission".to_owned(),
        },
        ca_bundle: "QUJD".to_owned(),
        workload: Some(Workload {
            image: format!("registry.example/seawall@sha256:{}", "ab".repeat(32)),
            chain_pem: "chain".to_owned(),
            key_pem: seawall_base::Secret::new("key".to_owned()),
            ca_pem: "authority".to_owned(),
        }),
    }
}

#[test]
fn an_installation_names_every_kind_of_the_facts() {
    let objects = objects(&installation()).unwrap();
    let crds: Vec<&str> = objects
        .iter()
        .filter(|object| object["kind"] == "CustomResourceDefinition")
        .filter_map(|object| object["spec"]["names"]["kind"].as_str())
        .collect();
    let kinds: Vec<&str> = crate::facts::KINDS.iter().map(|(kind, ..)| *kind).collect();
    assert_eq!(crds, kinds);
    for object in &objects {
        assert_eq!(object["metadata"]["labels"][LABEL.0], LABEL.1, "{object}");
    }
    assert!(!serde_json::to_string(&objects).unwrap().contains("${"));
}

#[test]
fn the_installation_passes_its_own_rules() {
    let objects = objects(&installation()).unwrap();
    let text = objects
        .iter()
        .map(|object| format!("---\n{object}\n"))
        .collect::<String>();
    let reading = seawall_policy::read("install.yaml", text.as_bytes(), &Limits::default());
    assert_eq!(reading.problems, []);
    let (findings, problems) = seawall_policy::check(&reading.objects, &Limits::default());
    assert_eq!(problems, []);
    let bad: Vec<_> = findings
        .iter()
        .filter(|finding| finding.severity >= Severity::High)
        .map(|finding| (finding.rule, finding.message.as_str()))
        .collect();
    assert_eq!(bad, []);
}
