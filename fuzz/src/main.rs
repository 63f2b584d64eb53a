//! Drives targets by mutation alone: no instrumentation, any toolchain, the same inputs every time.
//!
//! `seawall-fuzz list`, `seawall-fuzz seeds TARGET FOLDER`, `seawall-fuzz run TARGET SECONDS FOLDER`;
//! an input that fails is left in FOLDER.

use std::io::Write as _;
use std::panic::catch_unwind;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use seawall_base::Digest;
use seawall_fuzz::{Mutator, TARGETS, Target, target};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["list"] => {
            TARGETS.iter().for_each(|target| say(target.name));
            ExitCode::SUCCESS
        }
        ["seeds", name, folder] => match target(name) {
            Some(target) => write_seeds(target, Path::new(folder)),
            None => unknown(name),
        },
        ["run", name, seconds, folder] => match (target(name), seconds.parse()) {
            (Some(target), Ok(seconds)) => run(target, seconds, Path::new(folder)),
            (None, _) => unknown(name),
            (_, Err(_)) => unknown(seconds),
        },
        _ => unknown(&words.join(" ")),
    }
}

fn write_seeds(target: &Target, folder: &Path) -> ExitCode {
    let kept = target.seeds().iter().all(|seed| keep(folder, "seed", seed));
    if kept {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

#[expect(clippy::disallowed_methods, reason = "a fuzzer runs for a time")]
fn run(target: &Target, seconds: u64, folder: &Path) -> ExitCode {
    let mut mutator = Mutator::new(target.seeds(), seconds);
    let (start, limit) = (Instant::now(), Duration::from_secs(seconds));
    let mut runs = 0_u64;
    while start.elapsed() < limit {
        let bytes = mutator.draw();
        runs += 1;
        if catch_unwind(|| (target.body)(&bytes)).is_err() {
            keep(folder, "failed", &bytes);
            return ExitCode::FAILURE;
        }
    }
    say(&format!("{}: {runs} inputs, none failed", target.name));
    ExitCode::SUCCESS
}

/// Writes an input under a name of its content.
#[expect(clippy::disallowed_methods, reason = "inputs are kept as files")]
fn keep(folder: &Path, what: &str, bytes: &[u8]) -> bool {
    let name: String = Digest::of(bytes).to_hex().chars().take(16).collect();
    let path = folder.join(format!("{what}-{name}"));
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&path, bytes));
    say(&match &written {
        Ok(()) => format!("kept {}", path.display()),
        Err(error) => format!("{}: {error}", path.display()),
    });
    written.is_ok()
}

fn unknown(what: &str) -> ExitCode {
    say(&format!("not known: `{what}`; see `list`"));
    ExitCode::from(2)
}

fn say(text: &str) {
    // Nobody reads on: nothing to do about it.
    drop(writeln!(std::io::stdout().lock(), "{text}"));
}
