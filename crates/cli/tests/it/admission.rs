//! The webhook from a user's side: looked at, installed, at work, and gone without a trace.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use seawall_testkit::KubernetesServer;
use serde_json::Value;

use crate::support::{Ran, seawall};

/// A webhook process that ends with the test.
struct Webhook(Child);

impl Drop for Webhook {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn run(server: &KubernetesServer, arguments: &[&str]) -> Ran {
    let kubeconfig = server.kubeconfig();
    let mut all = vec!["admission"];
    all.extend(arguments);
    all.extend(["--kubeconfig", kubeconfig.to_str().unwrap()]);
    seawall(&std::env::temp_dir(), &all)
}

fn said(ran: &Ran) -> String {
    format!("{}{}", ran.out, ran.err)
}

fn start(server: &KubernetesServer, state: &str, listen: &str) -> Webhook {
    let mut child = Command::new(env!("CARGO_BIN_EXE_seawall"))
        .args(["admission", "--watch", "--state", state, "--listen", listen])
        .args(["--url", &format!("https://{listen}")])
        .arg("--kubeconfig")
        .arg(server.kubeconfig())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    assert!(first.starts_with("# Answers"), "{first}");
    Webhook(child)
}

const OPEN: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: open, namespace: default}
spec:
  selector: {matchLabels: {app: open}}
  template:
    metadata: {labels: {app: open}}
    spec: {containers: [{name: vllm, image: vllm/vllm-openai, args: [--trust-remote-code]}]}
";

#[test]
fn a_cluster_is_looked_at_guarded_and_left_as_it_was() {
    let Some(server) = KubernetesServer::start() else {
        seawall_testkit::skip("kubernetes", "no Kubernetes API server");
        return;
    };
    let everything = |server: &KubernetesServer| {
        let kinds = "crd,validatingwebhookconfiguration,mutatingwebhookconfiguration,clusterrole,\
                     clusterrolebinding,namespace";
        let ended = server.kubectl(&["get", kinds, "-o", "name"], "");
        ended.stdout
    };
    let before = everything(&server);
    server.apply(OPEN);
    let preview = run(&server, &["preview", "--format", "json"]);
    assert_eq!(preview.code, 1, "{}", said(&preview));
    let preview: Value = serde_json::from_str(&preview.out).unwrap();
    assert_eq!(preview["blocked"][0]["name"], "open");
    assert_eq!(preview["byRule"]["trust-remote-code"], 1);
    let text = run(&server, &["preview"]);
    assert!(said(&text).contains("trust-remote-code"), "{}", said(&text));

    // Without a webhook that answers, nothing stays behind that could deny.
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let state = state.to_str().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = listener.local_addr().unwrap().to_string();
    drop(listener);
    let url = format!("https://{listen}");
    let install = ["install", "--url", &url, "--state", state];
    let failed = run(&server, &install);
    assert_eq!(failed.code, 2, "{}", said(&failed));
    assert!(said(&failed).contains("taken back"), "{}", said(&failed));
    assert!(!everything(&server).contains("webhook.admissionregistration.k8s.io"));

    let webhook = start(&server, state, &listen);
    let installed = run(&server, &install);
    assert_eq!(installed.code, 0, "{}", said(&installed));
    let denied = server.kubectl(
        &["create", "-f", "-"],
        &OPEN.replace("name: open", "name: second"),
    );
    assert!(denied.stderr.contains("trust-remote-code"), "{denied:?}");
    let proof = run(&server, &["prove"]);
    assert_eq!(proof.code, 0, "{}", said(&proof));

    // A webhook of somebody else that would lock the cluster out is found.
    server.apply(
        "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingWebhookConfiguration,
          metadata: {name: careless}, webhooks: [{name: all.careless.example,
          admissionReviewVersions: [v1], sideEffects: None, clientConfig: {url: 'https://127.0.0.1:1'},
          rules: [{apiGroups: ['*'], apiVersions: ['*'], operations: [CREATE], resources: [leases]}]}]}",
    );
    let proof = run(&server, &["prove", "--format", "json"]);
    assert_eq!(proof.code, 0, "only updates of leases are needed");
    let patch = r#"[{"op":"replace","path":"/webhooks/0/rules/0/operations","value":["*"]}]"#;
    let kind = "validatingwebhookconfiguration";
    let patched = ["patch", kind, "careless", "--type=json", "-p", patch];
    assert!(server.kubectl(&patched, "").success);
    let proof = run(&server, &["prove", "--format", "json"]);
    assert_eq!(proof.code, 1);
    let proof: Value = serde_json::from_str(&proof.out).unwrap();
    assert_eq!(
        proof["locked"][0]["webhook"],
        "careless/all.careless.example"
    );
    assert!(server.kubectl(&["delete", kind, "careless"], "").success);

    drop(webhook);
    let removed = run(&server, &["uninstall"]);
    assert_eq!(removed.code, 0, "{}", said(&removed));
    server.eventually("the removal", |server| {
        let names = everything(server);
        let left = names.lines().filter(|name| !before.contains(*name));
        // There is no controller here that would finish the removal of a namespace.
        let left = left
            .filter(|name| *name != "namespace/seawall-system")
            .count();
        (left == 0).then_some(())
    });
    let later = server.kubectl(
        &["create", "-f", "-"],
        &OPEN.replace("name: open", "name: later"),
    );
    assert!(later.success, "{later:?}");
}

#[test]
fn signed_objects_are_printed_ready_to_apply_and_vague_ones_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (key, public) = (file("key.pem"), file("key.pub.pem"));
    let signing = seawall_crypto::SigningKey::ed25519(&[7; 32]);
    std::fs::write(&key, signing.to_pem().expose()).unwrap();
    std::fs::write(&public, signing.verifying_key().to_pem()).unwrap();

    let here = |arguments: &[&str]| seawall(folder.path(), arguments);
    let digest = format!("sha256:{}", "ab".repeat(32));
    let verdict = here(&["admission", "verdict", &digest, "--pass", "--key", &key]);
    let verdict: Value = serde_json::from_str(&verdict.out).unwrap();
    let trust = [
        "admission",
        "trust",
        "team",
        "--key",
        &public,
        "--for",
        "verdict",
    ];
    let trust: Value = serde_json::from_str(&here(&trust).out).unwrap();
    let mut facts = seawall_admission::facts::Facts::default();
    facts.put(&trust);
    facts.put(&verdict);
    assert_eq!(facts.problems().count(), 0);
    let now = "2026-11-24T00:00:00Z".parse().unwrap();
    let standing = facts.standing(&digest, now);
    assert_eq!(standing, seawall_admission::facts::Standing::Passed);

    let vague = here(&["admission", "verdict", "my-model", "--pass", "--key", &key]);
    assert_eq!(vague.code, 2);
    assert!(
        said(&vague).contains("names no one content"),
        "{}",
        said(&vague)
    );
    let exception = [
        "admission",
        "exception",
        "e",
        "--namespace",
        "ml",
        "--kind",
        "Pod",
        "--object",
        "p",
        "--rule",
        "no-such-rule",
        "--owner",
        "ada",
        "--reason",
        "why",
        "--key",
        &key,
    ];
    let unknown = here(&exception);
    assert!(
        said(&unknown).contains("there is no rule `no-such-rule`"),
        "{}",
        said(&unknown)
    );
    let unpinned = here(&[
        "admission",
        "install",
        "--print",
        "--image",
        "r/seawall:latest",
        "--state",
        &file("state"),
    ]);
    assert_eq!(unpinned.code, 2);
    assert!(
        said(&unpinned).contains("by its digest"),
        "{}",
        said(&unpinned)
    );
}
