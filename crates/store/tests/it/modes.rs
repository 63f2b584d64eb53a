//! Who may read a state folder: its owner alone, whatever the umask and whatever it was before.
#![cfg(unix)]

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::support::{fill, open, wait};

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o777
}

fn everything(dir: &Path) -> Vec<PathBuf> {
    let mut found = vec![dir.to_owned()];
    for item in std::fs::read_dir(dir).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            found.extend(everything(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn every_file_is_made_for_the_owner_alone() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("state");
    let state = open(&folder).unwrap();
    fill(&state, 700);
    wait(state.ledger().checkpoint()).unwrap();
    state.write("demonstration/seawall.yaml", b"x").unwrap();
    let found = everything(&folder);
    for name in [
        "seawall.db",
        "seawall.db-wal",
        "seawall.db-shm",
        "lock",
        "keys/ledger.pem",
        "keys/receipts.pem",
    ] {
        assert!(found.contains(&folder.join(name)), "{name} is not there");
    }
    for path in found {
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(mode(&path), expected, "{}", path.display());
    }
}

#[test]
fn a_folder_that_is_too_open_is_closed_and_the_user_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("state");
    open(&folder).unwrap().close().unwrap();
    let opened = [
        ("", 0o755),
        ("seawall.db", 0o644),
        ("keys", 0o750),
        ("keys/ledger.pem", 0o640),
    ];
    for (name, mode) in opened {
        set_permissions(folder.join(name), Permissions::from_mode(mode)).unwrap();
    }
    let state = open(&folder).unwrap();
    let said = state.notices().join("\n");
    for (name, before) in opened {
        let path = folder.join(name);
        assert_eq!(mode(&path) & 0o077, 0, "{name}");
        let path = path.display().to_string();
        let line = format!(
            "{} was open to other users (mode {before:03o})",
            path.trim_end_matches('/')
        );
        assert!(said.contains(&line), "{line} is not in {said}");
    }
    state.close().unwrap();
    assert!(open(&folder).unwrap().notices().is_empty());
}
