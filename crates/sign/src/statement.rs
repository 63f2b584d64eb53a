//! The signed payload: an in-toto statement with the model's manifest as predicate.

use seawall_base::json::{self, JsonError, JsonLimits};
use seawall_base::{Digest, canonical_json};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::manifest::{File, Manifest, ManifestError};
use crate::name::ignores;

const STATEMENT: &str = "https://in-toto.io/Statement/v1";
const PREDICATE: &str = "https://model_signing/signature/v1.0";
const PREDICATE_V02: &str = "https://model_signing/Digests/v0.1";

/// What a signature says about a model.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Statement {
    model: String,
    manifest: Manifest,
    ignored: Vec<String>,
}

/// Why a payload is not a statement that can be checked here.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// Not strict JSON: a second reader could see something else.
    #[error("the signed statement is not strict JSON")]
    Json(#[source] JsonError),
    /// JSON of another shape.
    #[error("the signed statement has another shape: {0}")]
    Shape(String),
    /// A form that is known and not supported.
    #[error("the signed statement uses {0}, which is not supported")]
    Unsupported(String),
    /// The list of files is not one of a model.
    #[error("the signed list of files is not sound")]
    Manifest(#[source] ManifestError),
    /// The root digest does not belong to the list.
    #[error(
        "the signed root digest sha256:{stated} does not belong to the signed list ({computed})"
    )]
    Root {
        /// What the statement says.
        stated: String,
        /// What its list amounts to.
        computed: Digest,
    },
}

#[derive(Deserialize)]
struct Wire {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<WireSubject>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    predicate: Value,
}

#[derive(Deserialize)]
struct WireSubject {
    name: String,
    digest: WireDigest,
}

#[derive(Deserialize)]
struct WireDigest {
    sha256: String,
}

#[derive(Deserialize)]
struct WirePredicate {
    serialization: WireSerialization,
    resources: Vec<WireResource>,
}

#[derive(Deserialize)]
struct WireSerialization {
    method: String,
    hash_type: String,
    #[serde(default)]
    ignore_paths: Vec<String>,
}

#[derive(Deserialize)]
struct WireResource {
    name: String,
    algorithm: String,
    digest: String,
}

impl Statement {
    /// A statement about the model called `model`, without the files below `ignored`.
    #[must_use]
    pub fn new(model: String, manifest: Manifest, mut ignored: Vec<String>) -> Self {
        ignored.sort();
        ignored.dedup();
        Self {
            model,
            manifest,
            ignored,
        }
    }

    /// The payload: canonical JSON, so that the same model gives the same bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let resources: Vec<Value> = self
            .manifest
            .files()
            .iter()
            .map(|file| {
                json!({
                    "name": file.name,
                    "algorithm": "sha256",
                    "digest": file.digest.to_hex(),
                })
            })
            .collect();
        canonical_json(&json!({
            "_type": STATEMENT,
            "subject": [{
                "name": self.model,
                "digest": { "sha256": self.manifest.root().to_hex() },
            }],
            "predicateType": PREDICATE,
            "predicate": {
                "serialization": {
                    "method": "files",
                    "hash_type": "sha256",
                    "allow_symlinks": false,
                    "ignore_paths": self.ignored,
                },
                "resources": resources,
            },
        }))
    }

    /// Reads a payload whose signature has verified.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn decode(payload: &[u8]) -> Result<Self, StatementError> {
        let value = json::parse(payload, &JsonLimits::default()).map_err(StatementError::Json)?;
        let wire: Wire = from_value(value)?;
        if wire.kind != STATEMENT {
            return Err(StatementError::Shape(
                "it is not an in-toto v1 statement".to_owned(),
            ));
        }
        match wire.predicate_type.as_str() {
            PREDICATE => {}
            PREDICATE_V02 => return Err(unsupported("the format of version 0.2")),
            other => return Err(unsupported(&format!("the predicate type {other:?}"))),
        }
        let predicate: WirePredicate = from_value(wire.predicate)?;
        let serialization = predicate.serialization;
        if serialization.method != "files" {
            return Err(unsupported(&format!(
                "the method {:?}",
                serialization.method
            )));
        }
        if serialization.hash_type != "sha256" {
            let hash = format!("the hash algorithm {:?}", serialization.hash_type);
            return Err(unsupported(&hash));
        }
        let files = predicate.resources.into_iter().map(WireResource::file);
        let files = files.collect::<Result<_, _>>()?;
        let manifest = Manifest::listed(files).map_err(StatementError::Manifest)?;
        let [subject] = <[WireSubject; 1]>::try_from(wire.subject)
            .map_err(|_| StatementError::Shape("it has not exactly one subject".to_owned()))?;
        let (stated, computed) = (subject.digest.sha256, manifest.root());
        if !stated.eq_ignore_ascii_case(&computed.to_hex()) {
            return Err(StatementError::Root { stated, computed });
        }
        Ok(Self {
            model: subject.name,
            manifest,
            ignored: serialization.ignore_paths,
        })
    }

    /// Name of the model, as its signer called it.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.model
    }

    /// The files that are signed.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The paths that the signer left out.
    #[must_use]
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }

    /// Whether the signer left out `name`.
    #[must_use]
    pub fn ignores(&self, name: &str) -> bool {
        ignores(self.ignored.iter().map(String::as_str), name)
    }
}

impl WireResource {
    fn file(self) -> Result<File, StatementError> {
        if self.algorithm != "sha256" {
            let what = format!(
                "the hash algorithm {:?} for {:?}",
                self.algorithm, self.name
            );
            return Err(unsupported(&what));
        }
        // The reference tool compares hexadecimal digits without regard to case.
        let digest = format!("sha256:{}", self.digest.to_ascii_lowercase())
            .parse()
            .map_err(|_| StatementError::Shape(format!("{:?} has no SHA-256", self.name)))?;
        Ok(File {
            name: self.name,
            digest,
        })
    }
}

fn from_value<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, StatementError> {
    serde_json::from_value(value).map_err(|error| StatementError::Shape(error.to_string()))
}

fn unsupported(what: &str) -> StatementError {
    StatementError::Unsupported(what.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn statement() -> Statement {
        let file = |name: &str| File {
            name: name.to_owned(),
            digest: Digest::of(name.as_bytes()),
        };
        let manifest = Manifest::sorted(vec![file("b"), file("a/模型")]).unwrap();
        Statement::new("model".to_owned(), manifest, vec![".git".to_owned()])
    }

    fn changed(change: impl FnOnce(&mut Value)) -> Result<Statement, StatementError> {
        let mut value: Value = serde_json::from_slice(&statement().encode()).unwrap();
        change(&mut value);
        Statement::decode(&serde_json::to_vec(&value).unwrap())
    }

    #[test]
    fn a_statement_reads_back() {
        assert_eq!(Statement::decode(&statement().encode()), Ok(statement()));
    }

    #[test]
    fn any_listed_order_is_read_with_its_own_root() {
        let read = changed(|value| {
            value["predicate"]["resources"]
                .as_array_mut()
                .unwrap()
                .reverse();
            let digests: Vec<u8> = [b"b".as_slice(), "a/模型".as_bytes()]
                .iter()
                .flat_map(|name| *Digest::of(name).as_bytes())
                .collect();
            value["subject"][0]["digest"]["sha256"] = Digest::of(&digests).to_hex().into();
        });
        assert_eq!(read.unwrap().manifest().files()[0].name, "b");
    }

    #[test]
    fn what_does_not_hold_together_is_refused() {
        let root = changed(|value| value["subject"][0]["digest"]["sha256"] = "00".into());
        assert!(matches!(root, Err(StatementError::Root { .. })));
        let duplicate = changed(|value| {
            let resources = value["predicate"]["resources"].as_array_mut().unwrap();
            resources.push(resources[0].clone());
        });
        let expected = ManifestError::Duplicate("a/模型".to_owned());
        assert_eq!(duplicate, Err(StatementError::Manifest(expected)));
        let empty = changed(|value| value["predicate"]["resources"] = json!([]));
        assert_eq!(empty, Err(StatementError::Manifest(ManifestError::Empty)));
        let traversal = changed(|value| value["predicate"]["resources"][0]["name"] = "../x".into());
        let expected = ManifestError::Name("../x".to_owned());
        assert_eq!(traversal, Err(StatementError::Manifest(expected)));
        let subjects = changed(|value| {
            let subjects = value["subject"].as_array_mut().unwrap();
            subjects.push(subjects[0].clone());
        });
        assert!(matches!(subjects, Err(StatementError::Shape(_))));
        for (field, value) in [("method", "shards"), ("hash_type", "blake3")] {
            let other = changed(|v| v["predicate"]["serialization"][field] = value.into());
            assert!(
                matches!(other, Err(StatementError::Unsupported(_))),
                "{field}"
            );
        }
    }

    proptest! {
        #[test]
        fn decode_never_panics(at in any::<usize>(), byte in any::<u8>()) {
            let mut bytes = statement().encode();
            let at = at % bytes.len();
            bytes[at] = byte;
            drop(Statement::decode(&bytes));
        }
    }
}
