//! Verification before anything runs: pods wait, verdicts let them go, nothing slips past.

use seawall_admission::facts::{
    EXCEPTION_TYPE, ExceptionDraft, VERDICT_TYPE, VerdictDraft, envelope,
};
use seawall_crypto::SigningKey;
use seawall_testkit::KubernetesServer;
use serde_json::{Value, json};

use crate::webhook::Webhook;

const API: &str = "guardrails.seawall.dev/v1alpha1";

fn digest(byte: &str) -> String {
    format!("sha256:{}", byte.repeat(32))
}

fn pod(name: &str, image: &str) -> String {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": name, "namespace": "ml" },
        "spec": {
            "automountServiceAccountToken": false,
            "containers": [{
                "name": "c", "image": image,
                "securityContext": {
                    "allowPrivilegeEscalation": false, "runAsNonRoot": true,
                    "capabilities": { "drop": ["ALL"] },
                    "seccompProfile": { "type": "RuntimeDefault" },
                },
                "resources": { "limits": { "cpu": "1", "memory": "1Gi" } },
            }],
        },
    })
    .to_string()
}

fn trust(key: &SigningKey) -> String {
    let pem = key.verifying_key().to_pem();
    let keys = [json!({ "publicKey": pem, "purposes": ["Verdict", "Exception"] })];
    json!({
        "apiVersion": API, "kind": "TrustRoot", "metadata": { "name": "team" },
        "spec": { "keys": keys },
    })
    .to_string()
}

fn verdict(name: &str, subject: &str, word: &str, key: &SigningKey) -> String {
    let draft = VerdictDraft {
        subject: subject.to_owned(),
        verdict: word.to_owned(),
        rules: "sha256:00".to_owned(),
        at: "2026-11-01T00:00:00Z".to_owned(),
        expires: None,
    };
    let payload = serde_json::to_vec(&draft).unwrap();
    json!({
        "apiVersion": API, "kind": "ArtifactVerdict", "metadata": { "name": name },
        "spec": { "envelope": envelope(VERDICT_TYPE, payload, key) },
    })
    .to_string()
}

fn exception(rule: &str, key: &SigningKey) -> String {
    let draft = ExceptionDraft {
        namespace: "ml".to_owned(),
        rules: vec![rule.to_owned()],
        kind: "Pod".to_owned(),
        name: "excepted".to_owned(),
        owner: "ada".to_owned(),
        reason: "a driver is installed".to_owned(),
        expires: "2126-01-01T00:00:00Z".to_owned(),
    };
    let payload = serde_json::to_vec(&draft).unwrap();
    json!({
        "apiVersion": API, "kind": "GuardrailException",
        "metadata": { "name": "driver", "namespace": "ml" },
        "spec": { "envelope": envelope(EXCEPTION_TYPE, payload, key) },
    })
    .to_string()
}

fn privileged(name: &str) -> String {
    let mut pod: Value =
        serde_json::from_str(&pod(name, &format!("r/c@{}", digest("aa")))).unwrap();
    pod["spec"]["containers"][0]["securityContext"] = json!({ "privileged": true });
    pod.to_string()
}

const POLICY: &str = "
apiVersion: guardrails.seawall.dev/v1alpha1
kind: GuardrailPolicy
metadata: {name: ml}
spec: {namespaces: [ml], requireVerified: [Image, Model]}
";

/// The gates of a pod, as the server has them.
fn gates(server: &KubernetesServer, name: &str) -> Option<String> {
    let arguments = [
        "get",
        "pod",
        name,
        "-n",
        "ml",
        "-o",
        "jsonpath={.spec.schedulingGates}",
    ];
    let ended = server.kubectl(&arguments, "");
    ended.success.then_some(ended.stdout)
}

fn create(server: &KubernetesServer, manifest: &str) -> Result<(), String> {
    let ended = server.kubectl(&["create", "-f", "-"], manifest);
    if ended.success {
        Ok(())
    } else {
        Err(ended.stderr)
    }
}

#[test]
fn what_nobody_has_verified_waits_until_somebody_has() {
    let Some(server) = KubernetesServer::start() else {
        seawall_testkit::skip("kubernetes", "no Kubernetes API server");
        return;
    };
    let mut webhook = Webhook::start(Some(&server));
    webhook.install(&server);
    server.apply("{apiVersion: v1, kind: Namespace, metadata: {name: ml}}");
    let (ours, theirs) = (SigningKey::ed25519(&[1; 32]), SigningKey::ed25519(&[2; 32]));
    server.apply(POLICY);
    server.apply(&trust(&ours));

    // An unpinned image can never be verified: that is told at once.
    let refused = server.eventually("the policy", |server| {
        create(server, &pod("floating", "r/c:latest")).err()
    });
    assert!(refused.contains("names no digest"), "{refused}");

    let image = format!("r/c@{}", digest("aa"));
    create(&server, &pod("waits", &image)).unwrap();
    assert!(
        gates(&server, "waits")
            .unwrap()
            .contains("seawall.dev/verification")
    );

    // Nobody but a verdict lifts the gate.
    let lift = r#"[{"op":"remove","path":"/spec/schedulingGates"}]"#;
    let by_hand = [
        "patch",
        "pod",
        "waits",
        "-n",
        "ml",
        "--type=json",
        "-p",
        lift,
    ];
    let by_hand = server.kubectl(&by_hand, "");
    assert!(
        by_hand.stderr.contains("nobody has verified"),
        "{by_hand:?}"
    );

    // A verdict by a stranger's key is none.
    server.apply(&verdict("stranger", &digest("aa"), "pass", &theirs));
    server.apply(&verdict("other", &digest("bb"), "pass", &ours));
    let other = format!("r/c@{}", digest("bb"));
    server.eventually("the verdict about the other image", |server| {
        let _exists = create(server, &pod("runs", &other));
        let gated = gates(server, "runs")?;
        drop(server.kubectl(&["delete", "pod", "runs", "-n", "ml", "--now"], ""));
        gated.is_empty().then_some(())
    });
    assert!(!gates(&server, "waits").unwrap().is_empty());

    server.apply(&verdict("ours", &digest("aa"), "pass", &ours));
    server.eventually("the release", |server| {
        gates(server, "waits")?.is_empty().then_some(())
    });

    // An image that failed is never taken, also not by an update of what runs.
    server.apply(&verdict("bad", &digest("cc"), "fail", &ours));
    let bad = format!("r/c@{}", digest("cc"));
    server.eventually("the refusal", |server| {
        let refused = create(server, &pod("bad", &bad)).err();
        drop(server.kubectl(&["delete", "pod", "bad", "-n", "ml", "--now"], ""));
        refused.filter(|why| why.contains("failed verification"))
    });
    let swap = format!(r#"[{{"op":"replace","path":"/spec/containers/0/image","value":"{bad}"}}]"#);
    let swapped = [
        "patch",
        "pod",
        "waits",
        "-n",
        "ml",
        "--type=json",
        "-p",
        &swap,
    ];
    let swapped = server.kubectl(&swapped, "");
    assert!(
        swapped.stderr.contains("failed verification"),
        "{swapped:?}"
    );

    // An exception holds for the object that it names, and is told.
    server.apply(&exception("privileged-container", &ours));
    server.eventually("the exception", |server| {
        create(server, &privileged("excepted")).ok()
    });
    let neighbour = create(&server, &privileged("neighbour")).unwrap_err();
    assert!(neighbour.contains("privileged-container"), "{neighbour}");
    webhook.stop();
}

#[test]
fn a_job_stays_suspended_until_its_image_is_verified() {
    let Some(server) = KubernetesServer::start() else {
        seawall_testkit::skip("kubernetes", "no Kubernetes API server");
        return;
    };
    let mut webhook = Webhook::start(Some(&server));
    webhook.install(&server);
    server.apply("{apiVersion: v1, kind: Namespace, metadata: {name: ml}}");
    let key = SigningKey::ed25519(&[1; 32]);
    server.apply(POLICY);
    server.apply(&trust(&key));
    let mut template: Value =
        serde_json::from_str(&pod("job", &format!("r/c@{}", digest("aa")))).unwrap();
    template["spec"]["restartPolicy"] = json!("Never");
    let job = json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": { "name": "train", "namespace": "ml" },
        "spec": { "template": { "spec": template["spec"] } },
    })
    .to_string();
    let suspended = |server: &KubernetesServer| {
        let arguments = [
            "get",
            "job",
            "train",
            "-n",
            "ml",
            "-o",
            "jsonpath={.spec.suspend}",
        ];
        server.kubectl(&arguments, "").stdout
    };
    server.eventually("the policy", |server| {
        create(server, &job).ok()?;
        let held = suspended(server) == "true";
        if !held {
            drop(server.kubectl(&["delete", "job", "train", "-n", "ml"], ""));
        }
        held.then_some(())
    });
    let resume = r#"{"spec":{"suspend":false}}"#;
    let by_hand = server.kubectl(&["patch", "job", "train", "-n", "ml", "-p", resume], "");
    assert!(
        by_hand.stderr.contains("nobody has verified"),
        "{by_hand:?}"
    );
    server.apply(&verdict("ours", &digest("aa"), "pass", &key));
    server.eventually("the release", |server| {
        (suspended(server) == "false").then_some(())
    });
    webhook.stop();
}
