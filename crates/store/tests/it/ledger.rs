//! The ledger in order: appends, numbering, proofs, checkpoints, readers beside the writer.

use std::sync::Arc;

use seawall_evidence::checkpoint::Checkpoint;
use seawall_evidence::proof::{verify_consistency, verify_inclusion};
use seawall_ports::LedgerError;
use seawall_store::{LedgerOptions, LogReader};

use crate::support::{draft, fill, open, open_with, wait};

#[test]
fn entries_keep_their_places_and_numbers_over_restarts() {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..3_u64 {
        let state = open(dir.path()).unwrap();
        assert_eq!(state.ledger().size(), round * 300);
        let positions = wait(
            state
                .ledger()
                .append((0..300).map(|n| draft(format!("urn:{n}"))).collect()),
        )
        .unwrap();
        let expected: Vec<u64> = (round * 300..round * 300 + 300).collect();
        let indexes: Vec<u64> = positions.iter().map(|p| p.index).collect();
        let sequences: Vec<u64> = positions.iter().map(|p| p.sequence).collect();
        assert_eq!(indexes, expected);
        assert_eq!(sequences, expected);
        state.close().unwrap();
    }
    let verified = LogReader::verify(dir.path(), None).unwrap();
    assert_eq!(verified.audit.size, 900);
    assert_eq!(verified.audit.unnumbered, 0);
    let source = verified.audit.sources.values().next().unwrap();
    assert_eq!(
        (source.entries, source.missing, source.disordered),
        (900, 0, 0)
    );
}

#[test]
fn the_live_ledger_proves_every_entry_against_every_size() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(dir.path()).unwrap();
    fill(&state, 600);
    let ledger = state.ledger();
    for (index, size) in [
        (0, 1),
        (0, 600),
        (255, 256),
        (256, 257),
        (300, 512),
        (599, 600),
    ] {
        let proof = wait(ledger.inclusion(index, size)).unwrap();
        let held = verify_inclusion(index, size, &proof.leaf, &proof.root, &proof.path);
        assert_eq!(held, Ok(()), "{index} of {size}");
    }
    let old = wait(ledger.inclusion(0, 257)).unwrap().root;
    let new = wait(ledger.inclusion(0, 600)).unwrap().root;
    let path = wait(ledger.consistency(257, 600)).unwrap();
    assert_eq!(verify_consistency((257, &old), (600, &new), &path), Ok(()));
    assert!(matches!(
        wait(ledger.inclusion(600, 600)),
        Err(LedgerError::OutOfRange { .. })
    ));
}

#[test]
fn reading_crosses_bundles_and_stops_at_the_end() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(dir.path()).unwrap();
    fill(&state, 600);
    let records = wait(state.ledger().entries(250, 300)).unwrap();
    let indexes: Vec<u64> = records.iter().map(|record| record.index).collect();
    assert_eq!(indexes, (250..550).collect::<Vec<_>>());
    assert_eq!(records[0].entry().unwrap().sequence, 250);
    assert_eq!(wait(state.ledger().entries(590, 300)).unwrap().len(), 10);
    assert_eq!(wait(state.ledger().entries(600, 1)).unwrap(), []);
    state.close().unwrap();
    let reader = LogReader::open(dir.path(), None).unwrap();
    assert_eq!(reader.entries(250, 300).unwrap(), records);
}

#[test]
fn readers_stand_on_a_checkpoint_while_the_writer_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = LedgerOptions::default();
    options.checkpoint_every = std::time::Duration::ZERO;
    let state = open_with(dir.path(), options).unwrap();
    for round in 1..=40 {
        fill(&state, 37);
        let verified = LogReader::verify(dir.path(), None).unwrap();
        assert!(verified.checkpoint.size <= 37 * round);
    }
    let note = wait(state.ledger().checkpoint()).unwrap();
    let checkpoint = Checkpoint::open(&note, state.verifier()).unwrap();
    state.close().unwrap();
    let reader = LogReader::open(dir.path(), None).unwrap();
    assert_eq!(reader.checkpoint().size, 37 * 40);
    let path = reader.consistency(checkpoint.size).unwrap().unwrap();
    let old = (checkpoint.size, &checkpoint.root);
    let new = (reader.checkpoint().size, &reader.checkpoint().root);
    assert_eq!(verify_consistency(old, new, &path), Ok(()));
    let (record, proof) = reader.inclusion(100).unwrap().unwrap();
    assert_eq!(record.index, 100);
    let held = verify_inclusion(100, proof.size, &proof.leaf, &proof.root, &proof.path);
    assert_eq!(held, Ok(()));
    assert!(reader.inclusion(37 * 40).unwrap().is_none());
}

#[test]
fn a_full_queue_refuses_at_once_and_leaves_a_gap() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = LedgerOptions::default();
    options.queue_entries_max = 8;
    let state = open_with(dir.path(), options).unwrap();
    let drafts = |count| (0..count).map(|_| draft("urn:x")).collect::<Vec<_>>();
    wait(state.ledger().append(drafts(8))).unwrap();
    assert_eq!(
        wait(state.ledger().append(drafts(9))),
        Err(LedgerError::Busy)
    );
    wait(state.ledger().append(drafts(1))).unwrap();
    state.close().unwrap();
    let verified = LogReader::verify(dir.path(), None).unwrap();
    assert_eq!(verified.audit.size, 9);
    assert_eq!(verified.audit.sources.values().next().unwrap().missing, 9);
}

#[test]
fn an_entry_that_is_too_large_is_refused_alone() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(dir.path()).unwrap();
    let refused = wait(state.ledger().append(vec![draft("x".repeat(70_000))]));
    assert!(matches!(refused, Err(LedgerError::Entry(_))));
    let positions = wait(state.ledger().append(vec![draft("urn:x")])).unwrap();
    assert_eq!((positions[0].index, positions[0].sequence), (0, 0));
}

#[test]
fn the_journal_lets_go_of_sealed_entries_and_the_ledger_still_opens() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = LedgerOptions::default();
    options.segment_bytes_max = 20_000;
    options.checkpoint_every = std::time::Duration::ZERO;
    for _ in 0..4 {
        let state = open_with(dir.path(), options).unwrap();
        for _ in 0..100 {
            fill(&state, 13);
        }
        state.close().unwrap();
    }
    let journal = dir.path().join("ledger/journal");
    let names: Vec<_> = std::fs::read_dir(journal).unwrap().collect();
    assert!(names.len() < 60, "{} segments are left", names.len());
    assert_eq!(
        LogReader::verify(dir.path(), None).unwrap().audit.size,
        5_200
    );
}

#[test]
fn concurrent_appenders_all_get_their_own_place() {
    let dir = tempfile::tempdir().unwrap();
    let state = open(dir.path()).unwrap();
    let ledger = state.ledger();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let ledger = Arc::clone(&ledger);
        tasks.spawn_on(
            async move {
                let mut indexes = Vec::new();
                for _ in 0..20 {
                    let positions = ledger.append(vec![draft("urn:x")]).await.unwrap();
                    indexes.push(positions[0].index);
                }
                indexes
            },
            runtime.handle(),
        );
    }
    let mut indexes: Vec<u64> = runtime.block_on(tasks.join_all()).concat();
    indexes.sort_unstable();
    assert_eq!(indexes, (0..64 * 20).collect::<Vec<_>>());
}
