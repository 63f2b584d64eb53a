//! Runs a command and looks at the files that it and its children have open meanwhile.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

/// How often the open files are looked at.
const EVERY: Duration = Duration::from_millis(50);
/// Files that are listed, and processes that are looked at.
const FILES_MAX: usize = 10_000;
const PROCESSES_MAX: usize = 4_096;

/// Places that hold no data of a run.
const OTHERS: &[&str] = &["/dev/", "/proc/", "/sys/"];

/// How a command ended, and what it was seen to have open.
#[derive(Debug)]
pub(super) struct Ran {
    pub(super) status: ExitStatus,
    /// Paths outside of what was declared, by name.
    pub(super) observed: Vec<String>,
    /// Whether there were more.
    pub(super) cut: bool,
}

/// Runs `command` to its end, its output to where this process writes.
#[expect(
    clippy::disallowed_methods,
    reason = "the command is what the user asks to run"
)]
pub(super) fn run(command: &[String], declared: &[&Path]) -> io::Result<Ran> {
    let (program, arguments) = command
        .split_first()
        .ok_or_else(|| io::Error::other("no command was given"))?;
    let declared: Vec<PathBuf> = declared
        .iter()
        .map(|path| fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf()))
        .collect();
    let mut child = Command::new(program).args(arguments).spawn()?;
    let root = child.id();
    let (sender, ended) = mpsc::channel();
    let waiter = std::thread::spawn(move || {
        // Nobody listens any more only when the run is given up.
        drop(sender.send(child.wait()));
    });
    let mut seen = BTreeSet::new();
    let status = loop {
        match ended.recv_timeout(EVERY) {
            Ok(status) => break status?,
            Err(RecvTimeoutError::Timeout) => look(root, &declared, &mut seen),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(io::Error::other("the command was not waited for"));
            }
        }
    };
    drop(waiter.join());
    Ok(Ran {
        status,
        cut: seen.len() >= FILES_MAX,
        observed: seen.into_iter().collect(),
    })
}

/// Notes the files that a process and those below it have open. A process that has ended in the
/// meantime has none.
fn look(root: u32, declared: &[PathBuf], seen: &mut BTreeSet<String>) {
    let mut waiting = vec![root];
    let mut looked = 0;
    while let Some(process) = waiting.pop() {
        looked += 1;
        if looked > PROCESSES_MAX {
            return;
        }
        waiting.extend(children(process));
        let open = fs::read_dir(format!("/proc/{process}/fd"))
            .into_iter()
            .flatten();
        let paths = open
            .flatten()
            .filter_map(|entry| fs::read_link(entry.path()).ok());
        let outside = paths
            .filter(|path| path.is_file() && !declared.iter().any(|known| path.starts_with(known)));
        for path in outside {
            let text = path.to_string_lossy().into_owned();
            if seen.len() < FILES_MAX && !OTHERS.iter().any(|other| text.starts_with(other)) {
                seen.insert(text);
            }
        }
    }
}

/// The processes that a process started, over all of its threads.
fn children(process: u32) -> Vec<u32> {
    let threads = fs::read_dir(format!("/proc/{process}/task"))
        .into_iter()
        .flatten();
    let lists = threads
        .flatten()
        .filter_map(|thread| crate::input::read(&thread.path().join("children"), 1 << 20).ok());
    lists
        .flat_map(|list| {
            let text = String::from_utf8_lossy(&list).into_owned();
            let numbers = text.split_whitespace().filter_map(|word| word.parse().ok());
            numbers.collect::<Vec<u32>>()
        })
        .collect()
}
