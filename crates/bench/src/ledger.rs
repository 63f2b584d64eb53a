//! The ledger on a real disk: durable appends from many callers, proofs, against one fsync at a time.

use std::sync::Arc;

use anyhow::Context as _;
use seawall_base::{Clock, IdSource, Principal, PrincipalKind};
use seawall_evidence::{Draft, Kind};
use seawall_net::TaskSet;
use seawall_store::State;
use seawall_telemetry::SystemClock;

use crate::measure::{SAMPLES, stopwatch};
use crate::row::Row;

const CALLERS: usize = 256;
const APPENDS: usize = 40;

/// The rows.
pub(crate) fn rows() -> anyhow::Result<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids = Arc::new(IdSource::new([7; 32]));
    let state = State::open(folder.path(), Arc::clone(&clock), ids, random())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let mut appended = Vec::new();
    for _ in 0..SAMPLES {
        appended.push(runtime.block_on(burst(&state, clock.as_ref())));
    }
    let ledger = state.ledger();
    let size = ledger.size();
    let mut proved = Vec::new();
    for sample in 0..SAMPLES as u64 {
        let clock = stopwatch();
        for step in 0..100 {
            let index = (sample * 7_919 + step * 104_729) % size;
            runtime
                .block_on(ledger.inclusion(index, size))
                .context("no proof")?;
        }
        proved.push(clock() * 1e3 / 100.0);
    }
    let synced = one_by_one(folder.path())?;
    drop(ledger);
    state.close()?;
    let name = format!("durable appends per second, {CALLERS} concurrent callers");
    Ok(vec![
        Row::new(name, "entries/s", "≥ 10,000", appended)
            .against("one write and fsync each", synced),
        Row::new(
            format!("inclusion proof among {size} entries"),
            "ms",
            "≤ 1",
            proved,
        ),
    ])
}

/// All callers append one after the other, each waiting until its entry is durable.
async fn burst(state: &State, clock: &dyn Clock) -> f64 {
    let tasks = TaskSet::new();
    let time = stopwatch();
    for _ in 0..CALLERS {
        let (ledger, at) = (state.ledger(), clock.now());
        tasks.spawn(async move {
            for _ in 0..APPENDS {
                let draft = Draft {
                    kind: Kind::Start,
                    at,
                    principal: Principal::new(PrincipalKind::Seawall, "bench"),
                    subject: "urn:seawall:bench".to_owned(),
                    body: serde_json::json!({ "note": "an entry of the usual size", "pad": "x".repeat(200) }),
                };
                // A refused append would show as a wrong count below.
                drop(ledger.append(vec![draft]).await);
            }
        });
    }
    tasks.drain(std::time::Duration::from_secs(120)).await;
    (CALLERS * APPENDS) as f64 / time()
}

/// The same number of bytes, written and synced one entry at a time.
fn one_by_one(folder: &std::path::Path) -> anyhow::Result<Vec<f64>> {
    use std::io::Write as _;
    let mut file = std::fs::File::create(folder.join("baseline"))?;
    let entry = vec![b'x'; 400];
    let mut samples = Vec::new();
    for _ in 0..SAMPLES {
        let time = stopwatch();
        for _ in 0..50 {
            file.write_all(&entry)?;
            file.sync_data()?;
        }
        samples.push(50.0 / time());
    }
    Ok(samples)
}

/// Repeatable bytes where production has the system's randomness.
pub(crate) fn random() -> seawall_store::Random {
    let ids = IdSource::new([9; 32]);
    Arc::new(move || {
        let id = ids.next("bench", seawall_base::Timestamp::UNIX_EPOCH);
        Ok(*seawall_base::Digest::of(id.as_str().as_bytes()).as_bytes())
    })
}
