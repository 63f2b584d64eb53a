//! What the tests share: opening a folder, drafts, waiting for a future.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use seawall_base::{FixedClock, IdSource, Principal, PrincipalKind, Timestamp};
use seawall_evidence::{Draft, Kind};
use seawall_store::{LedgerOptions, Random, State, StoreError};

pub(crate) fn now() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

/// Bytes that differ from call to call and repeat from run to run.
pub(crate) fn random() -> Random {
    let next = AtomicU8::new(1);
    Arc::new(move || Ok([next.fetch_add(1, Ordering::Relaxed); 32]))
}

pub(crate) fn open_with(dir: &Path, options: LedgerOptions) -> Result<State, StoreError> {
    let clock = Arc::new(FixedClock::new(now()));
    let ids = Arc::new(IdSource::new([3; 32]));
    State::open_with(dir, clock, ids, random(), options)
}

pub(crate) fn open(dir: &Path) -> Result<State, StoreError> {
    open_with(dir, LedgerOptions::default())
}

/// A draft about `subject`, large enough to look like a verdict.
pub(crate) fn draft(subject: impl Into<String>) -> Draft {
    Draft {
        kind: Kind::Verdict,
        at: now(),
        principal: Principal::new(PrincipalKind::Key, "key_1"),
        subject: subject.into(),
        body: serde_json::json!({ "note": "x".repeat(100) }),
    }
}

pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// Appends `count` entries in batches.
pub(crate) fn fill(state: &State, count: usize) {
    let ledger = state.ledger();
    let mut left = count;
    while left > 0 {
        let batch = left.min(1_000);
        let drafts = (0..batch).map(|number| draft(format!("urn:{number}")));
        wait(ledger.append(drafts.collect())).unwrap();
        left -= batch;
    }
}
