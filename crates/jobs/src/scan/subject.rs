//! One file: sniffed, given to the reader that it belongs to, and counted.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use seawall_artifact::{Kind, Template, sniff};
use seawall_base::{Finding, Limits, Problem};
use seawall_policy::fix::Repair;
use seawall_policy::{COULD_NOT_ANALYSE, Object};

use super::file::FileSource;
use super::walk::Entry;

/// Manifests larger than this are not manifests.
const MANIFEST_BYTES_MAX: u64 = 32 << 20;

/// A file that was read: path, kind and the chat templates it brings.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) path: String,
    pub(super) kind: Kind,
    pub(super) templates: Vec<Template>,
}

/// What files came to, so far.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    pub(super) findings: Vec<Finding>,
    pub(super) problems: Vec<Problem>,
    /// Kubernetes objects, checked together at the end.
    pub(super) objects: Vec<Object>,
    /// Every file that was read, to be looked at folder by folder.
    pub(super) files: Vec<Seen>,
    pub(super) subjects: BTreeMap<&'static str, u64>,
    pub(super) others: BTreeMap<&'static str, u64>,
    /// How the manifests are mended.
    pub(super) repair: Repair,
}

impl Scanned {
    /// Adds what another part found.
    pub(super) fn merge(&mut self, other: Self) {
        let Self {
            findings,
            problems,
            objects,
            files,
            subjects,
            others,
            repair,
        } = other;
        self.repair.mended.extend(repair.mended);
        self.repair.refused.extend(repair.refused);
        self.files.extend(files);
        self.findings.extend(findings);
        self.problems.extend(problems);
        self.objects.extend(objects);
        for (kind, count) in subjects {
            *self.subjects.entry(kind).or_default() += count;
        }
        for (kind, count) in others {
            *self.others.entry(kind).or_default() += count;
        }
    }

    /// Says that `name` could not be analysed.
    pub(super) fn broken(&mut self, name: &str, message: impl Into<String>) {
        let message = message.into();
        self.problems.push(Problem {
            path: name.to_owned(),
            location: None,
            message: message.clone(),
        });
        self.findings.push(Finding {
            path: name.to_owned(),
            location: None,
            rule: COULD_NOT_ANALYSE.id,
            severity: COULD_NOT_ANALYSE.severity,
            confidence: COULD_NOT_ANALYSE.confidence,
            message,
            remediation: "Look at it by hand; do not treat it as clean.".to_owned(),
            maps: COULD_NOT_ANALYSE.maps,
        });
    }

    /// Counts something that no rule is about.
    pub(super) fn other(&mut self, kind: &'static str) {
        *self.others.entry(kind).or_default() += 1;
    }

    fn subject(&mut self, kind: &'static str) {
        *self.subjects.entry(kind).or_default() += 1;
    }
}

/// Reads one file. A fault of ours in a reader becomes a problem of this file alone.
pub(super) fn read(entry: &Entry, limits: &Limits) -> Scanned {
    let mut scanned = Scanned::default();
    let source = match FileSource::open(&entry.path) {
        Ok(source) => source,
        Err(error) => {
            scanned.broken(&entry.name, format!("the file cannot be opened: {error}"));
            return scanned;
        }
    };
    // The readers never panic by design; should one do so, the file must not read as clean.
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut scanned = Scanned::default();
        dispatch(entry, &source, limits, &mut scanned);
        scanned
    }));
    match outcome {
        Ok(outcome) => scanned.merge(outcome),
        Err(_) => scanned.broken(
            &entry.name,
            "a reader failed on this file, which is a fault of ours",
        ),
    }
    if source.has_changed() {
        scanned.broken(&entry.name, "the file changed while it was read");
    }
    scanned
}

fn dispatch(entry: &Entry, source: &FileSource, limits: &Limits, scanned: &mut Scanned) {
    let kind = sniff(&entry.name, source);
    let mut templates = Vec::new();
    match kind {
        Kind::Yaml => manifest(entry, source, limits, scanned),
        Kind::Json if looks_like_manifest(source) => manifest(entry, source, limits, scanned),
        _ if kind.is_model() => {
            scanned.subject(kind.as_str());
            let report = seawall_artifact::scan(&entry.name, source, limits);
            templates = report.templates;
            scanned.findings.extend(report.findings);
            scanned.problems.extend(report.problems);
        }
        _ if kind.is_dataset() => {
            scanned.subject(kind.as_str());
            let report = seawall_artifact::scan_dataset(&entry.name, source, limits);
            scanned.findings.extend(report.findings);
            scanned.problems.extend(report.problems);
        }
        _ => scanned.other(kind.as_str()),
    }
    scanned.files.push(Seen {
        path: entry.name.clone(),
        kind,
        templates,
    });
}

/// Kubernetes writes both words near the start of a JSON manifest.
fn looks_like_manifest(source: &FileSource) -> bool {
    let head = source.read_whole(MANIFEST_BYTES_MAX).ok().flatten();
    let head = head.unwrap_or_default();
    let has = |word: &[u8]| head.windows(word.len()).any(|window| window == word);
    has(b"\"apiVersion\"") && has(b"\"kind\"")
}

fn manifest(entry: &Entry, source: &FileSource, limits: &Limits, scanned: &mut Scanned) {
    scanned.subject("manifest");
    let bytes = match source.read_whole(limits.bytes_max.min(MANIFEST_BYTES_MAX)) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return scanned.broken(&entry.name, "the manifest is larger than the limit"),
        Err(error) => {
            return scanned.broken(&entry.name, format!("the file cannot be read: {error}"));
        }
    };
    let reading = seawall_policy::read(&entry.name, &bytes, limits);
    scanned.findings.extend(reading.findings);
    scanned.problems.extend(reading.problems);
    scanned.objects.extend(reading.objects);
}
