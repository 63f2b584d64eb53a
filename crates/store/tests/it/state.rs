//! The state folder as a whole: lock, permissions, keys, holds, settings.

use seawall_base::{Digest, Principal, PrincipalKind, SignedDuration};
use seawall_evidence::decision::Ruling;
use seawall_ports::{Hold, HoldState, HoldsError, KeyLimits, KeysError, NewKey, Ruled, VirtualKey};
use seawall_store::{Run, StoreError};

use crate::support::{now, open, wait};

fn run() -> Run {
    Run {
        schema: Run::SCHEMA.to_owned(),
        pid: 4_242,
        gateway: "http://127.0.0.1:8080".to_owned(),
        console: "http://127.0.0.1:8081".to_owned(),
        key: "sk-test".to_owned(),
        token: "token".to_owned(),
    }
}

#[test]
fn a_second_opener_is_refused_and_told_by_whom() {
    let dir = tempfile::tempdir().unwrap();
    let mut state = open(dir.path()).unwrap();
    let own = std::process::id();
    let refused = open(dir.path()).err().unwrap().to_string();
    assert!(
        refused.ends_with(&format!("is in use by process {own}")),
        "{refused}"
    );
    state.announce(&run()).unwrap();
    let refused = open(dir.path()).err().unwrap();
    assert!(refused.to_string().ends_with("is in use by process 4242"));
    assert!(refused.hint().unwrap().contains("--state"));
    assert_eq!(Run::load(dir.path()).unwrap(), Some(run()));
    state.close().unwrap();
    assert_eq!(Run::load(dir.path()).unwrap(), None);
    open(dir.path()).unwrap();
}

#[cfg(unix)]
#[test]
fn secrets_are_readable_by_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let state_dir = dir.path().join("state");
    let mut state = open(&state_dir).unwrap();
    state.announce(&run()).unwrap();
    let mode = |name: &str| {
        let path = state_dir.join(name);
        path.metadata().unwrap().permissions().mode() & 0o777
    };
    assert_eq!(mode(""), 0o700);
    assert_eq!(mode("keys"), 0o700);
    assert_eq!(mode("keys/ledger.pem"), 0o600);
    assert_eq!(mode("run.json"), 0o600);
}

fn new_key(name: &str) -> NewKey {
    NewKey {
        name: name.to_owned(),
        principal: Principal::new(PrincipalKind::Person, "ada"),
        limits: KeyLimits {
            requests_per_minute: Some(60),
            tokens_per_minute: None,
        },
        scope: vec!["practice".to_owned()],
    }
}

#[test]
fn keys_outlive_a_restart_and_only_their_hashes_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(dir.path()).unwrap();
    let (key, text) = wait(state.keys().create(new_key("first"), now())).unwrap();
    let text = text.expose().clone();
    assert!(text.starts_with("sk-") && text.len() == 67, "{text}");
    state.close().unwrap();

    let state = open(dir.path()).unwrap();
    let found = wait(state.keys().find(VirtualKey::hash(&text))).unwrap();
    assert_eq!(found.as_ref(), Some(&key));
    assert!(key.covers("practice") && !key.covers("other"));
    let other = wait(state.keys().find(VirtualKey::hash("sk-guess"))).unwrap();
    assert_eq!(other, None);
    state.close().unwrap();

    let secret = text.strip_prefix("sk-").unwrap().as_bytes();
    for name in ["seawall.db", "seawall.db-wal"] {
        let bytes = std::fs::read(dir.path().join(name)).unwrap_or_default();
        let held = bytes.windows(secret.len()).any(|window| window == secret);
        assert!(!held, "{name} holds the key");
    }
}

#[test]
fn a_revoked_key_is_gone_at_once_and_stays_listed() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(dir.path()).unwrap();
    let keys = state.keys();
    let (key, text) = wait(keys.create(new_key("first"), now())).unwrap();
    let revoked = wait(keys.revoke(&key.id, now())).unwrap();
    assert_eq!(revoked.revoked_at, Some(now()));
    assert_eq!(
        wait(keys.find(VirtualKey::hash(text.expose()))).unwrap(),
        None
    );
    let later = now() + SignedDuration::from_secs(9);
    assert_eq!(wait(keys.revoke(&key.id, later)).unwrap(), revoked);
    assert_eq!(wait(keys.list()).unwrap(), [revoked]);
    assert_eq!(
        wait(keys.revoke("key_x", now())),
        Err(KeysError::NotFound("key_x".to_owned()))
    );
}

fn hold(id: &str) -> Hold {
    let arguments = r#"{"amount":5}"#.to_owned();
    Hold {
        id: id.to_owned(),
        request: "req_1".to_owned(),
        principal: Principal::new(PrincipalKind::Key, "key_1"),
        model: "practice".to_owned(),
        tool: "pay".to_owned(),
        arguments_digest: Digest::of(arguments.as_bytes()),
        arguments,
        reason: "payments need a reviewer".to_owned(),
        created_at: now(),
        expires_at: now() + SignedDuration::from_secs(60),
        state: HoldState::Pending,
    }
}

fn ruled(ruling: Ruling, after_seconds: i64) -> Ruled {
    Ruled {
        ruling,
        by: Principal::new(PrincipalKind::Person, "ada"),
        at: now() + SignedDuration::from_secs(after_seconds),
        reason: "known".to_owned(),
        arguments_digest: hold("").arguments_digest,
    }
}

#[test]
fn a_hold_is_decided_once_and_its_decision_used_once() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(dir.path()).unwrap();
    let holds = state.holds();
    wait(holds.put(hold("hold_1"))).unwrap();
    let digest = hold("").arguments_digest;
    assert_eq!(wait(holds.list(true)).unwrap(), [hold("hold_1")]);
    let id = || "hold_1".to_owned();
    assert_eq!(
        wait(holds.redeem("hold_1", digest)),
        Err(HoldsError::NotDecided(id()))
    );
    let mut about_other = ruled(Ruling::Approved, 1);
    about_other.arguments_digest = Digest::of(b"other");
    assert_eq!(
        wait(holds.decide("hold_1", about_other)),
        Err(HoldsError::ArgumentsDiffer(id()))
    );
    let decided = wait(holds.decide("hold_1", ruled(Ruling::Approved, 1))).unwrap();
    assert_eq!(
        decided.state,
        HoldState::Decided(ruled(Ruling::Approved, 1))
    );
    assert_eq!(
        wait(holds.decide("hold_1", ruled(Ruling::Denied, 2))),
        Err(HoldsError::NotPending(id()))
    );
    assert_eq!(
        wait(holds.redeem("hold_1", Digest::of(b"other"))),
        Err(HoldsError::ArgumentsDiffer(id()))
    );
    assert_eq!(
        wait(holds.redeem("hold_1", digest)),
        Ok(ruled(Ruling::Approved, 1))
    );
    assert_eq!(
        wait(holds.redeem("hold_1", digest)),
        Err(HoldsError::Used(id()))
    );
    assert_eq!(wait(holds.list(true)).unwrap(), []);
    assert_eq!(wait(holds.list(false)).unwrap().len(), 1);
}

#[test]
fn an_expired_hold_takes_no_approval() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(dir.path()).unwrap();
    let holds = state.holds();
    wait(holds.put(hold("hold_1"))).unwrap();
    assert_eq!(
        wait(holds.decide("hold_1", ruled(Ruling::Approved, 60))),
        Err(HoldsError::Expired("hold_1".to_owned()))
    );
    wait(holds.decide("hold_1", ruled(Ruling::Expired, 60))).unwrap();
    assert_eq!(
        wait(holds.get("hold_2")),
        Err(HoldsError::NotFound("hold_2".to_owned()))
    );
}

#[test]
fn who_waits_for_a_decision_is_woken() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(dir.path()).unwrap();
    let holds = state.holds();
    wait(async {
        holds.put(hold("hold_1")).await.unwrap();
        let (woken, decided) = tokio::join!(
            holds.decided("hold_1"),
            holds.decide("hold_1", ruled(Ruling::Denied, 1))
        );
        assert_eq!(woken.unwrap(), decided.unwrap());
    });
}

#[test]
fn settings_outlive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(dir.path()).unwrap();
    assert_eq!(state.settings().load("first-key").unwrap(), None);
    state.settings().save("first-key", "a").unwrap();
    state.settings().save("first-key", "b").unwrap();
    state.close().unwrap();
    let state = open(dir.path()).unwrap();
    assert_eq!(
        state.settings().load("first-key").unwrap().as_deref(),
        Some("b")
    );
}

#[test]
fn a_newer_database_is_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).unwrap().close().unwrap();
    let path = dir.path().join("seawall.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let refused = open(dir.path()).err().unwrap();
    assert!(matches!(refused, StoreError::Database { .. }));
    assert!(refused.to_string().contains("newer version"), "{refused}");
}
