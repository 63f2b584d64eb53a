//! Private keys: made from random bytes that the caller brings, read from and written to PEM.

use p256::ecdsa::signature::Signer as _;
use p256::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};
use seawall_base::Secret;

use crate::pem;
use crate::verifying::{KeyError, VerifyingKey};

/// A private key that signs. Wiped from memory when dropped.
pub enum SigningKey {
    /// Ed25519 (RFC 8032).
    Ed25519(Box<ed25519_dalek::SigningKey>),
    /// ECDSA on P-256 with SHA-256.
    P256(p256::ecdsa::SigningKey),
    /// ECDSA on P-384 with SHA-384.
    P384(Box<p384::ecdsa::SigningKey>),
    /// ECDSA on P-521 with SHA-512.
    P521(Box<p521::ecdsa::SigningKey>),
}

/// PKCS#8 of an Ed25519 key up to its 32 bytes (RFC 8410, without the public key).
const ED25519_PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/// The same with the public key attached (RFC 5958 version 1), as some tools write it.
const ED25519_PKCS8_V2: [u8; 16] = [
    0x30, 0x51, 0x02, 0x01, 0x01, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

impl SigningKey {
    /// An Ed25519 key from 32 random bytes.
    #[must_use]
    pub fn ed25519(random: &[u8; 32]) -> Self {
        Self::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(random)))
    }

    /// A P-256 key from 32 random bytes, or `None` for the one in 2^32 that is not below the order
    /// of the curve: draw again then.
    #[must_use]
    pub fn p256(random: &[u8; 32]) -> Option<Self> {
        p256::ecdsa::SigningKey::from_slice(random)
            .ok()
            .map(Self::P256)
    }

    /// A P-384 key from 48 random bytes, or `None` where they are not below the order of the curve.
    #[must_use]
    pub fn p384(random: &[u8; 48]) -> Option<Self> {
        let key = p384::ecdsa::SigningKey::from_slice(random).ok()?;
        Some(Self::P384(Box::new(key)))
    }

    /// A P-521 key from 66 random bytes, of which the highest seven bits do not count.
    #[must_use]
    pub fn p521(random: &[u8; 66]) -> Option<Self> {
        let mut random = *random;
        if let Some(first) = random.first_mut() {
            *first &= 1;
        }
        let key = p521::ecdsa::SigningKey::from_slice(&random).ok()?;
        Some(Self::P521(Box::new(key)))
    }

    /// Reads an unencrypted PKCS#8 (`PRIVATE KEY`) or SEC 1 (`EC PRIVATE KEY`) PEM block.
    ///
    /// # Errors
    /// When there is none, or its algorithm is not supported.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let (label, der) =
            pem::decode(text, &["PRIVATE KEY", "EC PRIVATE KEY"]).ok_or(KeyError::NoPrivateKey)?;
        let der = Secret::new(der);
        if label == "EC PRIVATE KEY" {
            return sec1(der.expose()).ok_or(KeyError::Unsupported);
        }
        for prefix in [ED25519_PKCS8, ED25519_PKCS8_V2] {
            let raw = der.expose().strip_prefix(&prefix);
            if let Some(seed) = raw.and_then(<[u8]>::first_chunk) {
                return Ok(Self::ed25519(seed));
            }
        }
        pkcs8(der.expose()).ok_or(KeyError::Unsupported)
    }

    /// Signs `message`: 64 raw bytes for Ed25519, DER for ECDSA.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => key.sign(message).to_bytes().to_vec(),
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_der().as_bytes().to_vec()
            }
            Self::P384(key) => {
                let signature: p384::ecdsa::Signature = key.sign(message);
                signature.to_der().as_bytes().to_vec()
            }
            Self::P521(key) => {
                let signature: p521::ecdsa::Signature = key.sign(message);
                signature.to_der().as_bytes().to_vec()
            }
        }
    }

    /// The public key that belongs to it.
    #[must_use]
    pub fn verifying_key(&self) -> VerifyingKey {
        match self {
            Self::Ed25519(key) => VerifyingKey::Ed25519(key.verifying_key()),
            Self::P256(key) => VerifyingKey::P256(*key.verifying_key()),
            Self::P384(key) => VerifyingKey::P384(*key.verifying_key()),
            Self::P521(key) => VerifyingKey::P521(*key.verifying_key()),
        }
    }

    /// The key as an unencrypted PKCS#8 PEM block.
    #[must_use]
    pub fn to_pem(&self) -> Secret<String> {
        let der = match self {
            Self::Ed25519(key) => Secret::new([ED25519_PKCS8.as_slice(), key.as_bytes()].concat()),
            // Encoding a sound key cannot fail; an empty block would not read back as a key.
            Self::P256(key) => Secret::new(
                key.to_pkcs8_der()
                    .map_or_else(|_| Vec::new(), |der| der.as_bytes().to_vec()),
            ),
            Self::P384(key) => Secret::new(
                key.to_pkcs8_der()
                    .map_or_else(|_| Vec::new(), |der| der.as_bytes().to_vec()),
            ),
            Self::P521(key) => Secret::new(
                key.to_pkcs8_der()
                    .map_or_else(|_| Vec::new(), |der| der.as_bytes().to_vec()),
            ),
        };
        Secret::new(pem::encode("PRIVATE KEY", der.expose()))
    }
}

/// A key of one of the curves, each of which refuses the others.
fn pkcs8(der: &[u8]) -> Option<SigningKey> {
    if let Ok(key) = p256::ecdsa::SigningKey::from_pkcs8_der(der) {
        return Some(SigningKey::P256(key));
    }
    if let Ok(key) = p384::ecdsa::SigningKey::from_pkcs8_der(der) {
        return Some(SigningKey::P384(Box::new(key)));
    }
    let key = p521::ecdsa::SigningKey::from_pkcs8_der(der).ok()?;
    Some(SigningKey::P521(Box::new(key)))
}

/// The same in the older form of OpenSSL.
fn sec1(der: &[u8]) -> Option<SigningKey> {
    if let Ok(key) = p256::SecretKey::from_sec1_der(der) {
        return Some(SigningKey::P256(key.into()));
    }
    if let Ok(key) = p384::SecretKey::from_sec1_der(der) {
        return Some(SigningKey::P384(Box::new(key.into())));
    }
    let key = p521::SecretKey::from_sec1_der(der).ok()?;
    Some(SigningKey::P521(Box::new(key.into())))
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "SigningKey({})",
            self.verifying_key().algorithm()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verifying::BadSignature;

    fn keys() -> [SigningKey; 4] {
        [
            SigningKey::ed25519(&[7; 32]),
            SigningKey::p256(&[7; 32]).unwrap(),
            SigningKey::p384(&[7; 48]).unwrap(),
            SigningKey::p521(&[7; 66]).unwrap(),
        ]
    }

    #[test]
    fn keys_survive_pem_and_verify_what_they_signed_only() {
        for key in keys() {
            // Each bit of the larger curves would take long without optimisation.
            let step = if matches!(key, SigningKey::P384(_) | SigningKey::P521(_)) {
                29
            } else {
                1
            };
            let again = SigningKey::from_pem(key.to_pem().expose()).unwrap();
            let public = VerifyingKey::from_pem(&key.verifying_key().to_pem()).unwrap();
            let signature = again.sign(b"message");
            assert_eq!(signature, key.sign(b"message"));
            assert_eq!(public.verify(b"message", &signature), Ok(()));
            assert_eq!(public.verify(b"massage", &signature), Err(BadSignature));
            for position in (0..signature.len()).step_by(step) {
                let mut damaged = signature.clone();
                damaged[position] ^= 1;
                assert_eq!(public.verify(b"message", &damaged), Err(BadSignature));
            }
        }
    }

    #[test]
    fn debug_shows_the_algorithm_alone() {
        let shown = keys().map(|key| format!("{key:?}"));
        assert_eq!(
            shown,
            [
                "SigningKey(Ed25519)",
                "SigningKey(ECDSA P-256)",
                "SigningKey(ECDSA P-384)",
                "SigningKey(ECDSA P-521)",
            ]
        );
    }

    #[test]
    fn rfc_8032_test_1_holds() {
        // Section 7.1, TEST 1: the empty message.
        let seed = hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        let key = SigningKey::ed25519(&seed.try_into().unwrap());
        assert_eq!(
            key.sign(b""),
            hex(
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
            )
        );
    }

    #[test]
    fn sec1_keys_after_curve_parameters_are_read() {
        let key = p256::SecretKey::from_slice(&[7; 32]).unwrap();
        let sec1 = crate::pem::encode("EC PRIVATE KEY", &key.to_sec1_der().unwrap());
        let text = format!(
            "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n{sec1}"
        );
        let read = SigningKey::from_pem(&text).unwrap();
        assert_eq!(read.verifying_key(), keys()[1].verifying_key());
    }

    #[test]
    fn what_is_not_a_key_is_said_plainly() {
        assert_eq!(
            SigningKey::from_pem("hello").unwrap_err(),
            KeyError::NoPrivateKey
        );
        let public = keys()[1].verifying_key().to_pem();
        assert_eq!(
            SigningKey::from_pem(&public).unwrap_err(),
            KeyError::NoPrivateKey
        );
        let broken = crate::pem::encode("PRIVATE KEY", b"nonsense");
        assert_eq!(
            SigningKey::from_pem(&broken).unwrap_err(),
            KeyError::Unsupported
        );
    }

    fn hex(text: &str) -> Vec<u8> {
        text.as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }
}
