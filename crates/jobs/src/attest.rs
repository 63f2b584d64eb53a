//! Attestations: a training command run between two looks at its inputs, the verdict of a scan, and the
//! check of either.
//!
//! What a run reads is not traced: tracing needs rights that a pod does not have. What is declared is
//! digested before and after, and `/proc` is looked at while the command runs, which sees files that stay
//! open and misses those that are opened and closed in between. The statement says which is which.

mod watch;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use seawall_base::{Clock, Digest, Limits, SignedDuration, Timestamp, Verdict};
use seawall_crypto::{KeyError, SigningKey, VerifyingKey};
use seawall_sign::{
    Attestation, AttestationError, File, Manifest, ManifestError, SCAN_VERDICT, ScanVerdict,
    Subject, Training,
};
use serde_json::Value;

use crate::input;
use crate::model_tree::{self, TreeError, TreeFile};
use crate::scan::{self, Options, ScanError};

/// The longest key, and the longest attestation or list that is read.
const KEY_BYTES_MAX: u64 = 64 << 10;
const FILE_BYTES_MAX: u64 = 32 << 20;
/// How this tool is told in statements.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Why nothing is attested or checked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AttestError {
    /// A file could not be read or written.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The refusal.
        #[source]
        source: io::Error,
    },
    /// The key file holds no usable key.
    #[error("{} cannot be used", .0.display())]
    Key(PathBuf, #[source] KeyError),
    /// A folder cannot be listed or hashed.
    #[error("{} cannot be digested", .0.display())]
    Tree(PathBuf, #[source] TreeError),
    /// A folder holds nothing, or names that have no place in a list.
    #[error("{} cannot be digested", .0.display())]
    Manifest(PathBuf, #[source] ManifestError),
    /// A folder holds links or devices.
    #[error("{} holds a link or a device: {name}", path.display())]
    Irregular {
        /// The folder.
        path: PathBuf,
        /// The first of them.
        name: String,
    },
    /// The command cannot be started or waited for.
    #[error("the command cannot be run")]
    Command(#[source] io::Error),
    /// The command failed, so that nothing is attested.
    #[error("the command ended with {0}, and nothing is attested")]
    Failed(String),
    /// An input is another one than before.
    #[error("{} was changed during the run, and nothing is attested", .0.display())]
    Changed(PathBuf),
    /// The scan could not run.
    #[error("the scan could not run")]
    Scan(#[source] ScanError),
    /// The attestation is not believed.
    #[error("the attestation is not believed")]
    Attestation(#[source] AttestationError),
    /// A line of the list of revocations is no digest.
    #[error("line {line} of {} is no digest", path.display())]
    Revoked {
        /// The list.
        path: PathBuf,
        /// Which line.
        line: usize,
    },
}

impl AttestError {
    /// Whether this is about what was to be attested or believed, rather than about running at all.
    #[must_use]
    pub const fn is_verdict(&self) -> bool {
        matches!(
            self,
            Self::Failed(_) | Self::Changed(_) | Self::Attestation(_)
        )
    }
}

/// A training run to be attested.
#[derive(Clone, Debug)]
pub struct TrainWith {
    /// Inputs with their roles: `dataset`, `base-model`, `code`.
    pub inputs: Vec<(String, PathBuf)>,
    /// What the command writes.
    pub outputs: Vec<PathBuf>,
    /// The command.
    pub command: Vec<String>,
    /// The private key.
    pub key: PathBuf,
    /// Where the attestation goes.
    pub out: PathBuf,
    /// An id of the run.
    pub id: String,
}

/// Runs a training command and attests what went in and what came out.
///
/// # Errors
/// When the command fails, an input changes meanwhile, or something cannot be read or written.
pub fn train(with: &TrainWith, clock: &dyn Clock) -> Result<Training, AttestError> {
    let key = signing_key(&with.key)?;
    let before = inputs(&with.inputs)?;
    let declared = with.inputs.iter().map(|(_, path)| path.as_path());
    let declared: Vec<&Path> = declared
        .chain(with.outputs.iter().map(PathBuf::as_path))
        .collect();
    let started = clock.now();
    let ran = watch::run(&with.command, &declared).map_err(AttestError::Command)?;
    let finished = clock.now();
    if !ran.status.success() {
        return Err(AttestError::Failed(ran.status.to_string()));
    }
    let after = inputs(&with.inputs)?;
    let changed = before.iter().zip(&after).zip(&with.inputs);
    if let Some((_, (_, path))) = changed.into_iter().find(|((old, new), _)| old != new) {
        return Err(AttestError::Changed(path.clone()));
    }
    let outputs = with.outputs.iter().map(|path| subject(path));
    let training = Training {
        command: with.command.clone(),
        inputs: before,
        outputs: outputs.collect::<Result<_, _>>()?,
        observed: ran.observed,
        observed_cut: ran.cut,
        started,
        finished,
        id: with.id.clone(),
        version: VERSION.to_owned(),
    };
    write(&with.out, &training.attest().sign(&key))?;
    Ok(training)
}

/// Scans a model folder and attests the verdict for `days`.
///
/// # Errors
/// When something cannot be read or written, or the model changes meanwhile.
pub fn scan_verdict(
    model: &Path,
    key: &Path,
    out: &Path,
    (now, days): (Timestamp, u32),
) -> Result<ScanVerdict, AttestError> {
    let key = signing_key(key)?;
    let before = manifest(model)?;
    let summary = scan::scan(&[model.to_owned()], &Options::default(), &|_, _| {})
        .map_err(AttestError::Scan)?;
    if manifest(model)? != before {
        return Err(AttestError::Changed(model.to_owned()));
    }
    let span = SignedDuration::from_hours(24 * i64::from(days));
    let verdict = ScanVerdict {
        verdict: summary.verdict,
        model: name(model),
        root: before.root(),
        root_by_component: before.root_by_component(),
        findings: summary.findings.len(),
        problems: summary.problems.len(),
        rules: rules_digest(),
        version: VERSION.to_owned(),
        at: now,
        expires: now.saturating_add(span).unwrap_or(now),
    };
    write(out, &verdict.attest().sign(&key))?;
    Ok(verdict)
}

/// What a check of an attestation came to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Checked {
    /// The statement.
    pub attestation: Attestation,
    /// Why it does not hold; empty where it does.
    pub problems: Vec<String>,
}

/// Checks an attestation about `model` against a key and a list of revoked digests.
///
/// # Errors
/// When it is not believed, or something cannot be read.
pub fn check(
    file: &Path,
    key: &Path,
    model: &Path,
    (revoked, now): (Option<&Path>, Timestamp),
) -> Result<Checked, AttestError> {
    let pem = String::from_utf8_lossy(&read(key, KEY_BYTES_MAX)?).into_owned();
    let public = VerifyingKey::from_pem(&pem);
    let public = public.map_err(|source| AttestError::Key(key.to_owned(), source))?;
    let bytes = read(file, FILE_BYTES_MAX)?;
    let attestation = Attestation::open(&bytes, &public).map_err(AttestError::Attestation)?;
    let mut problems = Vec::new();
    let here = digest(model)?;
    if !attestation
        .subjects
        .iter()
        .any(|subject| subject.digest == here)
    {
        problems.push(format!("it is not about {} ({here})", model.display()));
    }
    if attestation.predicate_type == SCAN_VERDICT {
        let (verdict, expires) =
            ScanVerdict::read(&attestation).map_err(AttestError::Attestation)?;
        if verdict != Verdict::Pass.to_string() {
            problems.push(format!("the verdict is {verdict}"));
        }
        if expires < now {
            problems.push(format!("it expired at {expires}"));
        }
    }
    for digest in revoked.map(revocations).transpose()?.unwrap_or_default() {
        if mentions(&attestation, &digest) {
            problems.push(format!("{digest} is revoked"));
        }
    }
    Ok(Checked {
        attestation,
        problems,
    })
}

/// Whether a digest is one of the subjects or of what they were made of.
fn mentions(attestation: &Attestation, digest: &Digest) -> bool {
    let made_of = attestation
        .predicate
        .pointer("/buildDefinition/resolvedDependencies");
    let made_of = made_of.and_then(Value::as_array).into_iter().flatten();
    let mut made_of = made_of.filter_map(|item| item.pointer("/digest/sha256")?.as_str());
    attestation
        .subjects
        .iter()
        .any(|subject| subject.digest == *digest)
        || made_of.any(|hex| hex == digest.to_hex())
}

/// One digest a line; what follows behind it, and lines that begin with `#`, are remarks.
fn revocations(path: &Path) -> Result<Vec<Digest>, AttestError> {
    let text = String::from_utf8_lossy(&read(path, FILE_BYTES_MAX)?).into_owned();
    let lines = text.lines().enumerate();
    lines
        .filter_map(|(index, line)| Some((index + 1, line.split_whitespace().next()?)))
        .filter(|(_, word)| !word.starts_with('#'))
        .map(|(line, word)| {
            let path = path.to_owned();
            word.parse()
                .map_err(|_| AttestError::Revoked { path, line })
        })
        .collect()
}

/// The rules that a verdict stands on.
fn rules_digest() -> Digest {
    let rules = scan::rules();
    let lines = rules
        .iter()
        .map(|rule| format!("{} {}\n", rule.id, rule.severity));
    Digest::of(lines.collect::<String>().as_bytes())
}

fn inputs(declared: &[(String, PathBuf)]) -> Result<Vec<(String, Subject)>, AttestError> {
    let inputs = declared.iter();
    inputs
        .map(|(role, path)| Ok((role.clone(), subject(path)?)))
        .collect()
}

fn subject(path: &Path) -> Result<Subject, AttestError> {
    Ok(Subject {
        name: name(path),
        digest: digest(path)?,
    })
}

/// The digest of a file, or the root digest of a folder.
fn digest(path: &Path) -> Result<Digest, AttestError> {
    if path.is_dir() {
        return Ok(manifest(path)?.root());
    }
    let file = TreeFile {
        name: name(path),
        path: path.to_owned(),
        bytes: 0,
    };
    model_tree::digest(&file).map_err(|source| AttestError::Tree(path.to_owned(), source))
}

/// The files that a signature of the folder would cover.
fn manifest(path: &Path) -> Result<Manifest, AttestError> {
    let failed = |source| AttestError::Tree(path.to_owned(), source);
    let tree = model_tree::list(path, &Limits::default()).map_err(failed)?;
    let skip =
        |name: &str| seawall_sign::ignores(seawall_sign::DEFAULT_IGNORED.iter().copied(), name);
    if let Some(name) = tree.irregular.iter().find(|name| !skip(name)) {
        let (path, name) = (path.to_owned(), name.clone());
        return Err(AttestError::Irregular { path, name });
    }
    let inside = tree.files.iter().filter(|file| !skip(&file.name));
    let files = inside.map(|file| {
        let digest = model_tree::digest(file).map_err(failed)?;
        Ok(File {
            name: file.name.clone(),
            digest,
        })
    });
    Manifest::sorted(files.collect::<Result<_, AttestError>>()?)
        .map_err(|source| AttestError::Manifest(path.to_owned(), source))
}

fn name(path: &Path) -> String {
    let canonical = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = canonical.file_name().and_then(|name| name.to_str());
    name.unwrap_or("subject").to_owned()
}

fn signing_key(path: &Path) -> Result<SigningKey, AttestError> {
    let pem = String::from_utf8_lossy(&read(path, KEY_BYTES_MAX)?).into_owned();
    SigningKey::from_pem(&pem).map_err(|source| AttestError::Key(path.to_owned(), source))
}

fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, AttestError> {
    input::read(path, bytes_max).map_err(|source| AttestError::Io {
        action: "read",
        path: path.to_owned(),
        source,
    })
}

#[expect(clippy::disallowed_methods, reason = "jobs are an I/O layer")]
fn write(path: &Path, bytes: &[u8]) -> Result<(), AttestError> {
    fs::write(path, bytes).map_err(|source| AttestError::Io {
        action: "write",
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests;
