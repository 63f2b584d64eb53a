//! The key set of an issuer.

use seawall_base::json::{JsonError, JsonLimits, parse};
use serde_json::Value;

use super::{JwtAlgorithm, decode};
use crate::verifying::{BadSignature, VerifyingKey};

/// Keys that verify an issuer's tokens.
#[derive(Clone, Debug, Default)]
pub struct Jwks {
    keys: Vec<Jwk>,
    passed_over: usize,
}

/// One key.
#[derive(Clone, Debug)]
pub(super) struct Jwk {
    pub(super) id: Option<String>,
    algorithm: Option<JwtAlgorithm>,
    key: Key,
}

#[derive(Clone, Debug)]
enum Key {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    Other(VerifyingKey),
}

/// Why a text is not a key set.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum JwksError {
    /// Not JSON.
    #[error("the key set is refused: {0}")]
    Json(#[from] JsonError),
    /// No array of keys.
    #[error("the key set has no `keys`")]
    NoKeys,
    /// More keys than any issuer rotates.
    #[error("the key set has more than {0} keys")]
    TooMany(usize),
    /// None that could verify anything.
    #[error("the key set has no key that can be used here")]
    NoneUsable,
}

/// More keys than any issuer rotates; each may cost a verification for a token without a key id.
const KEYS_MAX: usize = 32;
/// RSA keys below this many bits are broken; above the other nobody uses and everybody pays.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

impl Jwks {
    /// Reads a key set. Keys of other types, for encryption, symmetric or private are passed over.
    ///
    /// # Errors
    /// When it is not a key set, or nothing in it can be used.
    pub fn parse(bytes: &[u8]) -> Result<Self, JwksError> {
        let limits = JsonLimits {
            bytes_max: 256 << 10,
            depth_max: 8,
            nodes_max: 8 << 10,
        };
        let document = parse(bytes, &limits)?;
        let listed = document.get("keys").and_then(Value::as_array);
        let listed = listed.ok_or(JwksError::NoKeys)?;
        if listed.len() > KEYS_MAX {
            return Err(JwksError::TooMany(KEYS_MAX));
        }
        let keys: Vec<Jwk> = listed.iter().filter_map(read).collect();
        if keys.is_empty() {
            return Err(JwksError::NoneUsable);
        }
        Ok(Self {
            passed_over: listed.len().saturating_sub(keys.len()),
            keys,
        })
    }

    /// How many keys could not be used.
    #[must_use]
    pub const fn passed_over(&self) -> usize {
        self.passed_over
    }

    /// The keys that may have signed a token with this header.
    pub(super) fn candidates<'s>(
        &'s self,
        id: Option<&'s str>,
        algorithm: JwtAlgorithm,
    ) -> impl Iterator<Item = &'s Jwk> {
        self.keys.iter().filter(move |key| {
            key.fits(algorithm) && id.is_none_or(|id| key.id.as_deref() == Some(id))
        })
    }
}

impl Jwk {
    /// Whether the key is of the algorithm's type, and not bound to another algorithm.
    fn fits(&self, algorithm: JwtAlgorithm) -> bool {
        let of_type = matches!(
            (&self.key, algorithm),
            (
                Key::Rsa { .. },
                JwtAlgorithm::Rs256 | JwtAlgorithm::Rs512 | JwtAlgorithm::Ps256
            ) | (Key::Other(VerifyingKey::Ed25519(_)), JwtAlgorithm::EdDsa)
                | (Key::Other(VerifyingKey::P256(_)), JwtAlgorithm::Es256)
                | (Key::Other(VerifyingKey::P384(_)), JwtAlgorithm::Es384)
        );
        of_type && self.algorithm.is_none_or(|bound| bound == algorithm)
    }

    /// Verifies the signature of a token, in the fixed form that tokens carry.
    pub(super) fn verify(
        &self,
        algorithm: JwtAlgorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), BadSignature> {
        match &self.key {
            Key::Rsa { modulus, exponent } => {
                let parameters = match algorithm {
                    JwtAlgorithm::Rs256 => &ring::signature::RSA_PKCS1_2048_8192_SHA256,
                    JwtAlgorithm::Rs512 => &ring::signature::RSA_PKCS1_2048_8192_SHA512,
                    JwtAlgorithm::Ps256 => &ring::signature::RSA_PSS_2048_8192_SHA256,
                    _ => return Err(BadSignature),
                };
                let key = ring::signature::RsaPublicKeyComponents {
                    n: modulus,
                    e: exponent,
                };
                key.verify(parameters, message, signature)
                    .map_err(|_| BadSignature)
            }
            Key::Other(key) => key.verify_fixed(message, signature),
        }
    }
}

fn read(key: &Value) -> Option<Jwk> {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    if text("use").is_some_and(|purpose| purpose != "sig") {
        return None;
    }
    if let Some(operations) = key.get("key_ops").and_then(Value::as_array)
        && !operations.iter().any(|operation| operation == "verify")
    {
        return None;
    }
    // A private key in a public set is an accident that must not go on unseen.
    if key.get("d").is_some() {
        return None;
    }
    let algorithm = match text("alg") {
        None => None,
        // Bound to an algorithm that is not used here: not a key for any other.
        Some(name) => Some(JwtAlgorithm::parse(name)?),
    };
    let bytes = |name: &str| decode(text(name)?);
    let key = match (text("kty")?, text("crv")) {
        ("RSA", _) => rsa(bytes("n")?, bytes("e")?)?,
        ("EC", Some(curve)) => {
            Key::Other(VerifyingKey::from_ec(curve, &bytes("x")?, &bytes("y")?)?)
        }
        ("OKP", Some("Ed25519")) => Key::Other(VerifyingKey::from_ed25519(&bytes("x")?).ok()?),
        _ => return None,
    };
    Some(Jwk {
        id: text("kid").map(str::to_owned),
        algorithm,
        key,
    })
}

fn rsa(modulus: Vec<u8>, exponent: Vec<u8>) -> Option<Key> {
    let first = *modulus.first().filter(|first| **first != 0)?;
    let unused = usize::try_from(first.leading_zeros()).ok()?;
    let bits = modulus.len().checked_mul(8)?.checked_sub(unused)?;
    let sound = RSA_BITS.contains(&bits) && (1..=8).contains(&exponent.len());
    sound.then_some(Key::Rsa { modulus, exponent })
}
