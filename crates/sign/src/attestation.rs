//! In-toto statements in DSSE envelopes: what somebody vouches for about digests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use seawall_base::json::{self, JsonError, JsonLimits};
use seawall_base::{Digest, canonical_json};
use seawall_crypto::dsse::Envelope;
use seawall_crypto::{SigningKey, VerifyingKey};
use serde::Deserialize;
use serde_json::Value;

const STATEMENT: &str = "https://in-toto.io/Statement/v1";
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// Subjects and signatures of one attestation.
const SUBJECTS_MAX: usize = 100_000;
const SIGNATURES_MAX: usize = 16;

/// What a statement is about. A file is matched by its name and its digest: by digests alone, files of a
/// set could change places.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Subject {
    /// Its name.
    pub name: String,
    /// SHA-256 of its content, or the root digest of a folder.
    pub digest: Digest,
}

/// A statement about subjects.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attestation {
    /// What it is about.
    pub subjects: Vec<Subject>,
    /// What kind of statement it is.
    pub predicate_type: String,
    /// What it says.
    pub predicate: Value,
}

/// Why an attestation is not believed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AttestationError {
    /// Not strict JSON.
    #[error("the attestation is not strict JSON")]
    Json(#[source] JsonError),
    /// JSON of another shape.
    #[error("it is not an attestation: {0}")]
    Shape(String),
    /// None of its signatures is of the key.
    #[error("the attestation is not signed with this key, or was changed")]
    BadSignature,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireEnvelope {
    payload: String,
    payload_type: String,
    signatures: Vec<WireSignature>,
}

#[derive(Deserialize)]
struct WireSignature {
    sig: String,
}

#[derive(Deserialize)]
struct WireStatement {
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

impl Attestation {
    /// The payload: canonical JSON, so that the same statement gives the same bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let subjects: Vec<Value> = self
            .subjects
            .iter()
            .map(|subject| {
                let digest = subject.digest.to_hex();
                serde_json::json!({ "name": subject.name, "digest": { "sha256": digest } })
            })
            .collect();
        canonical_json(&serde_json::json!({
            "_type": STATEMENT,
            "subject": subjects,
            "predicateType": self.predicate_type,
            "predicate": self.predicate,
        }))
    }

    /// Signs the statement and returns the file's bytes.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        let envelope = Envelope::sign(PAYLOAD_TYPE, self.encode(), key);
        canonical_json(&envelope.to_json(&key.verifying_key().hint()))
    }

    /// Reads an attestation that `key` has signed; other signatures beside it do not matter.
    ///
    /// # Errors
    /// When it is not one, or the key has not signed it.
    pub fn open(bytes: &[u8], key: &VerifyingKey) -> Result<Self, AttestationError> {
        let value = json::parse(bytes, &JsonLimits::default()).map_err(AttestationError::Json)?;
        let wire: WireEnvelope = from_value(value)?;
        if wire.payload_type != PAYLOAD_TYPE {
            return Err(shape("its payload is not an in-toto statement"));
        }
        if wire.signatures.len() > SIGNATURES_MAX {
            return Err(shape("it has more signatures than the limit"));
        }
        let payload = decode(&wire.payload)?;
        for signature in &wire.signatures {
            let envelope = Envelope {
                payload_type: wire.payload_type.clone(),
                payload: payload.clone(),
                signature: decode(&signature.sig)?,
            };
            if let Ok(payload) = envelope.verify(key) {
                return Self::decode(payload);
            }
        }
        Err(AttestationError::BadSignature)
    }

    fn decode(payload: &[u8]) -> Result<Self, AttestationError> {
        let value = json::parse(payload, &JsonLimits::default()).map_err(AttestationError::Json)?;
        let wire: WireStatement = from_value(value)?;
        if wire.kind != STATEMENT {
            return Err(shape("it is not an in-toto v1 statement"));
        }
        if wire.subject.is_empty() || wire.subject.len() > SUBJECTS_MAX {
            return Err(shape("it is about nothing, or about more than the limit"));
        }
        let subjects = wire.subject.into_iter().map(|subject| {
            let digest = format!("sha256:{}", subject.digest.sha256).parse();
            Ok(Subject {
                digest: digest.map_err(|_| shape("a subject has no SHA-256"))?,
                name: subject.name,
            })
        });
        Ok(Self {
            subjects: subjects.collect::<Result<_, _>>()?,
            predicate_type: wire.predicate_type,
            predicate: wire.predicate,
        })
    }
}

fn from_value<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, AttestationError> {
    serde_json::from_value(value).map_err(|error| AttestationError::Shape(error.to_string()))
}

fn decode(text: &str) -> Result<Vec<u8>, AttestationError> {
    STANDARD
        .decode(text)
        .map_err(|_| shape("payload or signature is not base64"))
}

pub(crate) fn shape(what: &str) -> AttestationError {
    AttestationError::Shape(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attestation() -> Attestation {
        Attestation {
            subjects: vec![Subject {
                name: "model".to_owned(),
                digest: Digest::of(b"model"),
            }],
            predicate_type: "https://example.org/kind/v1".to_owned(),
            predicate: serde_json::json!({ "verdict": "pass" }),
        }
    }

    #[test]
    fn what_was_signed_opens_with_the_key_only() {
        for key in [
            SigningKey::ed25519(&[1; 32]),
            SigningKey::p256(&[1; 32]).unwrap(),
        ] {
            let bytes = attestation().sign(&key);
            assert_eq!(
                Attestation::open(&bytes, &key.verifying_key()),
                Ok(attestation())
            );
            let other = SigningKey::ed25519(&[2; 32]).verifying_key();
            let refused = Attestation::open(&bytes, &other);
            assert_eq!(refused, Err(AttestationError::BadSignature));
        }
    }

    #[test]
    fn a_second_signature_does_not_hide_the_first() {
        let key = SigningKey::ed25519(&[1; 32]);
        let mut value: Value = serde_json::from_slice(&attestation().sign(&key)).unwrap();
        let signatures = value["signatures"].as_array_mut().unwrap();
        signatures.insert(0, serde_json::json!({ "keyid": "", "sig": "AAAA" }));
        let bytes = serde_json::to_vec(&value).unwrap();
        assert_eq!(
            Attestation::open(&bytes, &key.verifying_key()),
            Ok(attestation())
        );
        value["payload"] = STANDARD.encode(b"{}").into();
        let bytes = serde_json::to_vec(&value).unwrap();
        let refused = Attestation::open(&bytes, &key.verifying_key());
        assert_eq!(refused, Err(AttestationError::BadSignature));
    }
}
