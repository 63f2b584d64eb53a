//! The bundle file: a Sigstore bundle v0.3 around a DSSE envelope, signed with a plain key or with the
//! key of a certificate.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use seawall_base::json::{self, JsonError, JsonLimits};
use seawall_crypto::dsse::Envelope;
use seawall_crypto::x509::{Certificate, CertificateError, ChainError, timestamp};
use seawall_crypto::{Algorithm, SigningKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::material::{self, Material};
use crate::statement::{Statement, StatementError};
use crate::trust::{Signer, Trust};

const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

/// A bundle as read: nothing of it is verified yet.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Bundle {
    material: Material,
    stamps: Vec<Vec<u8>>,
    envelope: Envelope,
}

/// What a model is signed with.
#[derive(Clone, Copy, Debug)]
pub struct Credentials<'a> {
    /// The private key.
    pub key: &'a SigningKey,
    /// Certificates, that of the key first; none where verifiers know the key itself.
    pub certificates: &'a [Certificate],
    /// What an authority of time said about this very signature.
    pub stamp: Option<&'a [u8]>,
}

/// A bundle that was made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Made {
    /// The bytes of the file.
    pub bytes: Vec<u8>,
    /// A request for a time stamp of its signature.
    pub query: Vec<u8>,
}

/// What a bundle says, proved.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Opened {
    /// What was signed.
    pub statement: Statement,
    /// Who signed it.
    pub signer: Signer,
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
    #[error("a model is signed with an ECDSA key on P-256, P-384 or P-521, this one is {0}")]
    KeyKind(Algorithm),
    /// The bundle is of the other kind than what is trusted.
    #[error("the signature was made with {made}, and what is trusted is {trusted}")]
    OtherKind {
        /// What it was made with.
        made: &'static str,
        /// What the verifier has.
        trusted: &'static str,
    },
    /// A certificate cannot be read.
    #[error("a certificate of the signature cannot be read")]
    Certificate(#[source] CertificateError),
    /// No chain leads to an authority that is trusted.
    #[error("the signer's certificate is not accepted")]
    Chain(#[source] ChainError),
    /// The signer is somebody else.
    #[error("the signer is none of those that are allowed: its certificate speaks for {}", found.join(", "))]
    Identity {
        /// The names of the certificate.
        found: Vec<String>,
    },
    /// The time stamp proves nothing.
    #[error("the time stamp of the signature is not accepted")]
    Timestamp(#[source] timestamp::TimestampError),
    /// The certificate is about another key.
    #[error("the first certificate \"{0}\" is not about this key")]
    ForeignCertificate(String),
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

/// Signs `statement` with a plain key and returns the bundle's bytes.
///
/// # Errors
/// When the key does not sign models.
pub fn sign(statement: &Statement, key: &SigningKey) -> Result<Vec<u8>, BundleError> {
    let credentials = Credentials {
        key,
        certificates: &[],
        stamp: None,
    };
    sign_with(statement, &credentials).map(|made| made.bytes)
}

/// Signs `statement`. Signing is deterministic, so that a time stamp that was asked for with
/// [`Made::query`] fits the next bundle of the same statement and key.
///
/// # Errors
/// When the key does not sign models, or a certificate or stamp belongs to something else.
pub fn sign_with(
    statement: &Statement,
    credentials: &Credentials<'_>,
) -> Result<Made, BundleError> {
    let public = credentials.key.verifying_key();
    if public.algorithm() == Algorithm::Ed25519 {
        return Err(BundleError::KeyKind(public.algorithm()));
    }
    let material = match credentials.certificates.first() {
        None => Material::Key {
            hint: public.hint(),
        },
        Some(own) if own.verifying_key().as_ref() == Ok(&public) => {
            Material::Chain(credentials.certificates.to_vec())
        }
        Some(own) => return Err(BundleError::ForeignCertificate(own.subject())),
    };
    let envelope = Envelope::sign(PAYLOAD_TYPE, statement.encode(), credentials.key);
    let mut stamps = Vec::new();
    if let Some(stamp) = credentials.stamp {
        timestamp::is_about(stamp, &envelope.signature).map_err(BundleError::Timestamp)?;
        stamps.push(stamp.to_vec());
    }
    let wire = Wire {
        media_type: MEDIA_TYPE.to_owned(),
        verification_material: material::write(&material, &stamps),
        dsse_envelope: WireEnvelope {
            payload: STANDARD.encode(&envelope.payload),
            payload_type: envelope.payload_type,
            signatures: vec![WireSignature {
                sig: STANDARD.encode(&envelope.signature),
                keyid: Some(String::new()),
            }],
        },
    };
    let bytes = serde_json::to_vec(&wire).map_err(|error| BundleError::Shape(error.to_string()))?;
    Ok(Made {
        bytes,
        query: timestamp::query(&envelope.signature),
    })
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
        let (material, stamps) = material::parse(&wire.verification_material)?;
        let envelope = wire.dsse_envelope;
        if envelope.payload_type != PAYLOAD_TYPE {
            return Err(shape("its payload is not an in-toto statement"));
        }
        // The reference tool looks at the first signature only; two readers could differ.
        let [signature] = <[WireSignature; 1]>::try_from(envelope.signatures)
            .map_err(|_| shape("it has not exactly one signature"))?;
        Ok(Self {
            material,
            stamps,
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
    /// When the signer is not trusted, the signature does not verify, or the statement is not sound.
    pub fn open(&self, trust: &Trust<'_>) -> Result<Opened, BundleError> {
        let (key, signer) = match (&self.material, trust) {
            (Material::Key { hint }, Trust::Key(key)) => {
                let ours = key.hint();
                if !hint.is_empty() && *hint != ours {
                    let stated = hint.clone();
                    return Err(BundleError::OtherKey { stated, ours });
                }
                ((*key).clone(), Signer::Key { hint: ours })
            }
            (Material::Chain(chain), Trust::Authorities(authorities)) => {
                let signature = &self.envelope.signature;
                let signer = authorities.judge(chain, &self.stamps, signature)?;
                let key = chain.first().and_then(|leaf| leaf.verifying_key().ok());
                (key.ok_or(BundleError::BadSignature)?, signer)
            }
            (Material::Chain(_), Trust::Key(_)) => {
                return Err(other_kind("a certificate chain", "a key"));
            }
            (Material::Key { .. }, Trust::Authorities(_)) => {
                return Err(other_kind("a plain key", "an authority"));
            }
        };
        if key.algorithm() == Algorithm::Ed25519 {
            return Err(BundleError::KeyKind(key.algorithm()));
        }
        let payload = self
            .envelope
            .verify(&key)
            .map_err(|_| BundleError::BadSignature)?;
        let statement = Statement::decode(payload).map_err(BundleError::Statement)?;
        Ok(Opened { statement, signer })
    }
}

const fn other_kind(made: &'static str, trusted: &'static str) -> BundleError {
    BundleError::OtherKind { made, trusted }
}

fn decode(text: &str) -> Result<Vec<u8>, BundleError> {
    STANDARD
        .decode(text)
        .map_err(|_| shape("payload or signature is not base64"))
}

pub(crate) fn shape(what: &str) -> BundleError {
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
        Bundle::parse(&bytes).and_then(|bundle| open(&bundle, 1))
    }

    fn open(bundle: &Bundle, seed: u8) -> Result<Statement, BundleError> {
        let key = key(seed).verifying_key();
        bundle
            .open(&Trust::Key(&key))
            .map(|opened| opened.statement)
    }

    #[test]
    fn what_was_signed_is_read_with_the_key_only() {
        let read = Bundle::parse(&bundle()).unwrap();
        assert_eq!(open(&read, 1), Ok(statement()));
        assert!(matches!(open(&read, 2), Err(BundleError::OtherKey { .. })));
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
        assert_eq!(open(&read, 2), Err(BundleError::BadSignature));
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
        let keyless = changed(|value| {
            value["verificationMaterial"] = serde_json::json!({ "certificate": {} });
        });
        assert_eq!(
            keyless,
            Err(BundleError::Unsupported("a keyless certificate"))
        );
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
                drop(open(&parsed, 1));
            }
        }
    }
}
