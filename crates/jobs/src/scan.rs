//! Scans files and folders: walks, dispatches by content, reads in a bounded pool, sums up.
//!
//! Called by `seawall scan` and by gates; blocking, so callers in async code put it on a blocking
//! thread.

mod file;
mod subject;
mod walk;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use seawall_artifact::FolderFile;
use seawall_base::{Finding, Limits, Problem, RuleMeta, Severity, Verdict};
use seawall_policy::fix::{Repair, mend};
use seawall_policy::{NOT_SERVED, POD_SECURITY, Target, check_target};

pub(crate) use self::file::FileSource;

use self::subject::Scanned;
use self::walk::Entry;

/// How a scan is run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What one subject may cost.
    pub limits: Limits,
    /// Findings at or above this fail the scan.
    pub fail_on: Severity,
    /// Files read at the same time.
    pub threads: usize,
    /// The cluster that manifests are meant for.
    pub target: Option<Target>,
    /// Whether to work out how the manifests are mended.
    pub mend: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            fail_on: Severity::High,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            target: None,
            mend: false,
        }
    }
}

/// What a scan came to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Summary {
    /// Findings by path and place.
    pub findings: Vec<Finding>,
    /// What could not be analysed, by path.
    pub problems: Vec<Problem>,
    /// Fail before unknown before pass.
    pub verdict: Verdict,
    /// Files by kind that a reader looked into.
    pub subjects: BTreeMap<&'static str, u64>,
    /// Files by kind that no rule is about.
    pub others: BTreeMap<&'static str, u64>,
    /// How the manifests are mended, where that was asked for.
    pub repair: Repair,
}

/// Why a scan could not run.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The path does not exist or cannot be looked at.
    #[error("cannot scan {}", path.display())]
    Path {
        /// The path as it was given.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// A worker ended without a result, which is a fault of ours.
    #[error("a worker of the scan stopped early")]
    Worker,
}

/// Every rule that a scan may report, by id, each id once.
#[must_use]
pub fn rules() -> Vec<&'static RuleMeta> {
    let models = seawall_artifact::RULES.iter().map(|rule| rule.meta);
    let manifests = seawall_policy::RULES.iter().map(|rule| rule.meta);
    let target = [&NOT_SERVED, &POD_SECURITY];
    let mut all: Vec<_> = models.chain(manifests).chain(target).collect();
    all.sort_by_key(|meta| meta.id);
    all.dedup_by_key(|meta| meta.id);
    all
}

/// Scans `paths`. `progress` is told how many files are done and how many there are.
///
/// # Errors
/// When a path does not exist. Whatever is wrong with the content is a finding or a problem.
pub fn scan(
    paths: &[PathBuf],
    options: &Options,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Summary, ScanError> {
    let mut all = Scanned::default();
    for path in paths {
        let mut walked = walk::walk(path, &options.limits).map_err(|source| ScanError::Path {
            path: path.clone(),
            source,
        })?;
        let silent = walked.entries.is_empty() && walked.scanned.problems.is_empty();
        all.merge(std::mem::take(&mut walked.scanned));
        if silent && path.is_dir() {
            // A mount that failed and a wrong path look like this, and neither is a clean model.
            all.broken(&shown(path), "no file is there, so nothing was scanned");
        }
        all.merge(read_all(&walked.entries, options, progress)?);
    }
    Ok(summarise(all, options.fail_on))
}

/// Reads every entry on a few threads, then checks the manifests together.
fn read_all(
    entries: &[Entry],
    options: &Options,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Scanned, ScanError> {
    let next = AtomicUsize::new(0);
    let done = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    let work = || {
        let mut mine = Vec::new();
        while let Some((index, entry)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            entries.get(index).map(|entry| (index, entry))
        } {
            mine.push((index, subject::read(entry, &options.limits)));
            progress(done.fetch_add(1, Ordering::Relaxed) + 1, entries.len());
        }
        results
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .append(&mut mine);
    };
    let threads = options.threads.clamp(1, 64).min(entries.len().max(1));
    std::thread::scope(|scope| {
        let workers: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        work();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().map_err(|_| ScanError::Worker))
    })?;
    let mut results = results
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    // In the order of the walk, so that the outcome does not depend on the threads.
    results.sort_by_key(|(index, _)| *index);
    let mut all = Scanned::default();
    for (_, scanned) in results {
        all.merge(scanned);
    }
    check_folders(&mut all, &options.limits);
    let (findings, problems) = seawall_policy::check(&all.objects, &options.limits);
    if let Some(target) = options.target {
        all.findings.extend(check_target(&all.objects, target));
    }
    if options.mend {
        all.repair = mend(&all.objects, &options.limits);
    }
    all.objects.clear();
    all.findings.extend(findings);
    all.problems.extend(problems);
    Ok(all)
}

/// Lets the rules about whole folders speak.
fn check_folders(all: &mut Scanned, limits: &Limits) {
    let seen = std::mem::take(&mut all.files);
    let files: Vec<FolderFile<'_>> = seen
        .iter()
        .map(|file| FolderFile {
            path: &file.path,
            kind: file.kind,
            templates: &file.templates,
        })
        .collect();
    let report = seawall_artifact::check_folders(&files, limits);
    all.findings.extend(report.findings);
    all.problems.extend(report.problems);
}

/// The name of a folder as a report shows it.
fn shown(path: &std::path::Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

fn summarise(mut all: Scanned, fail_on: Severity) -> Summary {
    all.findings.sort();
    all.findings.dedup();
    all.problems.sort();
    all.problems.dedup();
    let fails = all
        .findings
        .iter()
        .any(|finding| finding.severity >= fail_on);
    let verdict = match (fails, all.problems.is_empty()) {
        (true, _) => Verdict::Fail,
        (false, false) => Verdict::Unknown,
        (false, true) => Verdict::Pass,
    };
    Summary {
        findings: all.findings,
        problems: all.problems,
        verdict,
        subjects: all.subjects,
        others: all.others,
        repair: all.repair,
    }
}

#[cfg(test)]
mod tests;
