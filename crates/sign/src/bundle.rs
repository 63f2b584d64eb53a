//! The bundle file: a Sigstore bundle v0.3 around a DSSE envelope, signed with a plain key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use seawall_base::json::{self, JsonError, JsonLimits};
use seawall_crypto::dsse::Envelope;
use seawall_crypto::{Algorithm, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::statement::{Statement, StatementError};

const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// A bundle as read: nothing of it is verified yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Bundle {
    hint: String,
    envelope: Envelope,
}

/// Why a bundle does not verify, or cannot be checked here.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// Not strict JSON.
    #[error("the signature file is not strict JSON")]
    Json(#[source] JsonError),
    /// JSON of another shape.
    #[error("the signature file is not a model signature: {0}")]
    Shape(String),
    /// A form that is known and not supported.
    #[error("the signature was made with {0}, which is not supported")]
    Unsupported(&'static str),
    /// The key cannot have made it.
    #[error("the signature was made with another key: it names {stated}, this one is {ours}")]
    OtherKey {
        /// The bundle's hint.
        stated: String,
        /// The hint of the key at hand.
        ours: String,
    },
    /// The signature does not verify.
    #[error(
        "the signature does not verify with this key: the signed statement was changed, or another key made it"
    )]
    BadSignature,
    /// What is signed is not sound.
    #[error("what is signed cannot be checked")]
    Statement(#[source] StatementError),
    /// The key is not one that signs models.
    #[error("a model is signed with an ECDSA P-256 key, this one is {0}")]
    KeyKind(Algorithm),
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    media_type: String,
    verification_material: Value,
    dsse_envelope: WireEnvelope,
}

#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct WireEnvelope {
    payload: String,
    payload_type: String,
    signatures: Vec<WireSignature>,
}

#[derive(Deserialize, Serialize)]
struct WireSignature {
    sig: String,
    #[serde(default)]
    keyid: Option<String>,
}

/// Signs `statement` and returns the bundle's bytes.
///
/// # Errors
/// When the key is not a P-256 key.
pub fn sign(statement: &Statement, key: &SigningKey) -> Result<Vec<u8>, BundleError> {
    let public = key.verifying_key();
    if public.algorithm() != Algorithm::P256 {
        return Err(BundleError::KeyKind(public.algorithm()));
    }
    let envelope = Envelope::sign(PAYLOAD_TYPE, statement.encode(), key);
    let wire = Wire {
        media_type: MEDIA_TYPE.to_owned(),
        verification_material: serde_json::json!({
            "publicKey": { "hint": public.hint() },
            "tlogEntries": [],
        }),
        dsse_envelope: WireEnvelope {
            payload: STANDARD.encode(&envelope.payload),
            payload_type: envelope.payload_type,
            signatures: vec![WireSignature {
                sig: STANDARD.encode(&envelope.signature),
                keyid: Some(String::new()),
            }],
        },
    };
    serde_json::to_vec(&wire).map_err(|error| BundleError::Shape(error.to_string()))
}

impl Bundle {
    /// Reads a bundle.
    ///
    /// # Errors
    /// When it is not one, or of a form that is not supported.
    pub fn parse(bytes: &[u8]) -> Result<Self, BundleError> {
        let value = json::parse(bytes, &JsonLimits::default()).map_err(BundleError::Json)?;
        let wire: Wire =
            serde_json::from_value(value).map_err(|error| BundleError::Shape(error.to_string()))?;
        if wire.media_type != MEDIA_TYPE {
            return Err(shape("its media type is not a Sigstore bundle v0.3"));
        }
        let hint = hint(&wire.verification_material)?;
        let envelope = wire.dsse_envelope;
        if envelope.payload_type != PAYLOAD_TYPE {
            return Err(shape("its payload is not an in-toto statement"));
        }
        // The reference tool looks at the first signature only; two readers could differ.
        let [signature] = <[WireSignature; 1]>::try_from(envelope.signatures)
            .map_err(|_| shape("it has not exactly one signature"))?;
        Ok(Self {
            hint,
            envelope: Envelope {
                payload_type: envelope.payload_type,
                payload: decode(&envelope.payload)?,
                signature: decode(&signature.sig)?,
            },
        })
    }

    /// Verifies the signature and hands out what was signed.
    ///
    /// # Errors
    /// When the key differs, the signature does not verify, or the statement is not sound.
    pub fn open(&self, key: &VerifyingKey) -> Result<Statement, BundleError> {
        let ours = key.hint();
        if !self.hint.is_empty() && self.hint != ours {
            return Err(BundleError::OtherKey {
                stated: self.hint.clone(),
                ours,
            });
        }
        let payload = self
            .envelope
            .verify(key)
            .map_err(|_| BundleError::BadSignature)?;
        Statement::decode(payload).map_err(BundleError::Statement)
    }
}

/// The key's hint, which may be empty; other kinds of material are named and refused.
fn hint(material: &Value) -> Result<String, BundleError> {
    let known = [
        ("x509CertificateChain", "a certificate chain"),
        ("certificate", "a keyless certificate"),
    ];
    for (field, what) in known {
        if material.get(field).is_some_and(|value| !value.is_null()) {
            return Err(BundleError::Unsupported(what));
        }
    }
    let key = material.get("publicKey");
    let key = key.ok_or_else(|| shape("it names no public key"))?;
    match key.get("hint") {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(hint)) => Ok(hint.clone()),
        Some(_) => Err(shape("its key hint is not text")),
    }
}

fn decode(text: &str) -> Result<Vec<u8>, BundleError> {
    STANDARD
        .decode(text)
        .map_err(|_| shape("payload or signature is not base64"))
}

fn shape(what: &str) -> BundleError {
    BundleError::Shape(what.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use seawall_base::Digest;

    use super::*;
    use crate::manifest::{File, Manifest};

    fn key(seed: u8) -> SigningKey {
        SigningKey::p256(&[seed; 32]).unwrap()
    }

    fn statement() -> Statement {
        let file = File {
            name: "weights.bin".to_owned(),
            digest: Digest::of(b"weights"),
        };
        let manifest = Manifest::sorted(vec![file]).unwrap();
        Statement::new("model".to_owned(), manifest, Vec::new())
    }

    fn bundle() -> Vec<u8> {
        sign(&statement(), &key(1)).unwrap()
    }

    fn changed(change: impl FnOnce(&mut Value)) -> Result<Statement, BundleError> {
        let mut value: Value = serde_json::from_slice(&bundle()).unwrap();
        change(&mut value);
        let bytes = serde_json::to_vec(&value).unwrap();
        Bundle::parse(&bytes).and_then(|bundle| bundle.open(&key(1).verifying_key()))
    }

    #[test]
    fn what_was_signed_is_read_with_the_key_only() {
        let read = Bundle::parse(&bundle()).unwrap();
        assert_eq!(read.open(&key(1).verifying_key()), Ok(statement()));
        assert!(matches!(
            read.open(&key(2).verifying_key()),
            Err(BundleError::OtherKey { .. })
        ));
        assert_eq!(bundle(), bundle(), "signing is deterministic");
    }

    #[test]
    fn without_a_hint_the_signature_decides() {
        let hintless = |value: &mut Value| {
            value["verificationMaterial"]["publicKey"] = serde_json::json!({});
        };
        assert_eq!(changed(hintless), Ok(statement()));
        let mut value: Value = serde_json::from_slice(&bundle()).unwrap();
        hintless(&mut value);
        let read = Bundle::parse(&serde_json::to_vec(&value).unwrap()).unwrap();
        assert_eq!(
            read.open(&key(2).verifying_key()),
            Err(BundleError::BadSignature)
        );
    }

    #[test]
    fn changes_are_noticed_and_named() {
        let payload = changed(|value| {
            let payload = STANDARD.encode(b"{}");
            value["dsseEnvelope"]["payload"] = payload.into();
        });
        assert_eq!(payload, Err(BundleError::BadSignature));
        let two = changed(|value| {
            let signatures = value["dsseEnvelope"]["signatures"].as_array_mut().unwrap();
            signatures.push(signatures[0].clone());
        });
        assert_eq!(two, Err(shape("it has not exactly one signature")));
        let media = changed(|value| value["mediaType"] = "x".into());
        assert!(matches!(media, Err(BundleError::Shape(_))));
        let chain = changed(|value| {
            value["verificationMaterial"] = serde_json::json!({ "x509CertificateChain": {} });
        });
        assert_eq!(chain, Err(BundleError::Unsupported("a certificate chain")));
    }

    #[test]
    fn other_kinds_of_keys_do_not_sign_models() {
        let refused = sign(&statement(), &SigningKey::ed25519(&[1; 32]));
        assert_eq!(refused, Err(BundleError::KeyKind(Algorithm::Ed25519)));
    }

    proptest! {
        #[test]
        fn parse_never_panics(at in any::<usize>(), byte in any::<u8>()) {
            let mut bytes = bundle();
            let at = at % bytes.len();
            bytes[at] = byte;
            if let Ok(parsed) = Bundle::parse(&bytes) {
                drop(parsed.open(&key(1).verifying_key()));
            }
        }
    }
}
