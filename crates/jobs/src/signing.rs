//! Signing a model folder and checking one against its signature.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use seawall_base::{Digest, Limits};
use seawall_crypto::{KeyError, SigningKey, VerifyingKey};
use seawall_sign::{
    Bundle, BundleError, Comparison, DEFAULT_IGNORED, File, Manifest, ManifestError, Statement,
    ignores,
};

use crate::input;
use crate::model_tree::{self, ModelTree, TreeError, TreeFile};

/// The longest key file that is read.
const KEY_BYTES_MAX: u64 = 64 << 10;
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
    /// How the signature names the key.
    pub hint: String,
    /// Files that the signature does not cover.
    pub unsigned: Vec<String>,
}

/// What a check found.
#[derive(Clone, Debug)]
pub struct Checked {
    /// What was signed, once the signature has verified.
    pub statement: Statement,
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

/// Signs the model folder `dir` with the key in `key` and writes the bundle to `out`.
///
/// # Errors
/// When something cannot be read or written, or the model holds what cannot be signed.
pub fn sign(dir: &Path, key: &Path, out: &Path) -> Result<Signed, SigningError> {
    let pem = read_text(key, KEY_BYTES_MAX)?;
    let signing = SigningKey::from_pem(&pem).map_err(|source| SigningError::Key {
        path: key.to_owned(),
        source,
    })?;
    let mut ignored: Vec<String> = DEFAULT_IGNORED.iter().map(ToString::to_string).collect();
    ignored.extend(name_within(dir, out));
    let skip = |name: &str| ignores(ignored.iter().map(String::as_str), name);
    let tree = model_tree::list(dir, &Limits::default()).map_err(SigningError::Tree)?;
    let (inside, unsigned) = divide(&tree, skip)?;
    let bytes = inside.iter().map(|file| file.bytes).sum();
    let manifest = Manifest::sorted(hash(&inside)?).map_err(SigningError::Manifest)?;
    let model = model_name(dir);
    let statement = Statement::new(model.clone(), manifest, ignored.clone());
    let bundle = seawall_sign::sign(&statement, &signing).map_err(SigningError::Bundle)?;
    write(out, &bundle)?;
    Ok(Signed {
        model,
        files: statement.manifest().files().len(),
        bytes,
        root: statement.manifest().root(),
        hint: signing.verifying_key().hint(),
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
    let pem = read_text(key, KEY_BYTES_MAX)?;
    let signing = SigningKey::from_pem(&pem).map_err(|source| SigningError::Key {
        path: key.to_owned(),
        source,
    })?;
    let sealed = seawall_sign::seal(subject, predicate_type, predicate, &signing);
    write(out, format!("{sealed}\n").as_bytes())
}

/// Checks the model folder `dir` against the bundle in `signature` with the public key in `key`.
///
/// # Errors
/// When something cannot be read, or the signature does not verify.
pub fn verify(dir: &Path, signature: &Path, key: &Path) -> Result<Checked, SigningError> {
    let pem = read_text(key, KEY_BYTES_MAX)?;
    let public = VerifyingKey::from_pem(&pem).map_err(|source| SigningError::Key {
        path: key.to_owned(),
        source,
    })?;
    let bytes = read(signature, BUNDLE_BYTES_MAX)?;
    let bundle = Bundle::parse(&bytes).map_err(SigningError::Bundle)?;
    let statement = bundle.open(&public).map_err(SigningError::Bundle)?;
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
mod tests {
    use super::*;

    const MODEL: &[(&str, &str)] = &[
        (".git/config", "not signed"),
        ("config.json", "{}"),
        ("empty", ""),
        ("sub/a.bin", "weights"),
        ("sub-x.txt", "sorts before sub/"),
    ];

    /// A model, a key pair and a signature beside it.
    struct Bench {
        dir: tempfile::TempDir,
    }

    impl Bench {
        fn new() -> Self {
            let bench = Self {
                dir: tempfile::tempdir().unwrap(),
            };
            for (name, content) in MODEL {
                bench.put(&format!("model/{name}"), content);
            }
            let key = SigningKey::p256(&[7; 32]).unwrap();
            bench.put("key.pem", key.to_pem().expose());
            bench.put("key.pub", &key.verifying_key().to_pem());
            bench
        }

        fn path(&self, name: &str) -> PathBuf {
            self.dir.path().join(name)
        }

        fn put(&self, name: &str, content: &str) {
            let path = self.path(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            write(&path, content.as_bytes()).unwrap();
        }

        fn sign(&self, out: &str) -> Result<Signed, SigningError> {
            sign(&self.path("model"), &self.path("key.pem"), &self.path(out))
        }

        fn verify(&self, signature: &str) -> Result<Checked, SigningError> {
            let model = self.path("model");
            verify(&model, &self.path(signature), &self.path("key.pub"))
        }

        fn differences(&self) -> Vec<String> {
            let checked = self.verify("model.sig").unwrap();
            assert!(!checked.holds());
            let differences = &checked.comparison.differences;
            differences.iter().map(ToString::to_string).collect()
        }
    }

    #[test]
    fn a_signed_model_verifies_and_names_what_is_not_covered() {
        let bench = Bench::new();
        let signed = bench.sign("model.sig").unwrap();
        assert_eq!((signed.files, signed.model.as_str()), (4, "model"));
        assert_eq!(signed.unsigned, [".git/config"]);
        let checked = bench.verify("model.sig").unwrap();
        assert!(checked.holds());
        assert_eq!(checked.statement.manifest().root(), signed.root);
        assert_eq!(checked.comparison.unsigned, [".git/config"]);
    }

    #[test]
    fn a_signature_may_lie_within_the_model() {
        let bench = Bench::new();
        bench.sign("model/model.sig").unwrap();
        bench.sign("model/model.sig").unwrap();
        let checked = bench.verify("model/model.sig").unwrap();
        assert!(checked.holds());
        assert_eq!(checked.comparison.unsigned, [".git/config"]);
    }

    #[test]
    fn every_change_is_named() {
        let bench = Bench::new();
        bench.sign("model.sig").unwrap();
        bench.put("model/config.json", "{} ");
        bench.put("model/sub/new", "");
        fs::remove_file(bench.path("model/empty")).unwrap();
        let differences = bench.differences();
        assert_eq!(differences.len(), 3);
        assert_eq!(differences[0], "\"empty\" was signed and is missing");
        assert!(differences[1].starts_with("\"config.json\" was changed: signed sha256:"));
        assert_eq!(differences[2], "\"sub/new\" was added after signing");
    }

    #[cfg(unix)]
    #[test]
    fn links_are_refused_when_signing_and_found_when_checking() {
        let bench = Bench::new();
        bench.sign("model.sig").unwrap();
        std::os::unix::fs::symlink("/etc/hostname", bench.path("model/link")).unwrap();
        let checked = bench.verify("model.sig").unwrap();
        assert!(!checked.holds());
        assert_eq!(checked.irregular, ["link"]);
        let refused = bench.sign("model.sig").unwrap_err().to_string();
        assert!(refused.contains("cannot be signed: link"), "{refused}");
    }

    #[test]
    fn nothing_to_sign_and_the_wrong_key_are_refused() {
        let bench = Bench::new();
        let error = sign(
            &bench.path("model/.git"),
            &bench.path("key.pub"),
            &bench.path("out"),
        );
        assert!(matches!(error, Err(SigningError::Key { .. })));
        fs::create_dir(bench.path("nothing")).unwrap();
        let error = sign(
            &bench.path("nothing"),
            &bench.path("key.pem"),
            &bench.path("out"),
        );
        assert!(matches!(
            error,
            Err(SigningError::Manifest(ManifestError::Empty))
        ));
        bench.sign("model.sig").unwrap();
        let other = SigningKey::p256(&[8; 32]).unwrap();
        bench.put("key.pub", &other.verifying_key().to_pem());
        let error = bench.verify("model.sig").unwrap_err();
        assert!(error.is_verdict());
        assert!(matches!(
            error,
            SigningError::Bundle(BundleError::OtherKey { .. })
        ));
    }

    /// Bundles that the reference tool made, over the model that it signed.
    fn sample(signature: &str, key: &str) -> Option<Result<Checked, SigningError>> {
        let Some(data) = seawall_testkit::shared_data() else {
            seawall_testkit::skip(
                "shared-data",
                "the model signing samples are missing: set SEAWALL_TEST_DATA",
            );
            return None;
        };
        let oms = data.join("oms");
        Some(verify(
            &oms.join("model"),
            &oms.join(signature),
            &oms.join(key),
        ))
    }

    #[test]
    fn bundles_of_the_reference_tool_verify() {
        for curve in ["p256", "p384"] {
            let signature = format!("bundle-key-{curve}.sig");
            let Some(checked) = sample(&signature, &format!("key-{curve}.pub.pem")) else {
                return;
            };
            let checked = checked.unwrap();
            assert!(checked.holds(), "{:?}", checked.comparison.differences);
            assert_eq!(checked.comparison.matching, 9);
            let unsigned = [".gitattributes", ".github/ci.yml"];
            assert_eq!(checked.comparison.unsigned, unsigned);
        }
    }

    #[test]
    fn bundles_of_other_kinds_are_refused_with_their_kind() {
        for (signature, key, kind) in [
            ("bundle-cert-int.sig", "key-p256.pub.pem", "certificate"),
            ("bundle-key-p256.sig", "key-p384.pub.pem", "another key"),
        ] {
            let Some(refused) = sample(signature, key) else {
                return;
            };
            let SigningError::Bundle(error) = refused.unwrap_err() else {
                panic!("{signature}");
            };
            assert!(error.to_string().contains(kind), "{error}");
        }
    }

    #[test]
    fn a_tampered_copy_of_the_reference_model_is_refused() {
        let Some(data) = seawall_testkit::shared_data() else {
            seawall_testkit::skip(
                "shared-data",
                "the model signing samples are missing: set SEAWALL_TEST_DATA",
            );
            return;
        };
        let oms = data.join("oms");
        let copy = tempfile::tempdir().unwrap();
        let tree = model_tree::list(&oms.join("model"), &Limits::default()).unwrap();
        for file in &tree.files {
            let path = copy.path().join(&file.name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            write(&path, &read(&file.path, 1 << 20).unwrap()).unwrap();
        }
        let check = || {
            let signature = oms.join("bundle-key-p256.sig");
            verify(copy.path(), &signature, &oms.join("key-p256.pub.pem")).unwrap()
        };
        assert!(check().holds());
        for file in &tree.files {
            let path = copy.path().join(&file.name);
            let sound = read(&path, 1 << 20).unwrap();
            write(&path, &[sound.as_slice(), b"!"].concat()).unwrap();
            let ignored = file.name.starts_with(".git");
            assert_eq!(check().holds(), ignored, "{}", file.name);
            write(&path, &sound).unwrap();
        }
        assert!(check().holds());
    }
}
