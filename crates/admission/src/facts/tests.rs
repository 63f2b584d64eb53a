//! Facts: what counts, what does not, and why.

use seawall_crypto::SigningKey;
use serde_json::json;

use super::*;

fn key(seed: u8) -> SigningKey {
    SigningKey::ed25519(&[seed; 32])
}

fn root(name: &str, key: &SigningKey, purposes: &[&str]) -> Value {
    json!({
        "kind": "TrustRoot", "metadata": { "name": name },
        "spec": { "keys": [{ "publicKey": key.verifying_key().to_pem(), "purposes": purposes }] },
    })
}

fn verdict(name: &str, word: &str, expires: Option<&str>, key: &SigningKey) -> Value {
    let draft = VerdictDraft {
        subject: "sha256:aa".to_owned(),
        verdict: word.to_owned(),
        rules: "sha256:bb".to_owned(),
        at: "2026-11-01T00:00:00Z".to_owned(),
        expires: expires.map(str::to_owned),
    };
    let payload = serde_json::to_vec(&draft).unwrap();
    json!({
        "kind": "ArtifactVerdict", "metadata": { "name": name },
        // The plain fields say otherwise on purpose: nothing reads them.
        "spec": { "verdict": "pass", "envelope": envelope(VERDICT_TYPE, payload, key) },
    })
}

fn exception(namespace: &str, signed_for: &str, key: &SigningKey) -> Value {
    let draft = ExceptionDraft {
        namespace: signed_for.to_owned(),
        rules: vec!["trust-remote-code".to_owned()],
        kind: "Deployment".to_owned(),
        name: "vllm".to_owned(),
        owner: "ada".to_owned(),
        reason: "the model needs it until it is converted".to_owned(),
        expires: "2026-12-01T00:00:00Z".to_owned(),
    };
    let payload = serde_json::to_vec(&draft).unwrap();
    json!({
        "kind": "GuardrailException", "metadata": { "name": "e1", "namespace": namespace },
        "spec": { "envelope": envelope(EXCEPTION_TYPE, payload, key) },
    })
}

fn now() -> Timestamp {
    "2026-11-24T00:00:00Z".parse().unwrap()
}

fn why(facts: &Facts) -> Vec<&str> {
    facts.problems().map(|(_, why)| why).collect()
}

#[test]
fn a_verdict_counts_only_while_a_trusted_key_carries_it() {
    let (ours, theirs) = (key(1), key(2));
    let mut facts = Facts::default();
    facts.put(&verdict("v", "pass", None, &ours));
    assert_eq!(facts.standing("sha256:aa", now()), Standing::Unknown);
    assert_eq!(why(&facts), ["no trusted key has signed it"]);

    facts.put(&root("r", &theirs, &["Verdict"]));
    assert_eq!(facts.standing("sha256:aa", now()), Standing::Unknown);
    // A key for exceptions does not vouch for artifacts.
    facts.put(&root("r", &ours, &["Exception"]));
    assert_eq!(facts.standing("sha256:aa", now()), Standing::Unknown);
    facts.put(&root("r", &ours, &["Verdict"]));
    assert_eq!(facts.standing("sha256:aa", now()), Standing::Passed);
    assert_eq!(why(&facts), [""; 0]);

    facts.take(&root("r", &ours, &[]));
    assert_eq!(facts.standing("sha256:aa", now()), Standing::Unknown);
}

#[test]
fn one_failure_outweighs_passes_and_time_ends_a_pass() {
    let key = key(1);
    let mut facts = Facts::default();
    facts.put(&root("r", &key, &["Verdict"]));
    facts.put(&verdict("a", "pass", Some("2026-11-10T00:00:00Z"), &key));
    assert_eq!(facts.standing("sha256:aa", now()), Standing::Expired);
    facts.put(&verdict("b", "pass", Some("2026-12-10T00:00:00Z"), &key));
    assert_eq!(facts.standing("sha256:aa", now()), Standing::Passed);
    facts.put(&verdict("c", "fail", Some("2026-11-10T00:00:00Z"), &key));
    assert_eq!(facts.standing("sha256:aa", now()), Standing::Failed);
    facts.take(&verdict("c", "fail", None, &key));
    assert_eq!(facts.standing("sha256:aa", now()), Standing::Passed);
    facts.put(&verdict("b", "perhaps", None, &key));
    assert_eq!(why(&facts), ["its verdict is neither pass nor fail"]);
}

#[test]
fn an_exception_covers_exactly_what_was_signed_until_its_end() {
    let key = key(1);
    let mut facts = Facts::default();
    facts.put(&root("r", &key, &["Exception"]));
    facts.put(&exception("ml", "ml", &key));
    let covered = |rule: &str, place, at: &str| {
        let at = at.parse().unwrap();
        facts.exception(rule, place, at).is_some()
    };
    let place = ("ml", "Deployment", "vllm");
    let today = "2026-11-24T00:00:00Z";
    assert!(covered("trust-remote-code", place, today));
    assert!(!covered("privileged-container", place, today));
    assert!(!covered(
        "trust-remote-code",
        ("ml", "Deployment", "vllm-2"),
        today
    ));
    assert!(!covered(
        "trust-remote-code",
        ("ml", "StatefulSet", "vllm"),
        today
    ));
    assert!(!covered(
        "trust-remote-code",
        ("other", "Deployment", "vllm"),
        today
    ));
    assert!(!covered("trust-remote-code", place, "2026-12-01T00:00:00Z"));
}

#[test]
fn an_exception_cannot_be_carried_into_another_namespace() {
    let key = key(1);
    let mut facts = Facts::default();
    facts.put(&root("r", &key, &["Exception"]));
    facts.put(&exception("mine", "ml", &key));
    assert_eq!(why(&facts), ["it was signed for another namespace"]);
}

#[test]
fn of_several_policies_the_strictest_counts_and_the_last_good_one_stays() {
    let policy = |name: &str, spec: Value| json!({ "kind": "GuardrailPolicy", "metadata": { "name": name }, "spec": spec });
    let mut facts = Facts::default();
    facts.put(&policy(
        "all",
        json!({ "namespaces": ["*"], "mode": "Warn", "failOn": "critical",
        "disabledRules": ["a", "b"] }),
    ));
    facts.put(&policy(
        "ml",
        json!({ "namespaces": ["ml"], "failOn": "medium",
        "disabledRules": ["b"], "requireVerified": ["Model"], "unverified": "Deny" }),
    ));
    let ml = facts.guardrail("ml").unwrap();
    assert_eq!(
        (ml.fail_on, ml.enforce),
        (seawall_base::Severity::Medium, true)
    );
    assert_eq!(ml.disabled.iter().collect::<Vec<_>>(), ["b"]);
    assert_eq!(ml.unverified, Unverified::Deny);
    assert!(!facts.guardrail("web").unwrap().enforce);

    facts.put(&policy(
        "ml",
        json!({ "namespaces": ["ml"], "failOn": "whatever" }),
    ));
    assert_eq!(
        facts.guardrail("ml").unwrap().fail_on,
        seawall_base::Severity::Medium
    );
    assert_eq!(why(&facts), ["`whatever` is no severity"]);
}

#[test]
fn nothing_is_decided_before_every_kind_was_read() {
    let mut facts = Facts::awaited();
    for (kind, ..) in KINDS {
        assert!(!facts.ready());
        facts.replace(kind, &[]);
    }
    assert!(facts.ready());
}
