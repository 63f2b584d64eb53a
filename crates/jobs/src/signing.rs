//! Signing a model folder and checking one against its signature.

mod credentials;

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use seawall_base::{Digest, Limits};
use seawall_crypto::KeyError;
pub use seawall_sign::Signer;
use seawall_sign::{
    Bundle, BundleError, Comparison, DEFAULT_IGNORED, File, Manifest, ManifestError, Statement,
    ignores, sign_with,
};

pub use self::credentials::{SignWith, VerifyWith};

use self::credentials::{Credentials, Loaded};
use crate::input;
use crate::model_tree::{self, ModelTree, TreeError, TreeFile};

/// The longest signature file that is read: a million files of long names.
const BUNDLE_BYTES_MAX: u64 = 32 << 20;

/// What was signed.
#[derive(Clone, Debug)]
pub struct Signed {
    /// Name of the model.
    pub model: String,
    /// Files signed.
    pub files: usize,
    /// Bytes signed.
    pub bytes: u64,
    /// Root digest.
    pub root: Digest,
    /// Who signed: the hint of the key, or the subject of the certificate.
    pub signer: String,
    /// Files that the signature does not cover.
    pub unsigned: Vec<String>,
}

/// What a check found.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What was signed, once the signature has verified.
    pub statement: Statement,
    /// Who signed it.
    pub signer: Signer,
    /// How the model at hand compares.
    pub comparison: Comparison,
    /// Links and the like: never part of a signed model.
    pub irregular: Vec<String>,
}

/// Why a model could not be signed, or does not verify before its files are looked at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningError {
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
    #[error("{} cannot be used", path.display())]
    Key {
        /// The key file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: KeyError,
    },
    /// A file of certificates or revocations cannot be used.
    #[error("{} cannot be used", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The model folder cannot be read.
    #[error("the model cannot be read")]
    Tree(#[source] TreeError),
    /// The model holds links or devices.
    #[error("the model holds what cannot be signed: {} (links and devices are refused)", .0.join(", "))]
    Irregular(Vec<String>),
    /// The list of files is not one of a model.
    #[error("the model cannot be signed")]
    Manifest(#[source] ManifestError),
    /// The signature does not verify.
    #[error("the model's signature does not verify")]
    Bundle(#[source] BundleError),
    /// The key, certificate or stamp cannot sign it.
    #[error("the model cannot be signed with this")]
    Unsigned(#[source] BundleError),
}

impl SigningError {
    /// Whether this says that the signature is bad, rather than that the check could not run.
    #[must_use]
    pub const fn is_verdict(&self) -> bool {
        matches!(self, Self::Bundle(_))
    }
}

impl Checked {
    /// Whether the model is what was signed.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.comparison.holds() && self.irregular.is_empty()
    }
}

/// Signs the model folder `dir` and writes the bundle to `out`.
///
/// # Errors
/// When something cannot be read or written, or the model holds what cannot be signed.
pub fn sign(dir: &Path, with: &SignWith, out: &Path) -> Result<Signed, SigningError> {
    let loaded = Credentials::load(with)?;
    let mut ignored: Vec<String> = DEFAULT_IGNORED.iter().map(ToString::to_string).collect();
    ignored.extend(name_within(dir, out));
    let skip = |name: &str| ignores(ignored.iter().map(String::as_str), name);
    let tree = model_tree::list(dir, &Limits::default()).map_err(SigningError::Tree)?;
    let (inside, unsigned) = divide(&tree, skip)?;
    let bytes = inside.iter().map(|file| file.bytes).sum();
    let manifest = Manifest::sorted(hash(&inside)?).map_err(SigningError::Manifest)?;
    let model = model_name(dir);
    let statement = Statement::new(model.clone(), manifest, ignored.clone());
    let credentials = seawall_sign::Credentials {
        key: &loaded.key,
        certificates: &loaded.certificates,
        stamp: loaded.stamp.as_deref(),
    };
    let made = sign_with(&statement, &credentials).map_err(SigningError::Unsigned)?;
    write(out, &made.bytes)?;
    if let Some(query) = &with.query {
        write(query, &made.query)?;
    }
    Ok(Signed {
        model,
        files: statement.manifest().files().len(),
        bytes,
        root: statement.manifest().root(),
        signer: match loaded.certificates.first() {
            Some(own) => own.subject(),
            None => loaded.key.verifying_key().hint(),
        },
        unsigned,
    })
}

/// Signs a result about `subject` with the key in `key` and writes the envelope to `out`.
///
/// # Errors
/// When the key cannot be read or the file not be written.
pub fn attest(
    subject: (&str, &Digest),
    (predicate_type, predicate): (&str, &serde_json::Value),
    key: &Path,
    out: &Path,
) -> Result<(), SigningError> {
    let loaded = Credentials::load(&SignWith {
        key: key.to_owned(),
        ..SignWith::default()
    })?;
    let sealed = seawall_sign::seal(subject, predicate_type, predicate, &loaded.key);
    write(out, format!("{sealed}\n").as_bytes())
}

/// Checks the model folder `dir` against the bundle in `signature`.
///
/// # Errors
/// When something cannot be read, or the signature does not verify.
pub fn verify(dir: &Path, signature: &Path, with: &VerifyWith) -> Result<Checked, SigningError> {
    let loaded = Loaded::load(with)?;
    let bytes = read(signature, BUNDLE_BYTES_MAX)?;
    let bundle = Bundle::parse(&bytes).map_err(SigningError::Bundle)?;
    let opened = bundle.open(&loaded.trust()).map_err(SigningError::Bundle)?;
    let statement = opened.statement;
    let own = name_within(dir, signature);
    let skip = |name: &str| statement.ignores(name) || own.as_deref() == Some(name);
    let mut tree = model_tree::list(dir, &Limits::default()).map_err(SigningError::Tree)?;
    let irregular = std::mem::take(&mut tree.irregular);
    let (hidden, irregular) = irregular.into_iter().partition(|name| skip(name));
    let (inside, mut unsigned) = divide(&tree, skip)?;
    unsigned.extend::<Vec<String>>(hidden);
    unsigned.retain(|name| own.as_deref() != Some(name));
    let comparison = Comparison::of(&statement, &hash(&inside)?, &unsigned);
    Ok(Checked {
        statement,
        signer: opened.signer,
        comparison,
        irregular,
    })
}

/// The files that a signature covers, and the names of those that it does not.
fn divide(
    tree: &ModelTree,
    skip: impl Fn(&str) -> bool,
) -> Result<(Vec<TreeFile>, Vec<String>), SigningError> {
    let irregular: Vec<String> = tree
        .irregular
        .iter()
        .filter(|name| !skip(name))
        .cloned()
        .collect();
    if !irregular.is_empty() {
        return Err(SigningError::Irregular(irregular));
    }
    let (outside, inside): (Vec<TreeFile>, _) = tree
        .files
        .iter()
        .cloned()
        .partition(|file| skip(&file.name));
    let outside = outside.into_iter().map(|file| file.name).collect();
    Ok((inside, outside))
}

fn hash(files: &[TreeFile]) -> Result<Vec<File>, SigningError> {
    files
        .iter()
        .map(|file| {
            let digest = model_tree::digest(file).map_err(SigningError::Tree)?;
            Ok(File {
                name: file.name.clone(),
                digest,
            })
        })
        .collect()
}

/// The name of `path` within the model, if it lies there: the signature does not sign itself.
fn name_within(dir: &Path, path: &Path) -> Option<String> {
    let dir = fs::canonicalize(dir).ok()?;
    let folder = path.parent().filter(|parent| *parent != Path::new(""));
    let folder = fs::canonicalize(folder.unwrap_or_else(|| Path::new("."))).ok()?;
    let path = folder.join(path.file_name()?);
    let relative = path.strip_prefix(dir).ok()?;
    let parts: Option<Vec<&str>> = relative
        .components()
        .map(|component| component.as_os_str().to_str())
        .collect();
    Some(parts?.join("/"))
}

fn model_name(dir: &Path) -> String {
    let canonical = fs::canonicalize(dir).unwrap_or_else(|_| dir.to_owned());
    let name = canonical.file_name().and_then(|name| name.to_str());
    name.unwrap_or("model").to_owned()
}

fn read_text(path: &Path, bytes_max: u64) -> Result<String, SigningError> {
    String::from_utf8(read(path, bytes_max)?).map_err(|error| SigningError::Io {
        action: "read",
        path: path.to_owned(),
        source: io::Error::new(io::ErrorKind::InvalidData, error),
    })
}

fn read(path: &Path, bytes_max: u64) -> Result<Vec<u8>, SigningError> {
    input::read(path, bytes_max).map_err(|source| SigningError::Io {
        action: "read",
        path: path.to_owned(),
        source,
    })
}

/// Writes beside the target first, so that a full disk leaves no half a signature.
fn write(path: &Path, bytes: &[u8]) -> Result<(), SigningError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = path.with_file_name(name);
    fs::File::create(&new)
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        })
        .and_then(|()| fs::rename(&new, path))
        .map_err(|source| SigningError::Io {
            action: "write",
            path: path.to_owned(),
            source,
        })
}

#[cfg(test)]
mod tests;
