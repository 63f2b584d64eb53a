//! Signatures in certificates, revocation lists and time stamps: an algorithm by its OID, over a key of
//! its kind. RSA is verified here, because authorities use it; nothing is ever signed with it.

use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RsaParameters, UnparsedPublicKey,
};
use sha2::Digest as _;

use crate::der::{self, Reader};
use crate::verifying::{BadSignature, VerifyingKey};

pub(super) const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
pub(super) const SHA384: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];
pub(super) const SHA512: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3];

const ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3];
const EC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1];

/// The SHA-2 hash of this OID.
pub(super) fn hash(algorithm: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
    Some(match algorithm {
        SHA256 => sha2::Sha256::digest(bytes).to_vec(),
        SHA384 => sha2::Sha384::digest(bytes).to_vec(),
        SHA512 => sha2::Sha512::digest(bytes).to_vec(),
        _ => return None,
    })
}

/// Verifies a signature over `message` with the key `spki`. `digest` is the hash that a time stamp names
/// beside an algorithm that does not say it.
pub(super) fn verify(
    spki: &[u8],
    (algorithm, digest): (&[u8], Option<&[u8]>),
    message: &[u8],
    signature: &[u8],
) -> Result<(), BadSignature> {
    if algorithm == ED25519 {
        return key(spki)?.verify(message, signature);
    }
    if let Some(rest) = algorithm.strip_prefix(RSA) {
        let parameters = rsa_parameters(rest, digest).ok_or(BadSignature)?;
        let key = rsa_key(spki).ok_or(BadSignature)?;
        return UnparsedPublicKey::new(parameters, key)
            .verify(message, signature)
            .map_err(|_| BadSignature);
    }
    let hashed = match algorithm.strip_prefix(ECDSA) {
        Some([2]) => hash(SHA256, message),
        Some([3]) => hash(SHA384, message),
        Some([4]) => hash(SHA512, message),
        None if algorithm == EC_KEY => digest.and_then(|digest| hash(digest, message)),
        _ => None,
    };
    key(spki)?.verify_hash(&hashed.ok_or(BadSignature)?, signature)
}

fn key(spki: &[u8]) -> Result<VerifyingKey, BadSignature> {
    VerifyingKey::from_spki_der(spki).map_err(|_| BadSignature)
}

fn rsa_parameters(suffix: &[u8], digest: Option<&[u8]>) -> Option<&'static RsaParameters> {
    Some(match (suffix, digest) {
        ([11], _) | ([1], Some(SHA256)) => &RSA_PKCS1_2048_8192_SHA256,
        ([12], _) | ([1], Some(SHA384)) => &RSA_PKCS1_2048_8192_SHA384,
        ([13], _) | ([1], Some(SHA512)) => &RSA_PKCS1_2048_8192_SHA512,
        _ => return None,
    })
}

/// `RSAPublicKey` inside of a `SubjectPublicKeyInfo`.
fn rsa_key(spki: &[u8]) -> Option<&[u8]> {
    let mut fields = Reader::new(spki).inside(der::SEQUENCE).ok()?;
    let mut identifier = fields.inside(der::SEQUENCE).ok()?;
    let id = identifier.take(der::OID).ok()?.value;
    let key = der::bits(fields.take(der::BIT_STRING).ok()?).ok()?;
    (id.strip_prefix(RSA) == Some([1].as_slice())).then_some(key)
}
