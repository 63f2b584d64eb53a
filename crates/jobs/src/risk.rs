//! Reads a system's folder and a ledger, and prices the system.
//!
//! The folder holds `seawall.yaml` and, anywhere below, Kubernetes manifests. The ledger is read
//! beside a running `seawall up`; it is never written.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use seawall_base::{Limits, Problem, Timestamp};
use seawall_evidence::decision::Decision;
use seawall_evidence::hold::Hold;
use seawall_evidence::verdict::{Action, Verdict};
use seawall_evidence::{Entry, Kind, trial::Trial};
use seawall_ports::Record;
use seawall_risk::{Analysis, Options, TrialRecord};
use seawall_store::{LogReader, StoreError};
use seawall_system::{Attempts, Observation, System};

use crate::input::read_found;

/// A system with what its folder shows of it.
#[derive(Debug)]
pub struct Subject {
    /// What `seawall.yaml` declares.
    pub system: System,
    /// What the manifests show.
    pub seen: Observation,
    /// Manifests that could not be read in full; what they hide is not in the model.
    pub problems: Vec<Problem>,
}

/// Why a system or its evidence could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectError {
    /// A file or folder could not be read.
    #[error("{path} could not be read")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// `seawall.yaml` has problems.
    #[error("{path} has {count} problems", count = problems.len())]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// Every problem, with its place.
        problems: Vec<Problem>,
    },
    /// The ledger could not be read.
    #[error("the ledger in {path} could not be read")]
    Ledger {
        /// The state folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: StoreError,
    },
}

/// A larger declaration or manifest is refused: people write these.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// More manifests than this are left out, and said so.
const FILES_MAX: usize = 50_000;
const DEPTH_MAX: usize = 16;
/// Entries read from the ledger at once.
const PAGE: usize = 4_096;

/// Reads the system in a folder.
///
/// # Errors
/// When `seawall.yaml` is missing or has problems; a broken manifest is not an error.
pub fn load(folder: &Path) -> Result<Subject, SubjectError> {
    let path = folder.join("seawall.yaml");
    let bytes = read(&path)?;
    let (system, problems) = seawall_system::read("seawall.yaml", &bytes);
    let Some(system) = system else {
        return Err(SubjectError::Invalid { path, problems });
    };
    let (seen, problems) = observe(folder);
    Ok(Subject {
        system,
        seen,
        problems,
    })
}

/// The trials of a ledger that nobody need be writing to; none where the folder has no ledger.
///
/// # Errors
/// When there is a ledger and it cannot be read.
pub fn trials(state: &Path) -> Result<Vec<TrialRecord>, SubjectError> {
    Ok(trials_in(&entries(state)?))
}

/// The trials among entries.
#[must_use]
pub fn trials_in(entries: &[(u64, Entry)]) -> Vec<TrialRecord> {
    let entries = entries.iter();
    entries
        .filter_map(|(index, entry)| trial(*index, entry))
        .collect()
}

/// What the gateway saw of attempts, by route: a caller whose request was stopped on a day is one
/// campaign of that day. Practice trials run over routes of their own, which no actor names.
#[must_use]
pub fn attempts(entries: &[(u64, Entry)]) -> BTreeMap<String, Attempts> {
    let mut days: BTreeMap<String, BTreeSet<(String, i64)>> = BTreeMap::new();
    let mut period: Option<[Timestamp; 2]> = None;
    for (_, entry) in entries
        .iter()
        .filter(|(_, entry)| entry.kind == Kind::Verdict)
    {
        let [first, last] = period.unwrap_or([entry.at, entry.at]);
        period = Some([first.min(entry.at), last.max(entry.at)]);
        let Ok(verdict) = Verdict::from_body(&entry.body) else {
            continue;
        };
        let own = days.entry(verdict.route).or_default();
        if matches!(
            verdict.action,
            Action::Redact | Action::Hold | Action::Block
        ) {
            let day = entry.at.as_second().div_euclid(86_400);
            own.insert((entry.principal.to_string(), day));
        }
    }
    let years = period.map_or(0.0, |[first, last]| {
        last.duration_since(first).as_secs_f64() / (365.25 * 86_400.0)
    });
    days.into_iter()
        .map(|(route, found)| {
            let campaigns = found.len() as u64;
            (route, Attempts { campaigns, years })
        })
        .collect()
}

/// Decisions from which on the pace of reviewers counts as measured.
const DECISIONS_MIN: usize = 20;

/// How busy reviewers are, by the ledger: what arrives in the time that answering one takes. The time
/// of answering is the lower quartile from question to decision, in which little waiting is left.
#[must_use]
pub fn review_use(entries: &[(u64, Entry)]) -> Option<f64> {
    let mut asked: BTreeMap<String, Timestamp> = BTreeMap::new();
    let mut times: Vec<f64> = Vec::new();
    for (_, entry) in entries {
        match entry.kind {
            Kind::Hold => {
                let hold = Hold::from_body(&entry.body).ok();
                asked.extend(hold.map(|hold| (hold.hold, entry.at)));
            }
            Kind::Decision => {
                let decision = Decision::from_body(&entry.body).ok();
                let begun = decision.and_then(|decision| asked.get(&decision.hold));
                times.extend(begun.map(|begun| entry.at.duration_since(*begun).as_secs_f64()));
            }
            _ => {}
        }
    }
    times.retain(|time| *time > 0.0);
    times.sort_by(f64::total_cmp);
    let (first, last) = (asked.values().min()?, asked.values().max()?);
    let period = last.duration_since(*first).as_secs_f64();
    if times.len() < DECISIONS_MIN || period <= 0.0 {
        return None;
    }
    let answering = times.get(times.len() / 4)?;
    Some(asked.len() as f64 / period * answering)
}

/// The entries of a ledger with their index; those of later versions that this one cannot read are
/// left out, and so none is taken for something else.
///
/// # Errors
/// When there is a ledger and it cannot be read.
pub fn entries(state: &Path) -> Result<Vec<(u64, Entry)>, SubjectError> {
    if !state.join("ledger").is_dir() {
        return Ok(Vec::new());
    }
    let failed = |source| SubjectError::Ledger {
        path: state.to_owned(),
        source,
    };
    let reader = LogReader::open(state, None).map_err(failed)?;
    let mut found = Vec::new();
    let mut from = 0;
    loop {
        let page = reader.entries(from, PAGE).map_err(failed)?;
        let Some(last) = page.last() else {
            return Ok(found);
        };
        from = last.index.saturating_add(1);
        found.extend(
            page.iter()
                .filter_map(|record| Some((record.index, record.entry().ok()?))),
        );
    }
}

/// The trials among ledger records.
#[must_use]
pub fn trials_of(records: &[Record]) -> Vec<TrialRecord> {
    records
        .iter()
        .filter_map(|record| trial(record.index, &record.entry().ok()?))
        .collect()
}

/// Prices a system on all cores.
#[must_use]
pub fn price(subject: &Subject, trials: &[TrialRecord], seed: u64, at: Timestamp) -> Analysis {
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let options = Options::new(seed, at).threads(threads);
    seawall_risk::analyse(&subject.system, &subject.seen, trials, &options)
}

fn trial(index: u64, entry: &Entry) -> Option<TrialRecord> {
    if entry.kind != Kind::Trial {
        return None;
    }
    Some(TrialRecord {
        trial: Trial::from_body(&entry.body).ok()?,
        at: entry.at,
        index,
    })
}

fn read(path: &Path) -> Result<Vec<u8>, SubjectError> {
    read_found(path, FILE_BYTES_MAX).map_err(|source| SubjectError::Read {
        path: path.to_owned(),
        source,
    })
}

/// Reads every manifest below a folder, in the order of paths.
fn observe(folder: &Path) -> (Observation, Vec<Problem>) {
    let mut files = Vec::new();
    let mut problems = Vec::new();
    walk(folder, 0, &mut files, &mut problems);
    files.sort();
    let limits = Limits::default();
    let (mut objects, mut findings) = (Vec::new(), Vec::new());
    for file in files {
        let name = file
            .strip_prefix(folder)
            .unwrap_or(&file)
            .display()
            .to_string();
        match read(&file) {
            Ok(bytes) => {
                let reading = seawall_policy::read(&name, &bytes, &limits);
                // A file without any object is another kind of YAML, not a broken manifest.
                if !reading.objects.is_empty() {
                    problems.extend(reading.problems);
                }
                objects.extend(reading.objects);
            }
            Err(error) => problems.push(problem(&name, error.to_string())),
        }
    }
    let (found, more) = seawall_policy::check(&objects, &limits);
    findings.extend(found);
    problems.extend(more);
    (seawall_system::discover(&objects, &findings), problems)
}

fn problem(path: &str, message: String) -> Problem {
    Problem {
        path: path.to_owned(),
        location: None,
        message,
    }
}

fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>, problems: &mut Vec<Problem>) {
    let name = folder.display().to_string();
    if depth > DEPTH_MAX {
        problems.push(problem(
            &name,
            format!("lies deeper than {DEPTH_MAX} folders"),
        ));
        return;
    }
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            problems.push(problem(&name, error.to_string()));
            return;
        }
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let file_name = entry.file_name();
        let hidden = file_name.as_encoded_bytes().starts_with(b".");
        // Links are not followed: they may lead out of the folder or in circles.
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() && !hidden {
            walk(&path, depth + 1, files, problems);
        } else if kind.is_file() && is_manifest(&path) {
            if files.len() >= FILES_MAX {
                problems.push(problem(
                    &name,
                    format!("holds more than {FILES_MAX} manifests"),
                ));
                return;
            }
            files.push(path);
        }
    }
}

fn is_manifest(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    let own = path.file_name().is_some_and(|name| name == "seawall.yaml");
    matches!(extension, Some("yaml" | "yml")) && !own
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the subject is a folder")]
mod tests {
    use super::*;

    #[test]
    fn the_example_loads_without_problems() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/claims-assistant");
        let subject = load(&folder).unwrap();
        assert_eq!(subject.system.name, "claims-assistant");
        assert!(subject.system.demonstration);
    }

    #[test]
    fn a_missing_file_and_a_broken_one_say_so() {
        let folder = tempfile::tempdir().unwrap();
        let missing = load(folder.path()).unwrap_err();
        assert!(matches!(missing, SubjectError::Read { .. }), "{missing}");
        std::fs::write(folder.path().join("seawall.yaml"), "name: [").unwrap();
        let broken = load(folder.path()).unwrap_err();
        assert!(matches!(broken, SubjectError::Invalid { .. }), "{broken}");
        assert!(trials(folder.path()).unwrap().is_empty());
    }
}
