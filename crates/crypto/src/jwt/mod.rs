//! Bearer tokens of callers: JSON Web Tokens (RFC 7519) against the key set of their issuer
//! (RFC 7517), checked as RFC 8725 advises.
//!
//! The caller names issuer, audiences and algorithms; nothing in a token chooses them. Keys that a
//! token carries or points at (`jwk`, `jku`, `x5c`, `x5u`) are never used, `alg: none` does not
//! exist here, and an algorithm only ever meets a key of its own type.

mod jwks;
mod token;

pub use self::jwks::{Jwks, JwksError};
pub use self::token::{Claims, Expectation, JwtError, verify};

/// A signature algorithm of tokens (RFC 7518, RFC 8037).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum JwtAlgorithm {
    /// Ed25519.
    EdDsa,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// RSA PSS with SHA-256.
    Ps256,
    /// RSA PKCS#1 v1.5 with SHA-256, which Kubernetes signs service accounts with.
    Rs256,
    /// RSA PKCS#1 v1.5 with SHA-512.
    Rs512,
}

impl JwtAlgorithm {
    /// Every algorithm.
    pub const ALL: [Self; 6] = [
        Self::EdDsa,
        Self::Es256,
        Self::Es384,
        Self::Ps256,
        Self::Rs256,
        Self::Rs512,
    ];

    /// Reads the name that stands in a header.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
    }

    /// The name that stands in a header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Ps256 => "PS256",
            Self::Rs256 => "RS256",
            Self::Rs512 => "RS512",
        }
    }
}

/// Decodes base64url without padding, in its one canonical spelling.
fn decode(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    // The engine refuses trailing bits that are not zero, so that no two texts mean the same.
    base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(text)
        .ok()
}
