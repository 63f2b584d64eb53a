//! Disks that refuse: unwritable folders and full disks give a clear error and lose nothing.

use std::io;
use std::path::Path;

use seawall_ports::LedgerError;
use seawall_store::{LedgerOptions, LogReader, StoreError};

use crate::support::{draft, open, open_with, wait};

#[test]
fn a_folder_that_cannot_be_made_is_named_with_a_hint() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    for path in [file.join("state"), file.clone()] {
        let error = open(&path).err().unwrap();
        assert!(error.to_string().starts_with("cannot create"), "{error}");
        assert!(error.hint().unwrap().contains("--state"));
    }
    assert_eq!(std::fs::read(&file).unwrap(), b"in the way");
}

/// Nobody may make folders in `/sys`, not even root, whom permissions would not stop.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_without_write_permission_is_named_with_a_hint() {
    let path = Path::new("/sys/kernel/seawall-test");
    let error = open(path).err().unwrap();
    let StoreError::Io { source, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(source.kind(), io::ErrorKind::PermissionDenied);
    assert!(error.to_string().contains("/sys/kernel/seawall-test"));
    assert!(error.hint().unwrap().contains("permissions"));
}

/// `/dev/full` refuses every write with "no space left", as a full disk does.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_refuses_the_append_and_recovers() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = LedgerOptions::default();
    options.segment_bytes_max = 1;
    let state = open_with(dir.path(), options).unwrap();
    wait(state.ledger().append(vec![draft("urn:0")])).unwrap();
    let next = dir.path().join("ledger/journal/00000000000000000001.log");
    std::os::unix::fs::symlink("/dev/full", &next).unwrap();
    let refused = wait(state.ledger().append(vec![draft("urn:1")]));
    let Err(LedgerError::Storage(reason)) = refused else {
        panic!("{refused:?}");
    };
    assert!(reason.to_lowercase().contains("no space left"), "{reason}");
    assert_eq!(state.ledger().size(), 1);
    std::fs::remove_file(&next).unwrap();
    drop(state);
    let state = open(dir.path()).unwrap();
    assert_eq!(state.ledger().size(), 1);
    wait(state.ledger().append(vec![draft("urn:2")])).unwrap();
    state.close().unwrap();
    assert_eq!(LogReader::verify(dir.path(), None).unwrap().audit.size, 2);
}
