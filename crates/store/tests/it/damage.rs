//! Damage to a ledger at rest: refused at open with a plain message, and nothing overwritten.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use seawall_base::{FixedClock, IdSource};
use seawall_store::{LogReader, State, StoreError};

use crate::support::{fill, now, open};

/// Every file below `dir` with its content, the lock aside.
fn snapshot(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for item in fs::read_dir(dir).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            files.extend(snapshot(&path));
        } else if path.file_name().unwrap() != "lock" {
            files.insert(path.clone(), fs::read(&path).unwrap());
        }
    }
    files
}

/// A closed ledger of 700 entries: two full bundles and a partial one.
fn ledger() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let state = open(dir.path()).unwrap();
    fill(&state, 700);
    state.close().unwrap();
    dir
}

fn journal(dir: &Path) -> PathBuf {
    dir.join("ledger/journal/00000000000000000000.log")
}

/// Damages a fresh ledger, and expects that opening it says so and changes nothing.
fn refused(damage: impl FnOnce(&Path)) -> StoreError {
    let dir = ledger();
    damage(dir.path());
    let before = snapshot(dir.path());
    let error = open(dir.path()).err().unwrap();
    assert_eq!(snapshot(dir.path()), before, "something was overwritten");
    assert!(error.hint().is_some(), "{error}");
    error
}

fn flip(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_sound_ledger_opens() {
    let dir = ledger();
    assert_eq!(open(dir.path()).unwrap().ledger().size(), 700);
}

#[test]
fn a_truncated_journal_is_refused() {
    let error = refused(|dir| {
        let bytes = fs::read(journal(dir)).unwrap();
        fs::write(journal(dir), &bytes[..bytes.len() - 1]).unwrap();
    });
    assert_eq!(
        error.to_string(),
        "the ledger was truncated: it holds 0 entries, its last checkpoint was signed over 700"
    );
    let error = refused(|dir| fs::remove_file(journal(dir)).unwrap());
    assert!(matches!(
        error,
        StoreError::Truncated {
            found: 0,
            signed: 700
        }
    ));
    let error = refused(|dir| fs::remove_dir_all(dir.join("ledger/journal")).unwrap());
    assert!(matches!(error, StoreError::Missing(_)));
}

#[test]
fn a_changed_journal_is_refused() {
    let error = refused(|dir| flip(&journal(dir), 500));
    assert!(matches!(error, StoreError::Truncated { .. }), "{error}");
}

#[test]
fn changed_tiles_and_bundles_are_refused() {
    for name in ["tile/0/000", "tile/0/001", "tile/entries/000"] {
        let error = refused(|dir| flip(&dir.join("ledger").join(name), 40));
        let text = error.to_string();
        assert!(text.contains("changed after it was signed"), "{text}");
        assert!(text.contains(name), "{text}");
    }
}

#[test]
fn a_changed_missing_or_foreign_checkpoint_is_refused() {
    let checkpoint = |dir: &Path| dir.join("ledger/checkpoint");
    let error = refused(|dir| {
        let text = fs::read_to_string(checkpoint(dir)).unwrap();
        fs::write(checkpoint(dir), text.replacen("700", "600", 1)).unwrap();
    });
    assert!(matches!(error, StoreError::Checkpoint { .. }), "{error}");
    let error = refused(|dir| fs::remove_file(checkpoint(dir)).unwrap());
    assert!(matches!(error, StoreError::Missing(_)), "{error}");
    let other = tempfile::tempdir().unwrap();
    drop(stranger(other.path()));
    let foreign = fs::read(checkpoint(other.path())).unwrap();
    let error = refused(|dir| fs::write(checkpoint(dir), &foreign).unwrap());
    assert!(matches!(error, StoreError::Checkpoint { .. }), "{error}");
}

#[test]
fn a_ledger_that_lost_its_key_is_not_begun_anew() {
    let error = refused(|dir| fs::remove_file(dir.join("keys/ledger.pem")).unwrap());
    assert!(
        error.to_string().contains("ledger.pem is missing"),
        "{error}"
    );
    let error = refused(|dir| fs::remove_dir_all(dir.join("ledger")).unwrap());
    assert!(
        error.to_string().contains("checkpoint is missing"),
        "{error}"
    );
}

#[test]
fn an_unfinished_write_is_set_aside() {
    let dir = ledger();
    let mut bytes = fs::read(journal(dir.path())).unwrap();
    bytes.extend_from_slice(b"SWJ1\0\0\0\0\0\0\x02\xbc\0\0\0\x01 and so on");
    fs::write(journal(dir.path()), &bytes).unwrap();
    let state = open(dir.path()).unwrap();
    assert_eq!(state.ledger().size(), 700);
    assert!(
        state.notices()[0].contains("cut short"),
        "{:?}",
        state.notices()
    );
    let torn: Vec<_> = snapshot(&dir.path().join("ledger/torn"))
        .into_values()
        .collect();
    assert_eq!(torn, [bytes[bytes.len() - 26..].to_vec()]);
    fill(&state, 1);
    state.close().unwrap();
    assert_eq!(LogReader::verify(dir.path(), None).unwrap().audit.size, 701);
}

#[test]
fn tiles_that_a_crash_swallowed_are_made_again() {
    let dir = ledger();
    let tile = dir.path().join("ledger/tile/0/001");
    let bundle = dir.path().join("ledger/tile/entries/001");
    let sound = (fs::read(&tile).unwrap(), fs::read(&bundle).unwrap());
    fs::write(&tile, b"").unwrap();
    fs::remove_file(&bundle).unwrap();
    open(dir.path()).unwrap().close().unwrap();
    assert_eq!(
        (fs::read(&tile).unwrap(), fs::read(&bundle).unwrap()),
        sound
    );
}

#[test]
fn full_verification_finds_what_was_changed_and_names_it() {
    for name in [
        "tile/0/000",
        "tile/0/002.p/188",
        "tile/1/000.p/2",
        "tile/entries/001",
        "tile/entries/002.p/188",
    ] {
        let dir = ledger();
        LogReader::verify(dir.path(), None).unwrap();
        flip(&dir.path().join("ledger").join(name), 50);
        let error = LogReader::verify(dir.path(), None).unwrap_err();
        let found = matches!(error, StoreError::Tampered { .. } | StoreError::Audit(_));
        assert!(found, "{name}: {error}");
        fs::remove_file(dir.path().join("ledger").join(name)).unwrap();
        let error = LogReader::verify(dir.path(), None).unwrap_err();
        assert!(matches!(error, StoreError::Missing(_)), "{name}: {error}");
    }
}

#[test]
fn a_checkpoint_by_another_key_does_not_pass_for_ours() {
    let dir = ledger();
    let other = tempfile::tempdir().unwrap();
    let state = stranger(other.path());
    let trusted = state.verifier().clone();
    assert!(LogReader::verify(dir.path(), Some(&trusted)).is_err());
}

/// A state folder with another key under another name.
fn stranger(dir: &Path) -> State {
    let ids = Arc::new(IdSource::new([9; 32]));
    let clock = Arc::new(FixedClock::new(now()));
    State::open(dir, clock, ids, Arc::new(|| Ok([200; 32]))).unwrap()
}
