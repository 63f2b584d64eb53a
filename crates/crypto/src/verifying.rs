//! Public keys: reading, writing, verifying, and the hint by which a model signature names its key.

use ed25519_dalek::Signature as EdSignature;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use p256::pkcs8::{DecodePublicKey as _, EncodePublicKey as _};
use seawall_base::Digest;

use crate::pem;

/// A public key.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum VerifyingKey {
    /// Ed25519 (RFC 8032).
    Ed25519(ed25519_dalek::VerifyingKey),
    /// ECDSA on P-256 with SHA-256.
    P256(p256::ecdsa::VerifyingKey),
    /// ECDSA on P-384 with SHA-384.
    P384(p384::ecdsa::VerifyingKey),
    /// ECDSA on P-521 with SHA-512.
    P521(p521::ecdsa::VerifyingKey),
}

/// A signature algorithm, curve and hash included.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Algorithm {
    /// Ed25519.
    Ed25519,
    /// ECDSA on P-256 with SHA-256.
    P256,
    /// ECDSA on P-384 with SHA-384.
    P384,
    /// ECDSA on P-521 with SHA-512.
    P521,
}

/// Why a text is not a key that we can use.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No PEM block with a private key.
    #[error("no PEM block with an unencrypted private key")]
    NoPrivateKey,
    /// No PEM block with a public key.
    #[error("no PEM block with a public key")]
    NoPublicKey,
    /// A key of another algorithm, or a broken one.
    #[error("not a key that can be used here: expected Ed25519, P-256, P-384 or P-521")]
    Unsupported,
}

/// The signature does not verify, or is not in the form of its algorithm.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the signature does not verify")]
pub struct BadSignature;

/// `SubjectPublicKeyInfo` of an Ed25519 key up to its 32 bytes (RFC 8410).
const ED25519_SPKI: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

impl VerifyingKey {
    /// Reads a `PUBLIC KEY` PEM block.
    ///
    /// # Errors
    /// When there is none, or its algorithm is not supported.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let (_, der) = pem::decode(text, &["PUBLIC KEY"]).ok_or(KeyError::NoPublicKey)?;
        Self::from_spki_der(&der)
    }

    /// Reads a DER `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// When its algorithm is not supported or it is broken.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        if let Some(raw) = der.strip_prefix(&ED25519_SPKI) {
            return Self::from_ed25519(raw);
        }
        if let Ok(key) = p256::ecdsa::VerifyingKey::from_public_key_der(der) {
            return Ok(Self::P256(key));
        }
        if let Ok(key) = p384::ecdsa::VerifyingKey::from_public_key_der(der) {
            return Ok(Self::P384(key));
        }
        p521::ecdsa::VerifyingKey::from_public_key_der(der)
            .map(Self::P521)
            .map_err(|_| KeyError::Unsupported)
    }

    /// Reads the 32 bytes of an Ed25519 public key. Weak keys, for which one signature fits many
    /// messages, are refused.
    ///
    /// # Errors
    /// When the bytes are not a sound key.
    pub fn from_ed25519(raw: &[u8]) -> Result<Self, KeyError> {
        let raw: [u8; 32] = raw.try_into().map_err(|_| KeyError::Unsupported)?;
        ed25519_dalek::VerifyingKey::from_bytes(&raw)
            .ok()
            .filter(|key| !key.is_weak())
            .map(Self::Ed25519)
            .ok_or(KeyError::Unsupported)
    }

    /// Verifies `signature` over `message`: 64 raw bytes for Ed25519, DER for ECDSA.
    ///
    /// # Errors
    /// When it does not verify.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        match self {
            Self::Ed25519(key) => {
                let signature = EdSignature::from_slice(signature).map_err(|_| BadSignature)?;
                key.verify_strict(message, &signature)
                    .map_err(|_| BadSignature)
            }
            Self::P256(key) => {
                let signature =
                    p256::ecdsa::Signature::from_der(signature).map_err(|_| BadSignature)?;
                key.verify(message, &signature).map_err(|_| BadSignature)
            }
            Self::P384(key) => {
                let signature =
                    p384::ecdsa::Signature::from_der(signature).map_err(|_| BadSignature)?;
                key.verify(message, &signature).map_err(|_| BadSignature)
            }
            Self::P521(key) => {
                let signature =
                    p521::ecdsa::Signature::from_der(signature).map_err(|_| BadSignature)?;
                key.verify(message, &signature).map_err(|_| BadSignature)
            }
        }
    }

    /// Verifies a DER signature over a hash that may be of another length than the curve's own, as
    /// authorities sign. Ed25519 signs messages, never hashes.
    pub(crate) fn verify_hash(&self, hash: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        match self {
            Self::Ed25519(_) => return Err(BadSignature),
            Self::P256(key) => p256::ecdsa::Signature::from_der(signature)
                .and_then(|signature| key.verify_prehash(hash, &signature)),
            Self::P384(key) => p384::ecdsa::Signature::from_der(signature)
                .and_then(|signature| key.verify_prehash(hash, &signature)),
            Self::P521(key) => p521::ecdsa::Signature::from_der(signature)
                .and_then(|signature| key.verify_prehash(hash, &signature)),
        }
        .map_err(|_| BadSignature)
    }

    /// Reads the coordinates of a point on a named curve (RFC 7518, section 6.2).
    pub(crate) fn from_ec(curve: &str, x: &[u8], y: &[u8]) -> Option<Self> {
        let point = [&[4], x, y].concat();
        match (curve, x.len(), y.len()) {
            ("P-256", 32, 32) => p256::ecdsa::VerifyingKey::from_sec1_bytes(&point)
                .ok()
                .map(Self::P256),
            ("P-384", 48, 48) => p384::ecdsa::VerifyingKey::from_sec1_bytes(&point)
                .ok()
                .map(Self::P384),
            _ => None,
        }
    }

    /// Verifies a signature in its fixed form: 64 raw bytes for Ed25519, both numbers for ECDSA.
    pub(crate) fn verify_fixed(
        &self,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature> {
        match self {
            Self::Ed25519(_) => self.verify(message, signature),
            Self::P256(key) => {
                let signature =
                    p256::ecdsa::Signature::from_slice(signature).map_err(|_| BadSignature)?;
                key.verify(message, &signature).map_err(|_| BadSignature)
            }
            Self::P384(key) => {
                let signature =
                    p384::ecdsa::Signature::from_slice(signature).map_err(|_| BadSignature)?;
                key.verify(message, &signature).map_err(|_| BadSignature)
            }
            Self::P521(key) => {
                let signature =
                    p521::ecdsa::Signature::from_slice(signature).map_err(|_| BadSignature)?;
                key.verify(message, &signature).map_err(|_| BadSignature)
            }
        }
    }

    /// The key as DER `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn to_spki_der(&self) -> Vec<u8> {
        // Encoding a key that was decoded cannot fail; an empty answer would verify nothing.
        match self {
            Self::Ed25519(key) => [ED25519_SPKI.as_slice(), key.as_bytes()].concat(),
            Self::P256(key) => key
                .to_public_key_der()
                .map_or_else(|_| Vec::new(), p256::pkcs8::Document::into_vec),
            Self::P384(key) => key
                .to_public_key_der()
                .map_or_else(|_| Vec::new(), p256::pkcs8::Document::into_vec),
            Self::P521(key) => key
                .to_public_key_der()
                .map_or_else(|_| Vec::new(), p256::pkcs8::Document::into_vec),
        }
    }

    /// The key as a `PUBLIC KEY` PEM block.
    #[must_use]
    pub fn to_pem(&self) -> String {
        pem::encode("PUBLIC KEY", &self.to_spki_der())
    }

    /// How an OpenSSF Model Signing bundle names this key: the hex SHA-256 of its *PEM text*.
    #[must_use]
    pub fn hint(&self) -> String {
        Digest::of(self.to_pem().as_bytes()).to_hex()
    }

    /// The algorithm that the key is for.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Ed25519(_) => Algorithm::Ed25519,
            Self::P256(_) => Algorithm::P256,
            Self::P384(_) => Algorithm::P384,
            Self::P521(_) => Algorithm::P521,
        }
    }
}

impl std::fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(match self {
            Self::Ed25519 => "Ed25519",
            Self::P256 => "ECDSA P-256",
            Self::P384 => "ECDSA P-384",
            Self::P521 => "ECDSA P-521",
        })
    }
}
