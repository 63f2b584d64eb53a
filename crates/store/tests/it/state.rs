//! The state folder as a whole: lock, permissions, keys, holds, settings.

use seawall_base::{Principal, PrincipalKind, SignedDuration};
use seawall_evidence::Kind;
use seawall_ports::{KeyLimits, KeysError, NewKey, VirtualKey};
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

fn ada() -> Principal {
    Principal::new(PrincipalKind::Person, "ada")
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
    let (key, text) = wait(state.keys().create(new_key("first"), ada(), now())).unwrap();
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
    let (key, text) = wait(keys.create(new_key("first"), ada(), now())).unwrap();
    let revoked = wait(keys.revoke(&key.id, ada(), now())).unwrap();
    assert_eq!(revoked.revoked_at, Some(now()));
    assert_eq!(
        wait(keys.find(VirtualKey::hash(text.expose()))).unwrap(),
        None
    );
    let later = now() + SignedDuration::from_secs(9);
    assert_eq!(wait(keys.revoke(&key.id, ada(), later)).unwrap(), revoked);
    assert_eq!(wait(keys.list()).unwrap(), [revoked]);
    let entries = wait(state.ledger().entries(0, 9)).unwrap();
    let changes = entries.iter().map(|record| {
        let entry = record.entry().unwrap();
        assert_eq!((entry.kind, entry.principal), (Kind::Key, ada()));
        entry.body["change"].as_str().unwrap().to_owned()
    });
    assert_eq!(changes.collect::<Vec<_>>(), ["created", "revoked"]);
    assert_eq!(
        wait(keys.revoke("key_x", ada(), now())),
        Err(KeysError::NotFound("key_x".to_owned()))
    );
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
