//! A real process under load, killed without warning, again and again: what it acknowledged is there.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use seawall_store::{LedgerOptions, LogReader};

use crate::support::{draft, open_with, wait};

const KILLS: u32 = 100;
const FOLDER: &str = "SEAWALL_TEST_CRASH_FOLDER";
const APPENDERS: usize = 32;

fn options() -> LedgerOptions {
    let mut options = LedgerOptions::default();
    // Small, so that rotation, sealing and checkpoints happen between the kills too.
    options.segment_bytes_max = 100_000;
    options.checkpoint_every = Duration::from_millis(5);
    options
}

/// Not a test of its own: the process that the test below starts and kills.
#[test]
fn writer_process() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let state = open_with(Path::new(&folder), options()).unwrap();
    let ledger = state.ledger();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..APPENDERS {
        let ledger = Arc::clone(&ledger);
        tasks.spawn_on(
            async move {
                loop {
                    let position = ledger.append(vec![draft("urn:x")]).await.unwrap()[0];
                    let line = format!("\nack {} {}\n", position.index, position.leaf.to_hex());
                    std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
                }
            },
            runtime.handle(),
        );
    }
    runtime.block_on(tasks.join_all());
}

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::writer_process", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Runs the process until it was killed; returns what it acknowledged.
fn acknowledged_until_killed(folder: &Path, after: Duration) -> Vec<(u64, String)> {
    let mut child = start(folder);
    let lines = BufReader::new(child.stdout.take().unwrap());
    let (first, started) = channel();
    let reader = std::thread::spawn(move || {
        let mut acknowledged = Vec::new();
        for line in lines.lines().map_while(Result::ok) {
            let mut words = line.split(' ');
            if words.next() != Some("ack") {
                continue;
            }
            // The last line may be cut in the middle: a hash has 64 digits.
            if let (Some(index), Some(leaf)) = (words.next(), words.next())
                && leaf.len() == 64
            {
                acknowledged.push((index.parse().unwrap(), leaf.to_owned()));
                first.send(()).ok();
            }
        }
        acknowledged
    });
    // Killed some time after its first acknowledgement, or during its start when `after` is zero.
    if !after.is_zero() {
        started.recv_timeout(Duration::from_secs(30)).unwrap();
        let until = Instant::now() + after;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            // An acknowledgement or the time is over: either way the loop looks again.
            started.recv_timeout(left).ok();
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    reader.join().unwrap()
}

#[test]
fn nothing_acknowledged_is_lost_over_100_kills_under_load() {
    let dir = tempfile::tempdir().unwrap();
    let mut all = BTreeMap::new();
    for kill in 0..KILLS {
        // 0 to 35 ms: in the start, in a batch, in a checkpoint, in a rotation.
        let after = Duration::from_millis(u64::from(kill * 7 % 36));
        for (index, leaf) in acknowledged_until_killed(dir.path(), after) {
            let before = all.insert(index, leaf);
            assert_eq!(before, None, "index {index} was given twice");
        }
        let state = open_with(dir.path(), options()).unwrap();
        let size = state.ledger().size();
        let last = all.keys().next_back().copied();
        assert!(
            last < Some(size).filter(|size| *size > 0) || last.is_none(),
            "kill {kill}: {last:?} of {size}"
        );
        let newest = all.range(size.saturating_sub(200)..);
        for (index, leaf) in newest {
            let proof = wait(state.ledger().inclusion(*index, size)).unwrap();
            assert_eq!(proof.leaf.to_hex(), *leaf, "kill {kill}: entry {index}");
        }
        state.close().unwrap();
    }
    let verified = LogReader::verify(dir.path(), None).unwrap();
    let reader = LogReader::open(dir.path(), None).unwrap();
    assert!(all.len() > 1_000, "only {} acknowledged", all.len());
    let records = reader.entries(0, usize::MAX).unwrap();
    assert_eq!(records.len() as u64, verified.audit.size);
    for (index, leaf) in &all {
        let record = &records[usize::try_from(*index).unwrap()];
        let found = seawall_evidence::tree::leaf_hash(&record.bytes);
        assert_eq!(found.to_hex(), *leaf, "entry {index}");
    }
    let source = verified.audit.sources.values().next().unwrap();
    assert_eq!((source.missing, source.disordered), (0, 0));
}
