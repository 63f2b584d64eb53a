//! Pod Security Standards: what a real API server admits, our evaluation admits, and nothing else.
#![expect(clippy::disallowed_methods, reason = "the test reads the fixtures")]

use std::collections::{BTreeMap, BTreeSet};

use seawall_base::Limits;
use seawall_policy::pod_security::{Level, Version, evaluate};
use seawall_testkit::KubernetesServer;
use serde_json::Value;

/// Every fixture, by the name of the namespace that enforces its level and version.
fn fixtures(lines: &str) -> BTreeMap<(String, String), Vec<String>> {
    let mut fixtures: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for line in lines.lines() {
        let fixture: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| fixture[key].as_str().unwrap().to_owned();
        let group = fixtures.entry((text("level"), text("version")));
        group.or_default().push(text("manifest"));
    }
    fixtures
}

#[test]
fn the_api_server_and_the_evaluation_admit_the_same_pods() {
    let Some(data) = seawall_testkit::shared_data() else {
        seawall_testkit::skip("shared-data", "the Pod Security fixtures are not here");
        return;
    };
    let Some(server) = KubernetesServer::shared() else {
        seawall_testkit::skip("kubernetes", "no Kubernetes API server");
        return;
    };
    let lines = std::fs::read_to_string(data.join("pss/fixtures.jsonl")).unwrap();
    let (mut compared, mut invalid) = (0_usize, 0_usize);
    for ((level, version), manifests) in fixtures(&lines) {
        let namespace = format!("{level}-{}", version.replace('.', "-"));
        server.apply(&format!(
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {namespace}\n  labels:\n    \
             pod-security.kubernetes.io/enforce: {level}\n    \
             pod-security.kubernetes.io/enforce-version: {version}\n"
        ));
        let outcome = create(&server, &namespace, &manifests);
        for (index, manifest) in manifests.iter().enumerate() {
            let reading = seawall_policy::read("pod.yaml", manifest.as_bytes(), &Limits::default());
            let pod = &reading.objects[0];
            let level = Level::parse(&level).unwrap();
            let violations = evaluate(pod, level, Version::parse(&version).unwrap());
            let name = format!("p{index}");
            match (
                outcome.forbidden.contains(&name),
                outcome.created.contains(&name),
            ) {
                (true, false) => assert!(!violations.is_empty(), "{namespace} {manifest}"),
                (false, true) => {
                    assert!(
                        violations.is_empty(),
                        "{violations:?} {namespace} {manifest}"
                    );
                }
                // A field that this version of the server no longer takes: it never got to decide.
                _ => {
                    invalid += 1;
                    continue;
                }
            }
            compared += 1;
        }
    }
    assert!(compared > 1_000, "only {compared} pods were compared");
    assert!(invalid < 10, "{invalid} pods were not decided");
}

struct Outcome {
    created: BTreeSet<String>,
    forbidden: BTreeSet<String>,
}

/// Offers all pods, renamed so that each answer can be told apart, without keeping them.
fn create(server: &KubernetesServer, namespace: &str, manifests: &[String]) -> Outcome {
    let mut documents = String::new();
    for (index, manifest) in manifests.iter().enumerate() {
        let at = manifest.find("\n  name: ").unwrap();
        let (before, after) = manifest.split_at(at);
        let rest = after.trim_start_matches('\n').split_once('\n').unwrap().1;
        documents.push_str(&format!("---\n{before}\n  name: p{index}\n{rest}"));
    }
    let arguments = [
        "create",
        "--dry-run=server",
        "--validate=false",
        "-o",
        "name",
        "-n",
        namespace,
        "-f",
        "-",
    ];
    let ended = server.kubectl(&arguments, &documents);
    let created = ended.stdout.lines();
    let created = created.filter_map(|line| line.strip_prefix("pod/"));
    let created: BTreeSet<String> = created.map(str::to_owned).collect();
    let refused = |line: &str| {
        let name = line.split("pods \"").nth(1)?.split('"').next()?;
        line.contains("violates PodSecurity")
            .then(|| name.to_owned())
    };
    let forbidden = ended.stderr.lines().filter_map(refused).collect();
    Outcome { created, forbidden }
}
