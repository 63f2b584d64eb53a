//! The one place where tasks touch the outside: files, processes, the terminal, the clock.
#![expect(
    clippy::disallowed_methods,
    reason = "development tasks start processes and read files; this module is where they do"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;

/// The working tree.
#[derive(Clone, Debug)]
pub(crate) struct Repository {
    root: PathBuf,
}

impl Repository {
    /// The tree that this program was built from.
    pub(crate) fn here() -> Self {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self {
            root: manifest.parent().unwrap_or(manifest).to_path_buf(),
        }
    }

    /// The root folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Reads a file of the tree as text.
    pub(crate) fn read(&self, path: &str) -> anyhow::Result<String> {
        std::fs::read_to_string(self.root.join(path)).with_context(|| format!("reading {path}"))
    }

    /// Writes a file of the tree, making its folder.
    pub(crate) fn write(&self, path: &str, text: &str) -> anyhow::Result<()> {
        let full = self.root.join(path);
        if let Some(folder) = full.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("making {}", folder.display()))?;
        }
        std::fs::write(full, text).with_context(|| format!("writing {path}"))
    }

    /// Removes a file of the tree.
    pub(crate) fn remove(&self, path: &str) -> anyhow::Result<()> {
        std::fs::remove_file(self.root.join(path)).with_context(|| format!("removing {path}"))
    }

    /// Every file below `folder` by its path in the tree, sorted; nothing where there is no folder.
    pub(crate) fn files(&self, folder: &str) -> anyhow::Result<Vec<String>> {
        let mut found = Vec::new();
        let mut waiting = vec![self.root.join(folder)];
        while let Some(next) = waiting.pop() {
            if next.is_dir() {
                let entries = std::fs::read_dir(&next)?;
                waiting.extend(entries.flatten().map(|entry| entry.path()));
            } else if let Some(inside) = next.is_file().then(|| next.strip_prefix(&self.root)) {
                found.push(inside?.to_string_lossy().replace('\\', "/"));
            }
        }
        found.sort();
        Ok(found)
    }

    /// The source files: Rust below `crates`, `xtask` and `fuzz`, without build output.
    pub(crate) fn sources(&self) -> anyhow::Result<Vec<String>> {
        let mut sources = Vec::new();
        for folder in ["crates", "fuzz", "xtask"] {
            sources.extend(self.files(folder)?);
        }
        sources.retain(|path| path.ends_with(".rs") && !path.contains("/target/"));
        Ok(sources)
    }
}

/// A program to run in the tree.
pub(crate) struct Program {
    command: Command,
    shown: String,
}

/// How a program ended and what it printed.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Whether it succeeded.
    pub(crate) success: bool,
    /// Its standard output; its standard error too where it was asked for.
    pub(crate) output: String,
}

impl Program {
    /// A program with its arguments.
    pub(crate) fn new(repository: &Repository, name: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(name);
        command
            .args(arguments)
            .current_dir(repository.root())
            .stdin(Stdio::null());
        Self {
            command,
            shown: format!("{name} {}", arguments.join(" ")),
        }
    }

    /// The cargo that runs this task.
    pub(crate) fn cargo(repository: &Repository, arguments: &[&str]) -> Self {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        Self::new(repository, &cargo, arguments)
    }

    /// Sets a variable.
    pub(crate) fn with(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it, showing its output as it comes, and keeps standard output.
    pub(crate) fn stream(mut self) -> anyhow::Result<Ended> {
        let mut child = self
            .command
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {}", self.shown))?;
        let mut output = String::new();
        if let Some(stdout) = child.stdout.take() {
            for line in BufReader::new(stdout).lines() {
                let line = line.unwrap_or_default();
                say(&line);
                output.push_str(&line);
                output.push('\n');
            }
        }
        let success = child.wait()?.success();
        Ok(Ended { success, output })
    }

    /// Runs it silently and keeps what it prints on both streams.
    pub(crate) fn capture(mut self) -> anyhow::Result<Ended> {
        let done = self
            .command
            .output()
            .with_context(|| format!("starting {}", self.shown))?;
        let mut output = String::from_utf8_lossy(&done.stdout).into_owned();
        if !done.status.success() {
            output.push_str(&String::from_utf8_lossy(&done.stderr));
        }
        Ok(Ended {
            success: done.status.success(),
            output,
        })
    }

    /// Starts it with its output in a file and leaves it running.
    pub(crate) fn start(mut self, log: &Path) -> anyhow::Result<Running> {
        let file =
            std::fs::File::create(log).with_context(|| format!("making {}", log.display()))?;
        let child = self
            .command
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("starting {}", self.shown))?;
        Ok(Running { child })
    }
}

/// A program that runs until it is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    child: std::process::Child,
}

impl Running {
    /// Whether it has ended by itself.
    pub(crate) fn ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to kill and nothing to say.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Prints a line.
pub(crate) fn say(text: &str) {
    // A closed terminal is no reason to stop a test run.
    drop(writeln!(std::io::stdout().lock(), "{text}"));
}

/// The value of a variable that is set and not empty.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Where caches live: the same folder that the product uses.
pub(crate) fn cache() -> PathBuf {
    let named = variable("SEAWALL_CACHE").map(PathBuf::from);
    let base = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || variable("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let user = || {
        base.or_else(home)
            .unwrap_or_else(std::env::temp_dir)
            .join("seawall")
    };
    named.unwrap_or_else(user)
}

/// Whether a program can be found.
pub(crate) fn installed(name: &str) -> bool {
    let folders = variable("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(name).is_file())
}

/// Reads a file anywhere, for logs and state outside the tree.
pub(crate) fn read_outside(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

/// Makes a folder and its parents.
pub(crate) fn make_folder(path: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(path).with_context(|| format!("making {}", path.display()))
}

/// Writes a file anywhere.
pub(crate) fn write_outside(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}

/// Moves a file anywhere.
pub(crate) fn rename_outside(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::rename(from, to).with_context(|| format!("moving {}", from.display()))
}

/// Asks again and again, for at most `limit`, until there is an answer.
pub(crate) fn wait_for<T>(limit: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if start.elapsed() > limit {
            return None;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Runs `work` and says how long it took.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}
