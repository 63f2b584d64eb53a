//! `seawall log` on a ledger of 300 entries.

use std::path::Path;
use std::sync::Arc;

use seawall_base::{FixedClock, IdSource, Principal, PrincipalKind, Timestamp};
use seawall_evidence::key::{Change, Key};
use seawall_evidence::{Draft, Kind};
use seawall_store::State;
use serde_json::Value;

use crate::support::seawall;

fn ledger() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
    let clock = Arc::new(FixedClock::new(at));
    let ids = Arc::new(IdSource::new([1; 32]));
    let random: seawall_store::Random = Arc::new(|| Ok([5; 32]));
    let state = State::open(&folder.path().join(".seawall"), clock, ids, random).unwrap();
    let draft = |number: usize| Draft {
        kind: if number == 7 {
            Kind::Key
        } else {
            Kind::Unknown("seawall.evidence.weather/v3".to_owned())
        },
        at,
        principal: Principal::new(PrincipalKind::Person, "ada"),
        subject: format!("urn:{number}"),
        body: Key {
            key: "key_1".to_owned(),
            name: "first".to_owned(),
            owner: "default/person/ada".to_owned(),
            change: Change::Created,
        }
        .to_body(),
    };
    // Nobody waits for the answer: closing writes all that was asked for.
    drop(state.ledger().append((0..300).map(draft).collect()));
    state.close().unwrap();
    folder
}

fn flip(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let last = bytes.last_mut().unwrap();
    *last ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn verify_without_arguments_checks_the_folder_here() {
    let folder = ledger();
    let ran = seawall(folder.path(), &["log", "verify"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    for word in [
        "entries  300",
        "root     sha256:",
        "2026-11-23T10:00:00Z",
        "The ledger holds",
    ] {
        assert!(ran.out.contains(word), "{word} is not in {}", ran.out);
    }
}

#[test]
fn a_changed_ledger_fails_and_a_missing_one_cannot_be_tried() {
    let folder = ledger();
    flip(&folder.path().join(".seawall/ledger/tile/entries/000"));
    let ran = seawall(folder.path(), &["log", "verify"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("does not verify"), "{}", ran.out);
    let ran = seawall(folder.path(), &["log", "verify", "--format", "json"]);
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &answer["holds"]), (1, &Value::Bool(false)));

    let nothing = tempfile::tempdir().unwrap();
    let ran = seawall(nothing.path(), &["log", "verify"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""));
    assert!(
        ran.err.contains("there is no ledger in .seawall"),
        "{}",
        ran.err
    );
    assert!(ran.err.contains("hint: "), "{}", ran.err);
}

#[test]
fn a_trusted_key_decides_over_the_one_in_the_folder() {
    let folder = ledger();
    let key = std::fs::read_to_string(folder.path().join(".seawall/keys/ledger.vkey")).unwrap();
    let ran = seawall(folder.path(), &["log", "verify", "--trust", key.trim()]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let other = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    let ran = seawall(folder.path(), &["log", "verify", "--trust", other]);
    assert_eq!(ran.code, 1, "{}", ran.out);
}

#[test]
fn show_filters_limits_and_keeps_unknown_kinds() {
    let folder = ledger();
    let ran = seawall(folder.path(), &["log", "show", "--kind", "key"]);
    assert!(ran.out.contains("created, first, key_1"), "{}", ran.out);
    let ran = seawall(
        folder.path(),
        &["log", "show", "--limit", "3", "--format", "json"],
    );
    let lines: Vec<Value> = ran
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let indexes: Vec<_> = lines.iter().map(|line| line["index"].as_u64()).collect();
    assert_eq!(indexes, [Some(297), Some(298), Some(299)]);
    let schemas = lines
        .iter()
        .all(|line| line["schema"] == "seawall.log-entry/v1");
    assert!(
        schemas
            && lines
                .iter()
                .all(|line| line["entry"]["subject"].is_string())
    );
    assert_eq!(
        seawall(folder.path(), &["log", "show", "--kind", "x"]).code,
        2
    );
}

#[test]
fn prove_proves_and_says_what_it_cannot() {
    let folder = ledger();
    let ran = seawall(folder.path(), &["log", "prove", "299"]);
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("number 300 of 300"), "{}", ran.out);
    let ran = seawall(folder.path(), &["log", "prove", "7", "--format", "json"]);
    let proof: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(proof["schema"], "seawall.log-proof/v1");
    assert_eq!(proof["path"].as_array().unwrap().len(), 9);
    let ran = seawall(folder.path(), &["log", "prove", "300"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("covers the entries 0 to 299"),
        "{}",
        ran.err
    );
}
