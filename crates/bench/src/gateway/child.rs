//! Processes of a bench: each has its own processor time and memory, which the kernel counts.
#![expect(
    clippy::disallowed_methods,
    reason = "a bench starts processes and reads the kernel's counters"
)]

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child as Process, Command, Stdio};

use anyhow::Context as _;

/// A process that ends with this value.
pub(crate) struct Child {
    process: Process,
    /// The lines that it wrote until it was ready.
    pub(crate) said: Vec<String>,
}

impl Child {
    /// Starts a program and reads its standard output up to the line that `is_ready` accepts.
    pub(crate) fn start<A: AsRef<OsStr>>(
        program: &Path,
        arguments: &[A],
        is_ready: impl Fn(&str) -> bool,
    ) -> anyhow::Result<Self> {
        let mut process = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} does not start", program.display()))?;
        let output = process.stdout.take().context("no output")?;
        let mut said = Vec::new();
        for line in BufReader::new(output).lines() {
            let line = line?;
            let ready = is_ready(&line);
            said.push(line);
            if ready {
                return Ok(Self { process, said });
            }
        }
        drop(process.kill());
        drop(process.wait());
        anyhow::bail!("{} ended before it was ready: {said:?}", program.display())
    }

    /// This tool again, in another role.
    pub(crate) fn role(arguments: &[&str]) -> anyhow::Result<Self> {
        Self::start(&std::env::current_exe()?, arguments, |line| {
            line.starts_with("ready ")
        })
    }

    /// The words of the line that said it was ready.
    pub(crate) fn words(&self) -> Vec<&str> {
        let last = self.said.last().map_or("", String::as_str);
        last.split(' ').skip(1).collect()
    }

    /// Processor seconds of all its threads so far.
    pub(crate) fn seconds(&self) -> anyhow::Result<f64> {
        let mut nanos = 0_u64;
        for task in std::fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            let stat = std::fs::read_to_string(task?.path().join("schedstat"))?;
            let spent = stat.split(' ').next().and_then(|spent| spent.parse().ok());
            nanos += spent.unwrap_or(0_u64);
        }
        Ok(nanos as f64 / 1e9)
    }

    /// Resident memory in MiB, now.
    pub(crate) fn resident(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kibibytes: f64 = line
            .and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok())
            .context("no resident memory")?;
        Ok(kibibytes / 1024.0)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // A role ends with its input; everything else is told.
        drop(self.process.stdin.take());
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
