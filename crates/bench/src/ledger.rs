//! The ledger on a real disk: durable appends from many callers, proofs, against one fsync at a time.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use seawall_base::{Clock, IdSource, Principal, PrincipalKind, Timestamp};
use seawall_evidence::checkpoint::Checkpoint;
use seawall_evidence::{Draft, Kind};
use seawall_net::TaskSet;
use seawall_ports::Ledger;
use seawall_store::{LogReader, State};
use seawall_telemetry::SystemClock;

use crate::measure::{SAMPLES, stopwatch};
use crate::row::Row;

const CALLERS: usize = 256;
const APPENDS: usize = 40;
const VERIFIED: u64 = 1_000_000;
/// No step takes this long unless it is stuck.
const LIMIT: std::time::Duration = std::time::Duration::from_secs(120);

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
    progress("bursts of durable appends");
    for _ in 0..SAMPLES {
        appended.push(runtime.block_on(burst(&state, clock.as_ref())));
    }
    let ledger = state.ledger();
    let size = ledger.size();
    let wanted = (SAMPLES * CALLERS * APPENDS) as u64;
    anyhow::ensure!(
        size == wanted,
        "{size} of {wanted} entries are in the ledger"
    );
    let mut proved = Vec::new();
    progress("inclusion proofs");
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
    progress("time to a signed checkpoint");
    let integrated = runtime.block_on(integration(&state, clock.as_ref()))?;
    let synced = one_by_one(folder.path())?;
    progress("filling up to a million entries");
    runtime.block_on(fill(&state, clock.as_ref()))?;
    drop(ledger);
    state.close()?;
    let verified = (0..SAMPLES)
        .map(|sample| {
            progress(&format!("verification {} of {SAMPLES}", sample + 1));
            let time = stopwatch();
            let verified = LogReader::verify(folder.path(), None)?;
            anyhow::ensure!(verified.audit.size == VERIFIED, "not all entries are there");
            Ok(time())
        })
        .collect::<anyhow::Result<Vec<f64>>>()?;
    let name = format!("durable appends per second, {CALLERS} concurrent callers");
    Ok(vec![
        Row::new(name, "entries/s, wall", "≥ 10,000", appended)
            .against("one write and fsync each", synced),
        Row::new(
            format!("inclusion proof among {size} entries"),
            "ms, wall",
            "≤ 1",
            proved,
        ),
        Row::new(
            "append to signed checkpoint, p99 under that load",
            "s",
            "≤ 1",
            integrated,
        ),
        Row::new(
            format!("verify {VERIFIED} entries offline, one thread"),
            "s",
            "≤ 5",
            verified,
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
                // A refused append shows as a wrong size, which the caller checks.
                drop(ledger.append(vec![draft(at)]).await);
            }
        });
    }
    tasks.drain(LIMIT).await;
    (CALLERS * APPENDS) as f64 / time()
}

/// Under the same load: how long the slowest 1 % wait until a signed checkpoint covers them.
async fn integration(state: &State, clock: &dyn Clock) -> anyhow::Result<Vec<f64>> {
    let mut samples = Vec::new();
    for _ in 0..SAMPLES {
        let time: Stopwatch = Arc::new(stopwatch());
        let asked: Asked = Arc::default();
        let tasks = TaskSet::new();
        // Before anyone appends: what is already there does not count.
        let goal = state.ledger().size() + (CALLERS * APPENDS) as u64;
        for _ in 0..CALLERS {
            let caller = timed_appends(state.ledger(), clock.now(), &time, &asked);
            tasks.spawn(caller);
        }
        let signed = tokio::time::timeout(LIMIT, watch(state, goal, time.as_ref()))
            .await
            .context("no checkpoint covered the whole load in time")??;
        tasks.drain(LIMIT).await;
        let asked = std::mem::take(&mut *asked.lock().unwrap_or_else(PoisonError::into_inner));
        let covered = |index| signed.iter().find(|(size, _)| *size > index);
        let mut waits: Vec<f64> = asked
            .into_iter()
            .filter_map(|(index, since)| covered(index).map(|(_, at)| at - since))
            .collect();
        let all = waits.len() == CALLERS * APPENDS;
        anyhow::ensure!(all, "some entries were never signed");
        waits.sort_by(f64::total_cmp);
        samples.extend(waits.get(waits.len() * 99 / 100));
    }
    Ok(samples)
}

type Stopwatch = Arc<dyn Fn() -> f64 + Send + Sync>;
/// Index of each entry, and when its append was asked for.
type Asked = Arc<Mutex<Vec<(u64, f64)>>>;

/// One caller that notes when it asked.
fn timed_appends(
    ledger: Arc<dyn Ledger>,
    at: Timestamp,
    time: &Stopwatch,
    asked: &Asked,
) -> impl Future<Output = ()> + Send + 'static {
    let (time, asked) = (Arc::clone(time), Arc::clone(asked));
    async move {
        for _ in 0..APPENDS {
            let since = time();
            let appended = ledger.append(vec![draft(at)]).await;
            let index = appended.ok().and_then(|all| Some(all.first()?.index));
            let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
            asked.extend(index.map(|index| (index, since)));
        }
    }
}

/// The checkpoints as they appear, until one covers the whole load.
async fn watch(
    state: &State,
    goal: u64,
    time: &(dyn Fn() -> f64 + Send + Sync),
) -> anyhow::Result<Vec<(u64, f64)>> {
    let ledger = state.ledger();
    let mut signed: Vec<(u64, f64)> = Vec::new();
    loop {
        let note = ledger.checkpoint().await?;
        let size = Checkpoint::open(&note, state.verifier())?.size;
        if signed.last().is_none_or(|(last, _)| size > *last) {
            signed.push((size, time()));
        }
        if size >= goal {
            return Ok(signed);
        }
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}

/// Appends until the ledger holds as many entries as the verification row says.
async fn fill(state: &State, clock: &dyn Clock) -> anyhow::Result<()> {
    let ledger = state.ledger();
    while ledger.size() < VERIFIED {
        let count = usize::try_from((VERIFIED - ledger.size()).min(4_000))?;
        let appended = ledger.append(vec![draft(clock.now()); count]);
        tokio::time::timeout(LIMIT, appended).await??;
    }
    Ok(())
}

/// Says what runs, because some of it takes a while.
fn progress(what: &str) {
    crate::say(&format!("… {what}\n"));
}

fn draft(at: Timestamp) -> Draft {
    Draft {
        kind: Kind::Start,
        at,
        principal: Principal::new(PrincipalKind::Seawall, "bench"),
        subject: "urn:seawall:bench".to_owned(),
        body: serde_json::json!({ "note": "an entry of the usual size", "pad": "x".repeat(200) }),
    }
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
